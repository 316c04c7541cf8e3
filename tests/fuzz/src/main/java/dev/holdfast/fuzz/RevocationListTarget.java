package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import java.util.List;

/** Revocation lists: lists or a refusal, and whatever was read can stand beside anchors. */
final class RevocationListTarget implements Target {
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());

  @Override
  public Class<?> reader() {
    return Certificates.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of();
  }

  /** One list, DER or PEM. */
  @Override
  public void read(byte[] data) {
    try {
      CertificatePath.Anchors listed = NONE.with(Certificates.parseCrls(Bytes.of(data)));
      if (listed.equals(NONE)) {
        throw new IllegalStateException("a list was read and left out");
      }
    } catch (MalformedException _) {
      // As it should be.
    }
  }
}
