package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.result.AttestationResults;
import dev.holdfast.attestation.result.EarExpectation;
import dev.holdfast.attestation.result.EarVerifier;
import java.util.List;

/** Signed results as CWT, and their claims: never the last resort, and no trust without the key. */
final class CborResultTarget implements Target {
  private static final Bytes CLAIMS =
      Bytes.fromHex(
          "a5190109657461673a611903eca2006161016131061a69a42a40041a69a42a7c19010aa163637075"
              + "a31903e818201903e9a104021903eb6170");

  @Override
  public Class<?> reader() {
    return EarVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        CLAIMS,
        Bytes.concat(
            Bytes.fromHex("d28443a10126a05839"),
            CLAIMS,
            Bytes.fromHex("5840"),
            Bytes.of(new byte[64])));
  }

  /** One result, as a COSE message and as bare claims. */
  @Override
  public void read(byte[] data) {
    Bytes bytes = Bytes.of(data);
    EarVerifier.Result result =
        EarVerifier.cwt(bytes, ResultTarget.KEY, EarExpectation.STRICT, ResultTarget.AT);
    if (!(result instanceof EarVerifier.Refused)
        || AttestationResults.verifyCwt(
                bytes, ResultTarget.KEY, EarExpectation.STRICT, ResultTarget.AT)
            instanceof AttestationResults.Trusted) {
      throw new IllegalStateException("a result was trusted without its key");
    }
    if (result instanceof EarVerifier.Refused refused) {
      ResultTarget.requireRule(refused.findings());
    }
    if (EarVerifier.cborClaims(bytes) instanceof EarVerifier.Refused refused) {
      ResultTarget.requireRule(refused.findings());
    }
  }
}
