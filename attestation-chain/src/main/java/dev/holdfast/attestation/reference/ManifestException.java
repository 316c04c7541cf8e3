package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;

/** Thrown inside the readers of manifests; never leaves this package. */
final class ManifestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final String where;

  private ManifestException(Reason reason, String where, String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.where = where;
  }

  /** Bytes that cannot be read at all. */
  static ManifestException malformed(String where, String message) {
    return new ManifestException(Reason.REFERENCE_MALFORMED, where, message);
  }

  /** What can be read, and is not what the schema allows. */
  static ManifestException schema(String where, String message) {
    return new ManifestException(Reason.REFERENCE_SCHEMA, where, message);
  }

  /** The same for whoever must act on it. */
  Finding finding() {
    String message = getMessage();
    return Finding.against(reason, message == null ? "" : message)
        .at(where)
        .remedy("Ask whoever made the manifest for one that keeps to its specification.");
  }
}
