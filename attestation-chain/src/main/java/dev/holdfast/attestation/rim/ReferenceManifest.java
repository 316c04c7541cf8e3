package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a signed manifest says of good firmware (TCG Reference Integrity Manifest Information Model
 * 1.1; ISO/IEC 19770-2, SoftwareIdentity).
 *
 * @param tagId the name of the manifest, unique over its maker
 * @param name the software that it is about
 * @param tagVersion which edition of the manifest it is, from 0
 * @param version the version that people use, such as {@code 550.144.03}; may be empty
 * @param product the product that it is for; may be empty
 * @param values what good firmware measures to
 */
public record ReferenceManifest(
    String tagId, String name, int tagVersion, String version, String product, List<Value> values) {
  /** Copies the list. */
  public ReferenceManifest {
    values = List.copyOf(values);
  }

  /**
   * One measurement, or one file.
   *
   * @param name what is measured
   * @param index the index of the measurement, of devices that number them
   * @param active whether it is to be compared
   * @param digests what it may be: any of them
   */
  public record Value(String name, OptionalInt index, boolean active, List<Bytes> digests) {
    /** Copies the list. */
    public Value {
      digests = List.copyOf(digests);
    }
  }
}
