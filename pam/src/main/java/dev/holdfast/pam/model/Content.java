package dev.holdfast.pam.model;

import dev.holdfast.attestation.Bytes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Content that a workload will read, known by what it is and not by where it lies.
 *
 * @param digest SHA-256 of it, 32 bytes; what does not match is never served
 * @param uri where to fetch it: absolute, at most 2048 characters, without user information; empty:
 *     whatever the storage controller knows by digest
 * @param sizeBytes its size; 0: not said
 */
public record Content(Bytes digest, Optional<String> uri, long sizeBytes) {
  /** The most that one workload names. */
  public static final int COUNT_MAX = 64;

  private static final int URI_MAX_CHARACTERS = 2048;

  /** Refuses what is out of its limits. */
  public Content {
    if (digest.length() != 32) {
      throw new Refusal(
          new Problem.Amount("prefetch.digest", "32 bytes", digest.length() + " bytes"));
    }
    if (sizeBytes < 0) {
      throw new Refusal(
          new Problem.Amount("prefetch.size_bytes", "0 or more", Long.toString(sizeBytes)));
    }
    if (uri.isPresent() && !wellFormed(uri.get())) {
      throw new Refusal(
          new Problem.IdFormat(
              "prefetch.uri",
              "an absolute URI of at most 2048 characters, without user information"));
    }
  }

  private static boolean wellFormed(String text) {
    if (text.length() > URI_MAX_CHARACTERS) {
      return false;
    }
    try {
      URI uri = new URI(text);
      return uri.isAbsolute() && uri.getRawUserInfo() == null;
    } catch (URISyntaxException malformed) {
      return false;
    }
  }
}
