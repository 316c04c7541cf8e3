package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.result.AttestationResults;
import dev.holdfast.attestation.result.EarExpectation;
import dev.holdfast.attestation.result.EarVerifier;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;

/** Signed results as JWT, and their claims: never the last resort, and no trust without the key. */
final class ResultTarget implements Target {
  static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  static final PublicKey KEY = TpmPublic.parse(QuoteTarget.KEY).javaKey();

  private static final String CLAIMS =
      "{\"eat_profile\":\"tag:a\",\"ear.verifier-id\":{\"developer\":\"a\",\"build\":\"1\"},"
          + "\"iat\":1772366400,\"exp\":1772366460,\"aud\":[\"a\"],\"submods\":{\"cpu\":{"
          + "\"ear.status\":\"warning\",\"ear.trustworthiness-vector\":{\"hardware\":2},"
          + "\"ear.appraisal-policy-id\":\"p\"}}}";

  @Override
  public Class<?> reader() {
    return EarVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.utf8(CLAIMS), Bytes.utf8("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"));
  }

  /** One result, as a JWS and as bare claims. */
  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    if (AttestationResults.verify(text, KEY, AT) instanceof AttestationResults.Trusted
        || EarVerifier.jwt(text, KEY, EarExpectation.STRICT, AT) instanceof EarVerifier.Genuine) {
      throw new IllegalStateException("a result was trusted without its key");
    }
    if (EarVerifier.jsonClaims(Bytes.of(data)) instanceof EarVerifier.Refused refused) {
      requireRule(refused.findings());
    } else if (data.length == 0) {
      throw new IllegalStateException("nothing at all kept to the schema");
    }
  }

  /** What only the last resort refused is a defect. */
  static void requireRule(List<Finding> findings) {
    for (Finding finding : findings) {
      if (finding.message().contains(" failed with ")) {
        throw new IllegalStateException(finding.message());
      }
    }
  }
}
