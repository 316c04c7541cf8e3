package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;

/**
 * The digest of a file or buffer as a list states it.
 *
 * @param type what was digested: {@code ima} for the content, {@code verity} for the root of its
 *     tree
 * @param algorithm the kernel's name of the hash, such as sha256
 * @param value the digest
 */
public record ImaDigest(String type, String algorithm, Bytes value) {
  /** As lists in text form write it. */
  @Override
  public String toString() {
    return (type.equals("ima") ? "" : type + ":") + algorithm + ":" + value.hex();
  }
}
