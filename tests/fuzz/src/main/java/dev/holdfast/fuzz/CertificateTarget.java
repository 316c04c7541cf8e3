package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** Certificates: never an exception, and no path without an anchor. */
final class CertificateTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());

  @Override
  public Class<?> reader() {
    return CertificatePath.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of();
  }

  /** One certificate, DER or PEM. */
  @Override
  public void read(byte[] data) {
    if (CertificatePath.find(List.of(Bytes.of(data)), NONE, AT) instanceof CertificatePath.Sound) {
      throw new IllegalStateException("a path was found without an anchor");
    }
  }
}
