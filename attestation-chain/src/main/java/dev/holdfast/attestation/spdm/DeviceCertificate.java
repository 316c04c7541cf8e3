package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.Der;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;

/**
 * The rules that a device's leaf certificate must keep beyond its path (DSP0274 1.2, leaf
 * certificate, device certificate model): version 3, a key that can sign, no authority, and no
 * other role than its own.
 */
public final class DeviceCertificate {
  /** The extended key usage of a device that answers (id-DMTF-eku-responder-auth). */
  public static final String RESPONDER_USAGE = "1.3.6.1.4.1.412.274.3";

  /** The extended key usage of a device that asks (id-DMTF-eku-requester-auth). */
  public static final String REQUESTER_USAGE = "1.3.6.1.4.1.412.274.4";

  private static final String SPDM_EXTENSION = "1.3.6.1.4.1.412.274.6";
  private static final String HARDWARE_IDENTITY = "1.3.6.1.4.1.412.274.2";
  private static final int IDENTIFIERS_MAX = 16;
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int VERSION = 3;

  private DeviceCertificate() {}

  /** The part that a device plays. */
  public enum Role {
    /** It asks. */
    REQUESTER(REQUESTER_USAGE, RESPONDER_USAGE),
    /** It answers. */
    RESPONDER(RESPONDER_USAGE, REQUESTER_USAGE);

    private final String own;
    private final String other;

    Role(String own, String other) {
      this.own = own;
      this.other = other;
    }
  }

  /**
   * Judges one certificate by itself, not its signature or path.
   *
   * @param certificate DER, or PEM with one
   */
  public static Outcome verify(Bytes certificate, Role role, Instant at) {
    try {
      List<X509Certificate> read = Certificates.parse(certificate);
      if (read.size() != 1) {
        return new Outcome.Refused(
            finding(Reason.EVIDENCE_DUPLICATE, "there are " + read.size() + " certificates"));
      }
      return verify(read.getFirst(), role, at);
    } catch (MalformedException e) {
      return new Outcome.Refused(finding(Reason.DER_MALFORMED, e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return new Outcome.Refused(
          finding(Reason.DER_MALFORMED, "verification failed with " + e.getClass().getName()));
    }
  }

  private static Outcome verify(X509Certificate certificate, Role role, Instant at) {
    List<Finding> findings = new ArrayList<>(check(certificate, role));
    if (at.isBefore(certificate.getNotBefore().toInstant())
        || at.isAfter(certificate.getNotAfter().toInstant())) {
      findings.add(
          finding(Reason.CERT_EXPIRED, "the certificate is not valid at the time")
              .finding(
                  certificate.getNotBefore().toInstant()
                      + " to "
                      + certificate.getNotAfter().toInstant()));
    }
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    List<Claim> claims = new ArrayList<>();
    claims.add(
        new Claim.Measurement(
            "device/key", Sha256.of(Bytes.of(certificate.getPublicKey().getEncoded()))));
    claims.add(
        new Claim.Flag(
            "spdm/hardware-identity", identifiers(certificate).contains(HARDWARE_IDENTITY)));
    return new Outcome.Proven(claims, Optional.of(certificate.getNotAfter().toInstant()));
  }

  /** All that is wrong with a certificate in its role, but for its window. */
  static List<Finding> check(X509Certificate certificate, Role role) {
    List<Finding> findings = new ArrayList<>();
    if (certificate.getVersion() != VERSION) {
      findings.add(
          schema("a device's certificate is of version 3")
              .finding(Integer.toString(certificate.getVersion())));
    }
    if (certificate.getBasicConstraints() >= 0) {
      findings.add(
          schema("a device's certificate is of an authority: what it signs could be certificates"));
    }
    boolean[] usage = certificate.getKeyUsage();
    if (usage == null || !usage[DIGITAL_SIGNATURE]) {
      findings.add(schema("the key of a device's certificate may not sign"));
    }
    if (!known(certificate.getPublicKey())) {
      findings.add(
          finding(Reason.ALG_WEAK, "the key of a device's certificate is of no algorithm of SPDM")
              .finding(certificate.getPublicKey().getAlgorithm()));
    }
    try {
      identifiers(certificate);
    } catch (MalformedException e) {
      findings.add(schema(e.words()));
    }
    List<String> purposes = purposes(certificate);
    if (purposes.contains(role.other) && !purposes.contains(role.own)) {
      findings.add(
          Finding.against(
                  Reason.DEVICE_ROLE, "the certificate is for the other role than its device's")
              .at("certificate/extended-key-usage")
              .expecting(role.own)
              .finding(role.other)
              .remedy("Use the slot whose certificate names this role, or none."));
    }
    return findings;
  }

  private static boolean known(PublicKey key) {
    return key.getAlgorithm().startsWith("Ed")
        || Arrays.stream(BaseAsym.values()).anyMatch(asym -> asym.fits(key));
  }

  private static List<String> purposes(X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes == null ? List.of() : purposes;
    } catch (CertificateParsingException e) {
      throw new MalformedException("the extended key usage cannot be read");
    }
  }

  /** The identifiers in id-DMTF-spdm-extension: a SEQUENCE OF SEQUENCE { identifier, value }. */
  private static Set<String> identifiers(X509Certificate certificate) {
    Optional<Bytes> content = Certificates.extension(certificate, SPDM_EXTENSION);
    Set<String> identifiers = new HashSet<>();
    if (content.isEmpty()) {
      return identifiers;
    }
    Der.check(content.get(), "the extension of SPDM");
    try {
      ASN1Sequence sequence = ASN1Sequence.getInstance(content.get().toByteArray());
      if (sequence.size() > IDENTIFIERS_MAX) {
        throw new MalformedException("the extension of SPDM is too long");
      }
      for (ASN1Encodable element : sequence) {
        ASN1Sequence pair = ASN1Sequence.getInstance(element);
        identifiers.add(ASN1ObjectIdentifier.getInstance(pair.getObjectAt(0)).getId());
      }
      return identifiers;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new MalformedException("the extension of SPDM cannot be read");
    }
  }

  private static Finding schema(String message) {
    return finding(Reason.DEVICE_CERTIFICATE, message);
  }

  private static Finding finding(Reason reason, String message) {
    return Finding.against(reason, message)
        .at("certificate")
        .remedy("Have the device certified anew, as DSP0274 asks.");
  }
}
