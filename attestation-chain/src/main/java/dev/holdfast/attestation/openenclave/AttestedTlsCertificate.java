package dev.holdfast.attestation.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.x509.Certificates;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A certificate that an enclave signed for itself, with evidence about the enclave and its key in
 * an extension (Open Enclave SDK, {@code oe_generate_attestation_certificate} and {@code
 * oe_get_attestation_certificate_with_evidence}).
 *
 * @param certificate the certificate
 * @param evidence what the extension holds
 * @param keyText its public key as the enclave hashed it: PEM with lines of 64 digits and the zero
 *     that ends the text in C
 */
public record AttestedTlsCertificate(X509Certificate certificate, Bytes evidence, Bytes keyText) {
  /**
   * Extensions for a legacy report and for evidence, each under an older and a newer identifier.
   */
  private static final List<String> EXTENSIONS =
      List.of(
          "1.2.840.113556.10.1.1",
          "1.3.6.1.4.1.311.105.1",
          "1.2.840.113556.10.1.2",
          "1.3.6.1.4.1.311.105.2");

  private static final int LINE = 64;

  /**
   * Reads a certificate.
   *
   * @param bytes DER or PEM
   * @throws MalformedException if it is none, or has not exactly one of the extensions
   */
  static AttestedTlsCertificate parse(Bytes bytes) {
    List<X509Certificate> certificates = Certificates.parse(bytes);
    if (certificates.size() != 1) {
      throw new MalformedException(certificates.size() + " certificates instead of one");
    }
    X509Certificate certificate = certificates.getFirst();
    List<Bytes> found = new ArrayList<>();
    for (String identifier : EXTENSIONS) {
      Optional<Bytes> value = Certificates.extension(certificate, identifier);
      value.ifPresent(found::add);
    }
    if (found.size() != 1) {
      throw new MalformedException(
          "the certificate has " + found.size() + " extensions with evidence instead of one");
    }
    return new AttestedTlsCertificate(certificate, found.getFirst(), keyText(certificate));
  }

  private static Bytes keyText(X509Certificate certificate) {
    byte[] encoded = certificate.getPublicKey().getEncoded();
    String digits = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(encoded);
    String pem = "-----BEGIN PUBLIC KEY-----\n" + digits + "\n-----END PUBLIC KEY-----\n\0";
    return Bytes.of(pem.getBytes(StandardCharsets.US_ASCII));
  }

  /** Findings against the certificate itself: its time, and its signature by its own key. */
  void check(Instant at, List<Finding> findings) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (at.isBefore(from) || at.isAfter(until)) {
      findings.add(
          Finding.against(
                  Reason.CERT_EXPIRED, "the certificate is valid from " + from + " to " + until)
              .at("oe/certificate")
              .finding(at.toString()));
    }
    try {
      certificate.verify(certificate.getPublicKey(), Signatures.parser());
    } catch (GeneralSecurityException | RuntimeException e) {
      findings.add(
          Finding.against(Reason.SIGNATURE, "the certificate was not signed by its own key")
              .at("oe/certificate")
              .remedy("Send the certificate as the enclave made it."));
    }
  }
}
