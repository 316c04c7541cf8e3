package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A chain that must be sound as presented and end in an anchor, or in an anchor's older self: Intel
 * renewed its root certificate under the same name and key, and platforms still send the one of
 * 2018. A trust anchor is a name and a key (RFC 5280, 6.1.1), so that the older certificate says
 * nothing that the pinned one does not; it must be valid and signed by that key all the same.
 */
final class AnchoredChain {
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";

  private AnchoredChain() {}

  /** Judges a chain in PEM, leaf first. */
  static CertificatePath.Judgement judge(
      Bytes pem, CertificatePath.Anchors anchors, Instant at, PathMemory memory) {
    String text = new String(pem.toByteArray(), StandardCharsets.ISO_8859_1);
    int last = text.lastIndexOf(BEGIN);
    if (last > 0 && !isAnchor(text.substring(last), anchors)) {
      Optional<X509Certificate> older = older(pem.slice(last, pem.length()), anchors);
      if (older.isPresent()) {
        Bytes below = pem.slice(0, last);
        return within(
            older.get(),
            at,
            CertificatePath.judge(List.of(below), anchors, PathRules.AS_PRESENTED, at, memory));
      }
    }
    return CertificatePath.judge(List.of(pem), anchors, PathRules.TO_PRESENTED_ANCHOR, at, memory);
  }

  /** Whether a block is, byte for byte, an anchor; what cannot be decoded is none. */
  private static boolean isAnchor(String block, CertificatePath.Anchors anchors) {
    int from = block.indexOf(DASHES, BEGIN.length()) + DASHES.length();
    int to = block.indexOf(DASHES, from);
    try {
      Bytes der =
          Bytes.of(Base64.getMimeDecoder().decode(block.substring(from, Math.max(from, to))));
      for (X509Certificate anchor : anchors.certificates()) {
        if (Bytes.of(anchor.getEncoded()).equals(der)) {
          return true;
        }
      }
    } catch (IllegalArgumentException | CertificateEncodingException e) {
      // The judgement of the path says what is wrong with it.
    }
    return false;
  }

  private static Optional<X509Certificate> older(Bytes block, CertificatePath.Anchors anchors) {
    try {
      X509Certificate certificate = Certificates.parse(block).getFirst();
      for (X509Certificate anchor : anchors.certificates()) {
        if (anchor.getSubjectX500Principal().equals(certificate.getSubjectX500Principal())
            && anchor.getPublicKey().equals(certificate.getPublicKey())
            && certificate.getBasicConstraints() >= 0) {
          certificate.verify(anchor.getPublicKey(), Signatures.parser());
          return Optional.of(certificate);
        }
      }
    } catch (MalformedException | GeneralSecurityException e) {
      // The judgement of the path says what is wrong with it.
    }
    return Optional.empty();
  }

  /** The path above, inside the window of the certificate that it ends in. */
  private static CertificatePath.Judgement within(
      X509Certificate end, Instant at, CertificatePath.Judgement path) {
    Instant from = end.getNotBefore().toInstant();
    Instant until = end.getNotAfter().toInstant();
    if (at.isBefore(from) || at.isAfter(until)) {
      return new CertificatePath.Unsound(
          Finding.against(
              Reason.CERT_EXPIRED,
              "the chain's last certificate is valid from " + from + " to " + until));
    }
    return switch (path) {
      case CertificatePath.Sound sound ->
          sound.notAfter().isAfter(until)
              ? new CertificatePath.Sound(sound.chain(), sound.crls(), sound.notBefore(), until)
              : sound;
      case CertificatePath.Unsound unsound -> unsound;
    };
  }
}
