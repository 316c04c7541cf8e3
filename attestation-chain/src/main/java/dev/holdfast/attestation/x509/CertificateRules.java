package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Unsound;
import java.math.BigInteger;
import java.security.Key;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;

/** What every certificate of a path must be by itself (RFC 5280, 6.1.3 and 6.1.4). */
final class CertificateRules {
  private static final int RSA_LEAST_BITS = 2048;
  private static final int RSA_MOST_BITS = 8192;
  private static final int EXPONENT_MOST_BITS = 64;
  private static final int KEY_CERT_SIGN = 5;
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "2.5.29.15", // key usage
          "2.5.29.17", // subject alternative name: swtpm's EK certificates have no other name
          "2.5.29.19", // basic constraints
          "2.5.29.30", // name constraints
          "2.5.29.32", // certificate policies: none is asked for
          "2.5.29.37"); // extended key usage: judged by who uses the certificate
  private static final List<ECParameterSpec> CURVES =
      List.of(curve("P-256"), curve("P-384"), curve("P-521"));

  private CertificateRules() {}

  /** Checks the window: only of a certificate that is signed, as others have no dates to trust. */
  static Optional<Unsound> checkWindow(X509Certificate certificate, Instant at) {
    Instant begin = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    return at.isBefore(begin) || at.isAfter(end)
        ? PathSearch.unsound(
            Reason.CERT_EXPIRED,
            PathSearch.who(certificate) + " is valid from " + begin + " to " + end)
        : Optional.empty();
  }

  /** Checks all but signature and window; {@code below} certificates stand under it. */
  static Optional<Unsound> check(X509Certificate certificate, int below, PathRules rules) {
    String who = PathSearch.who(certificate);
    Optional<Unsound> weak = checkKey(certificate);
    if (weak.isPresent()) {
      return weak;
    }
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    Set<String> unknown = new TreeSet<>(critical == null ? Set.of() : critical);
    unknown.removeAll(UNDERSTOOD);
    unknown.removeAll(rules.understood());
    if (!unknown.isEmpty()) {
      return PathSearch.unsound(
          Reason.CERT_CHAIN, who + " has critical extensions that are not understood: " + unknown);
    }
    if (below == 0) {
      return Optional.empty();
    }
    boolean[] usage = certificate.getKeyUsage();
    int pathLength = certificate.getBasicConstraints();
    if (pathLength < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
      return PathSearch.unsound(Reason.CERT_CHAIN, who + " issued another and is not a CA");
    }
    if (pathLength < below - 1) {
      return PathSearch.unsound(Reason.CERT_CHAIN, who + " allows " + pathLength + " CAs below it");
    }
    return Optional.empty();
  }

  /**
   * Refuses a key that is too weak, of a curve that is not used, or so large as to keep us busy.
   */
  static Optional<Unsound> checkKey(X509Certificate certificate) {
    return acceptable(certificate.getPublicKey())
        ? Optional.empty()
        : PathSearch.unsound(
            Reason.ALG_WEAK,
            PathSearch.who(certificate) + " has a key that is too weak, or too costly to use");
  }

  private static boolean acceptable(Key key) {
    return switch (key) {
      case RSAPublicKey rsa ->
          rsa.getModulus().bitLength() >= RSA_LEAST_BITS
              && rsa.getModulus().bitLength() <= RSA_MOST_BITS
              && rsa.getPublicExponent().bitLength() <= EXPONENT_MOST_BITS
              && rsa.getPublicExponent().compareTo(BigInteger.TWO) > 0;
      case ECPublicKey ec -> CURVES.stream().anyMatch(curve -> same(curve, ec.getParams()));
      default -> key.getAlgorithm().startsWith("Ed");
    };
  }

  /** A curve is what its numbers are, whatever name it comes under (CVE-2020-0601). */
  private static boolean same(ECParameterSpec one, ECParameterSpec other) {
    return other != null
        && one.getCurve().getField().equals(other.getCurve().getField())
        && one.getCurve().getA().equals(other.getCurve().getA())
        && one.getCurve().getB().equals(other.getCurve().getB())
        && one.getGenerator().equals(other.getGenerator())
        && one.getOrder().equals(other.getOrder())
        && one.getCofactor() == other.getCofactor();
  }

  private static ECParameterSpec curve(String name) {
    X9ECParameters curve = ECNamedCurveTable.getByName(name);
    java.security.spec.EllipticCurve elliptic =
        new java.security.spec.EllipticCurve(
            new ECFieldFp(curve.getCurve().getField().getCharacteristic()),
            curve.getCurve().getA().toBigInteger(),
            curve.getCurve().getB().toBigInteger());
    java.security.spec.ECPoint generator =
        new java.security.spec.ECPoint(
            curve.getG().getAffineXCoord().toBigInteger(),
            curve.getG().getAffineYCoord().toBigInteger());
    return new ECParameterSpec(elliptic, generator, curve.getN(), curve.getH().intValueExact());
  }
}
