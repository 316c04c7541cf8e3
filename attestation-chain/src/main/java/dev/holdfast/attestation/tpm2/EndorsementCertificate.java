package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A manufacturer's word that an endorsement key lives in one of its TPMs (TCG EK Credential Profile
 * 2.5).
 */
public final class EndorsementCertificate {
  /** tcg-kp-EKCertificate. */
  private static final String EK_CERTIFICATE = "2.23.133.8.1";

  private static final int CHAIN_MAX = 8;

  private EndorsementCertificate() {}

  /** What judging a certificate came to. */
  public sealed interface Judgement {}

  /**
   * The key is an endorsement key of a trusted manufacturer.
   *
   * @param certificate the certificate
   * @param notAfter when the first certificate of its path ends
   */
  public record Endorsed(X509Certificate certificate, Instant notAfter) implements Judgement {}

  /**
   * Nobody trusted says so.
   *
   * @param finding EK_CHAIN, with words
   */
  public record Unproven(Finding finding) implements Judgement {}

  /**
   * Judges a certificate against the key that it should be for; never throws.
   *
   * @param certificates leaf first, 1 to 8
   * @param ekPublic the endorsement key
   */
  public static Judgement judge(
      List<Bytes> certificates, TpmPublic ekPublic, CertificatePath.Anchors anchors, Instant at) {
    if (certificates.isEmpty() || certificates.size() > CHAIN_MAX) {
      return unproven("an endorsement key has 1 to 8 certificates, not " + certificates.size());
    }
    return switch (CertificatePath.find(certificates, anchors, at)) {
      case CertificatePath.Unsound unsound -> unproven(unsound.words());
      case CertificatePath.Sound sound -> judge(sound, ekPublic);
    };
  }

  private static Judgement judge(CertificatePath.Sound path, TpmPublic ekPublic) {
    X509Certificate leaf = path.leaf();
    if (leaf.getBasicConstraints() >= 0) {
      return unproven("the endorsement certificate is a CA's");
    }
    try {
      List<String> usages = leaf.getExtendedKeyUsage();
      if (usages == null || !usages.contains(EK_CERTIFICATE)) {
        return unproven(
            "the certificate is not for an endorsement key: it lacks usage " + EK_CERTIFICATE);
      }
    } catch (CertificateParsingException e) {
      return unproven("the certificate's extended key usage cannot be read");
    }
    return ekPublic.isFor(leaf.getPublicKey())
        ? new Endorsed(leaf, path.notAfter())
        : unproven("the certificate is for another key than the endorsement key sent");
  }

  private static Unproven unproven(String words) {
    return new Unproven(
        Finding.against(Reason.EK_CHAIN, words)
            .at("tpm/ek")
            .remedy("Send the manufacturer's certificates of this TPM, or pin their root."));
  }
}
