package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Unsound;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;

/** The names that CAs of a path leave to those below them (RFC 5280, 4.2.1.10 and 6.1). */
final class NameConstraints {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final int SUBTREES_MAX = 64;

  private NameConstraints() {}

  /** Checks a path whose signatures are right, from the anchor down. */
  static Optional<Unsound> check(List<X509Certificate> chain) {
    if (chain.stream().allMatch(one -> one.getExtensionValue(NAME_CONSTRAINTS) == null)) {
      return Optional.empty();
    }
    PKIXNameConstraintValidator allowed = new PKIXNameConstraintValidator();
    for (X509Certificate certificate : chain.reversed()) {
      try {
        boolean first = certificate.equals(chain.getFirst());
        boolean selfIssued =
            certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
        if (first || !selfIssued) {
          checkNames(certificate, allowed);
        }
        if (!first) {
          narrow(certificate, allowed);
        }
      } catch (NameConstraintValidatorException | RuntimeException e) {
        return PathSearch.unsound(
            Reason.CERT_CHAIN,
            PathSearch.who(certificate)
                + " breaks the name constraints of a CA above it, or has some that cannot be read");
      }
    }
    return Optional.empty();
  }

  private static void checkNames(X509Certificate certificate, PKIXNameConstraintValidator allowed)
      throws NameConstraintValidatorException {
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    allowed.checkPermittedDN(subject);
    allowed.checkExcludedDN(subject);
    // RFC 5280, 4.2.1.10: a constraint on mail addresses holds for those in the subject too.
    for (RDN rdn : subject.getRDNs()) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getType().equals(BCStyle.EmailAddress)) {
          String address = ((ASN1String) part.getValue()).getString();
          GeneralName name = new GeneralName(GeneralName.rfc822Name, address);
          allowed.checkPermitted(name);
          allowed.checkExcluded(name);
        }
      }
    }
    Optional<Bytes> names = Certificates.extension(certificate, SUBJECT_ALTERNATIVE_NAME);
    if (names.isPresent()) {
      for (GeneralName name : GeneralNames.getInstance(names.get().toByteArray()).getNames()) {
        allowed.checkPermitted(name);
        allowed.checkExcluded(name);
      }
    }
  }

  private static void narrow(X509Certificate certificate, PKIXNameConstraintValidator allowed) {
    Optional<Bytes> value = Certificates.extension(certificate, NAME_CONSTRAINTS);
    if (value.isEmpty()) {
      return;
    }
    org.bouncycastle.asn1.x509.NameConstraints constraints =
        org.bouncycastle.asn1.x509.NameConstraints.getInstance(
            ASN1Sequence.getInstance(value.get().toByteArray()));
    GeneralSubtree[] permitted = constraints.getPermittedSubtrees();
    GeneralSubtree[] excluded = constraints.getExcludedSubtrees();
    int count =
        (permitted == null ? 0 : permitted.length) + (excluded == null ? 0 : excluded.length);
    if (count == 0 || count > SUBTREES_MAX) {
      throw new IllegalArgumentException(count + " subtrees");
    }
    if (permitted != null) {
      allowed.intersectPermittedSubtree(permitted);
    }
    if (excluded != null) {
      for (GeneralSubtree subtree : excluded) {
        allowed.addExcludedSubtree(subtree);
      }
    }
  }
}
