package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.tpm2.PlatformCertificateVerifier;
import dev.holdfast.attestation.tpm2.PlatformExpectation;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** Platform certificates: never an exception, and none believed without an anchor. */
final class PlatformCertificateTarget implements Target {
  private static final Instant AT = Instant.parse("2026-06-01T00:00:00Z");
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());

  @Override
  public Class<?> reader() {
    return PlatformCertificateVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.fromHex("3003020101"));
  }

  @Override
  public void read(byte[] data) {
    Bytes bytes = Bytes.of(data);
    PlatformCertificateVerifier.inspect(bytes);
    if (PlatformCertificateVerifier.verify(
            bytes, List.of(bytes), NONE, PlatformExpectation.STRICT, AT)
        instanceof Outcome.Proven) {
      throw new IllegalStateException("a certificate was believed that leads to no anchor");
    }
  }
}
