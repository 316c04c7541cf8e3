package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import java.nio.charset.StandardCharsets;

/** What holds for the signed member of a document: it stands there, as an object. */
final class SignedPart {
  private SignedPart() {}

  static void require(byte[] document, Bytes signed) {
    String all = new String(document, StandardCharsets.ISO_8859_1);
    String part = new String(signed.toByteArray(), StandardCharsets.ISO_8859_1);
    if (!all.contains(part) || !part.startsWith("{") || !part.endsWith("}")) {
      throw new IllegalStateException("the signed member is not what stands in the document");
    }
  }
}
