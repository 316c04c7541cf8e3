package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.x509.CertificatePath;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509AttributeCertificateHolder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/**
 * Proves what a manufacturer says of the machine around a TPM (TCG Platform Certificate Profile
 * 1.1). Never throws, whatever the certificate.
 */
public final class PlatformCertificateVerifier {
  private static final int RSA_LEAST_BITS = 2048;
  private static final int EC_LEAST_BITS = 256;
  private static final int DIGITAL_SIGNATURE = 0;

  private static final Set<String> STRONG =
      Set.of(
          "1.2.840.113549.1.1.10", // RSASSA-PSS
          "1.2.840.113549.1.1.11", // RSA over SHA-256
          "1.2.840.113549.1.1.12",
          "1.2.840.113549.1.1.13",
          "1.2.840.10045.4.3.2", // ECDSA over SHA-256
          "1.2.840.10045.4.3.3",
          "1.2.840.10045.4.3.4");
  private static final Set<String> SHA1 = Set.of("1.2.840.113549.1.1.5", "1.2.840.10045.4.1");

  private PlatformCertificateVerifier() {}

  /**
   * Verifies a certificate whose issuer has to lead to an anchor.
   *
   * @param certificate DER, at most 64 KiB
   * @param issuers the issuer's certificate first, then others in any order
   */
  public static Outcome verify(
      Bytes certificate,
      List<Bytes> issuers,
      CertificatePath.Anchors anchors,
      PlatformExpectation expectation,
      Instant at) {
    return switch (CertificatePath.find(issuers, anchors, at)) {
      case CertificatePath.Unsound unsound ->
          new Outcome.Refused(chain("the issuer is not anchored: " + unsound.words()));
      case CertificatePath.Sound sound ->
          switch (verify(certificate, sound.leaf(), expectation, at)) {
            case Outcome.Refused refused -> refused;
            case Outcome.Proven proven ->
                new Outcome.Proven(
                    proven.claims(),
                    proven
                        .notAfter()
                        .map(end -> end.isBefore(sound.notAfter()) ? end : sound.notAfter()));
          };
    };
  }

  /**
   * Verifies a certificate under an issuer that is trusted for itself, whatever its own window: in
   * order PLATFORM_CERT_MALFORMED; PLATFORM_CERT_EXPIRED, PLATFORM_CERT_CHAIN for another issuer or
   * another machine, ALG_WEAK; PLATFORM_CERT_CHAIN for the signature.
   *
   * @param certificate DER, at most 64 KiB
   */
  public static Outcome verify(
      Bytes certificate, X509Certificate issuer, PlatformExpectation expectation, Instant at) {
    try {
      X509AttributeCertificateHolder der = PlatformCertificate.der(certificate);
      PlatformCertificate read = PlatformCertificate.of(der);
      List<Finding> findings = new ArrayList<>();
      checkWindow(read, at, findings);
      checkNames(der, read, issuer, expectation, findings);
      checkAlgorithm(der, issuer, expectation, findings);
      if (findings.isEmpty() && !signed(der, issuer)) {
        findings.add(chain("the issuer did not sign the platform certificate"));
      }
      return findings.isEmpty()
          ? new Outcome.Proven(claims(read), Optional.of(read.notAfter()))
          : new Outcome.Refused(findings);
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed(e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(malformed(e.getClass().getSimpleName()));
    }
  }

  /** What a certificate says, before anything of it is believed; empty if it cannot be read. */
  public static Optional<PlatformCertificate> inspect(Bytes certificate) {
    try {
      return Optional.of(PlatformCertificate.of(PlatformCertificate.der(certificate)));
    } catch (RuntimeException | StackOverflowError unreadable) {
      return Optional.empty();
    }
  }

  private static void checkWindow(PlatformCertificate read, Instant at, List<Finding> findings) {
    if (at.isBefore(read.notBefore()) || at.isAfter(read.notAfter())) {
      findings.add(
          Finding.against(
                  Reason.PLATFORM_CERT_EXPIRED, "the platform certificate is not valid at the time")
              .at("tpm/platform")
              .expecting(read.notBefore() + " to " + read.notAfter())
              .finding(at.toString())
              .remedy("Ask the manufacturer for a certificate that is valid."));
    }
  }

  private static void checkNames(
      X509AttributeCertificateHolder der,
      PlatformCertificate read,
      X509Certificate issuer,
      PlatformExpectation expectation,
      List<Finding> findings) {
    X500Name subject = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
    boolean named = false;
    for (X500Name name : der.getIssuer().getNames()) {
      named |= name.equals(subject);
    }
    if (!named) {
      findings.add(chain("the platform certificate names another issuer"));
    }
    boolean[] usage = issuer.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      findings.add(chain("the issuer's key is not for signatures"));
    }
    if (expectation.endorsement().isPresent()) {
      X509Certificate ek = expectation.endorsement().get();
      X500Name ekIssuer = X500Name.getInstance(ek.getIssuerX500Principal().getEncoded());
      boolean same =
          read.holderSerial().filter(ek.getSerialNumber()::equals).isPresent()
              && read.holderIssuers().contains(ekIssuer);
      if (!same) {
        findings.add(
            chain("the platform certificate is about the machine of another endorsement key"));
      }
    }
  }

  private static void checkAlgorithm(
      X509AttributeCertificateHolder der,
      X509Certificate issuer,
      PlatformExpectation expectation,
      List<Finding> findings) {
    String algorithm = der.getSignatureAlgorithm().getAlgorithm().getId();
    boolean strong =
        STRONG.contains(algorithm) || (expectation.sha1Allowed() && SHA1.contains(algorithm));
    boolean strongKey =
        switch (issuer.getPublicKey()) {
          case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= RSA_LEAST_BITS;
          case ECPublicKey ec -> ec.getParams().getOrder().bitLength() >= EC_LEAST_BITS;
          default -> false;
        };
    if (!strong || !strongKey) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the platform certificate is signed too weakly")
              .at("tpm/platform")
              .expecting("RSA-2048 or P-256, or better, over SHA-256 or better")
              .finding(algorithm)
              .remedy("Ask the manufacturer for a new one, or allow SHA-1 for it."));
    }
  }

  private static boolean signed(X509AttributeCertificateHolder der, X509Certificate issuer) {
    try {
      return der.isSignatureValid(
          new JcaContentVerifierProviderBuilder()
              .setProvider(Signatures.parser())
              .build(issuer.getPublicKey()));
    } catch (CertException | OperatorCreationException | RuntimeException e) {
      return false;
    }
  }

  private static List<Claim> claims(PlatformCertificate read) {
    List<Claim> claims = new ArrayList<>();
    Map<String, String> words =
        Map.of(
            "platform/manufacturer", read.manufacturer(),
            "platform/model", read.model(),
            "platform/version", read.version(),
            "platform/serial", read.serial());
    words.entrySet().stream()
        .filter(word -> !word.getValue().isEmpty())
        .sorted(Map.Entry.comparingByKey())
        .forEach(word -> claims.add(new Claim.Word(word.getKey(), word.getValue())));
    claims.add(new Claim.Version("platform/components", read.components().size()));
    return claims;
  }

  private static Finding chain(String words) {
    return Finding.against(Reason.PLATFORM_CERT_CHAIN, words)
        .at("tpm/platform")
        .remedy("Send the certificate that the manufacturer issued for this machine.");
  }

  private static Finding malformed(String words) {
    return Finding.against(
            Reason.PLATFORM_CERT_MALFORMED, "the platform certificate cannot be read: " + words)
        .at("tpm/platform")
        .remedy("Send the certificate as DER, as the manufacturer issued it.");
  }
}
