package dev.holdfast.attestation.ima;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The forms of an entry that the kernel knows (Linux, Documentation/security/IMA-templates.rst,
 * "Supported Template Fields and Descriptors").
 */
enum ImaTemplate {
  IMA("ima", Field.NAME),
  IMA_NG("ima-ng", Field.DIGEST, Field.NAME),
  IMA_SIG("ima-sig", Field.DIGEST, Field.NAME, Field.SIGNATURE),
  IMA_BUF("ima-buf", Field.DIGEST, Field.NAME, Field.BUFFER),
  IMA_NGV2("ima-ngv2", Field.TYPED_DIGEST, Field.NAME),
  IMA_SIGV2("ima-sigv2", Field.TYPED_DIGEST, Field.NAME, Field.SIGNATURE),
  IMA_MODSIG(
      "ima-modsig",
      Field.DIGEST,
      Field.NAME,
      Field.SIGNATURE,
      Field.MODULE_DIGEST,
      Field.MODULE_SIGNATURE);

  private final String word;

  @SuppressWarnings("ImmutableEnumChecker") // A copy that nobody can change.
  private final List<Field> fields;

  ImaTemplate(String word, Field... fields) {
    this.word = word;
    this.fields = List.copyOf(Arrays.asList(fields));
  }

  /** What stands in an entry, in order; the digest of {@code ima} has a form of its own. */
  enum Field {
    /** {@code d-ng}: algorithm, colon, zero byte, digest. */
    DIGEST,
    /** {@code d-ngv2}: the same behind what was digested, and a colon. */
    TYPED_DIGEST,
    /** {@code n-ng}: a path or another name, and a zero byte. */
    NAME,
    /** {@code sig}: the file's signature. */
    SIGNATURE,
    /** {@code buf}: the measured buffer. */
    BUFFER,
    /** {@code d-modsig}: the digest without the appended signature. */
    MODULE_DIGEST,
    /** {@code modsig}: the appended signature. */
    MODULE_SIGNATURE
  }

  String word() {
    return word;
  }

  List<Field> fields() {
    return fields;
  }

  static Optional<ImaTemplate> of(String word) {
    return Arrays.stream(values()).filter(template -> template.word.equals(word)).findFirst();
  }
}
