package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import java.math.BigInteger;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/** A revocation list (RFC 5280, 5), read once: what it revokes, and whether it can be used. */
final class RevocationList {
  private static final String SUBJECT_KEY = "2.5.29.14";
  private static final String AUTHORITY_KEY = "2.5.29.35";

  private final X509CRL crl;
  private final Bytes der;
  private final Bytes tbs;
  private final Bytes digest;
  private final Set<BigInteger> revoked = new HashSet<>();
  private final boolean usable;
  private final Optional<Bytes> authorityKey;

  /** Reads all of it, so that nothing is thrown later. */
  RevocationList(X509CRL crl) {
    this.crl = crl;
    try {
      this.der = Bytes.of(crl.getEncoded());
      this.tbs = Bytes.of(crl.getTBSCertList());
    } catch (CRLException e) {
      throw new IllegalArgumentException("a revocation list cannot be written as DER", e);
    }
    this.digest = Sha256.of(der);
    // A partial list, of another's certificates or of some reasons, has a critical extension.
    boolean whole = none(crl.getCriticalExtensionOIDs());
    Set<? extends X509CRLEntry> entries = crl.getRevokedCertificates();
    if (entries != null) {
      for (X509CRLEntry entry : entries) {
        revoked.add(entry.getSerialNumber());
        whole &= none(entry.getCriticalExtensionOIDs());
      }
    }
    this.usable = whole;
    this.authorityKey = authorityKey(crl);
  }

  private static boolean none(Set<String> identifiers) {
    return identifiers == null || identifiers.isEmpty();
  }

  static List<RevocationList> all(List<X509CRL> crls) {
    List<RevocationList> lists = new ArrayList<>();
    crls.forEach(crl -> lists.add(new RevocationList(crl)));
    return lists;
  }

  X509CRL crl() {
    return crl;
  }

  Bytes der() {
    return der;
  }

  /** What is signed. */
  Bytes tbs() {
    return tbs;
  }

  /** SHA-256 of the whole list. */
  Bytes digest() {
    return digest;
  }

  /** Whether it is a whole list without anything critical. */
  boolean isUsable() {
    return usable;
  }

  boolean revokes(X509Certificate certificate) {
    return revoked.contains(certificate.getSerialNumber());
  }

  Instant begin() {
    return crl.getThisUpdate().toInstant();
  }

  /** Its next update; a list without one is never current. */
  Instant end() {
    return crl.getNextUpdate() == null ? Instant.MIN : crl.getNextUpdate().toInstant();
  }

  boolean isCurrent(Instant at) {
    return !at.isBefore(begin()) && !at.isAfter(end());
  }

  /** Whether it names this issuer; one of the same name and another key it does not. */
  boolean names(X509Certificate issuer) {
    if (!crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    Optional<Bytes> subject =
        Certificates.extension(issuer, SUBJECT_KEY)
            .map(
                value ->
                    Bytes.of(
                        SubjectKeyIdentifier.getInstance(value.toByteArray()).getKeyIdentifier()));
    return authorityKey.isEmpty() || subject.isEmpty() || authorityKey.equals(subject);
  }

  private static Optional<Bytes> authorityKey(X509CRL crl) {
    byte[] value = crl.getExtensionValue(AUTHORITY_KEY);
    if (value == null) {
      return Optional.empty();
    }
    Bytes content = Bytes.of(ASN1OctetString.getInstance(value).getOctets());
    Der.check(content, "an extension of a revocation list");
    AuthorityKeyIdentifier identifier = AuthorityKeyIdentifier.getInstance(content.toByteArray());
    return Optional.ofNullable(identifier.getKeyIdentifierOctets()).map(Bytes::of);
  }
}
