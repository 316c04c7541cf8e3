package dev.holdfast.pam.model;

/**
 * The name of a software image: {@code images/{image}}.
 *
 * @param digest the SHA-256 of its manifest, 64 of [0-9a-f]
 */
public record ImageName(String digest) implements Comparable<ImageName> {
  /** Refuses what is not a digest. */
  public ImageName {
    Ids.requireDigest("image", digest);
  }

  /**
   * Reads a full name.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static ImageName parse(String name) {
    return new ImageName(Ids.split("image", "images/*", name).getFirst());
  }

  @Override
  public int compareTo(ImageName other) {
    return digest.compareTo(other.digest);
  }

  /** The full name. */
  @Override
  public String toString() {
    return "images/" + digest;
  }
}
