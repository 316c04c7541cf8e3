package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.result.AttestationResults;
import dev.holdfast.attestation.result.Ear;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;

/** Signed results: never an exception, and no trust without the key. */
final class ResultTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final PublicKey KEY = TpmPublic.parse(QuoteTarget.KEY).javaKey();

  @Override
  public Class<?> reader() {
    return AttestationResults.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of();
  }

  /** One result, as a JWS and as bare claims. */
  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    if (AttestationResults.verify(text, KEY, AT) instanceof AttestationResults.Trusted) {
      throw new IllegalStateException("a result was trusted without its key");
    }
    if (Ear.checkClaims(text) instanceof Ear.Genuine && Bytes.of(data).isEmpty()) {
      throw new IllegalStateException("nothing at all kept to the schema");
    }
  }
}
