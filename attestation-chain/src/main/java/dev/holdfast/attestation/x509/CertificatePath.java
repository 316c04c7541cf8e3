package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The search for a sound path from a certificate to a pinned anchor at a given time (RFC 5280, 6),
 * with bounded work and without the network.
 */
public final class CertificatePath {
  /** Most certificates of a path, the anchor included. */
  public static final int LENGTH_MAX = 8;

  private static final int POOL_MAX = 64;
  private static final int SIGNATURES_MAX = 64;
  private static final int RSA_LEAST_BITS = 2048;
  private static final int RSA_MOST_BITS = 8192;
  private static final int EXPONENT_MOST_BITS = 64;
  private static final int EC_LEAST_BITS = 256;
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "2.5.29.15", // key usage
          "2.5.29.17", // subject alternative name: swtpm's EK certificates have no other name
          "2.5.29.19", // basic constraints
          "2.5.29.32", // certificate policies: none is asked for
          "2.5.29.37"); // extended key usage: judged by who uses the certificate
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  private final Anchors anchors;
  private final Instant at;
  private int signatures;

  private CertificatePath(Anchors anchors, Instant at) {
    this.anchors = anchors;
    this.at = at;
  }

  /**
   * What is trusted for itself, and what is known of revocations.
   *
   * @param certificates the pinned anchors; empty trusts nothing
   * @param crls revocation lists; a certificate whose issuer has one here must not be on it
   * @param revocationRequired whether every certificate's issuer must have one here
   */
  public record Anchors(
      List<X509Certificate> certificates, List<X509CRL> crls, boolean revocationRequired) {
    /** Copies the lists. */
    public Anchors {
      certificates = List.copyOf(certificates);
      crls = List.copyOf(crls);
    }

    /**
     * Reads anchors and revocation lists, DER or PEM.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    public static Anchors parse(List<Bytes> certificates, List<Bytes> crls) {
      try {
        List<X509Certificate> anchors = new ArrayList<>();
        certificates.forEach(bytes -> anchors.addAll(Certificates.parse(bytes)));
        List<X509CRL> lists = new ArrayList<>();
        crls.forEach(bytes -> lists.addAll(Certificates.parseCrls(bytes)));
        return new Anchors(anchors, lists, false);
      } catch (MalformedException e) {
        throw new IllegalArgumentException(e.words(), e);
      }
    }

    /** The same, with revocation data demanded for every certificate. */
    public Anchors requiringRevocation() {
      return new Anchors(certificates, crls, true);
    }
  }

  /** What the search came to. */
  public sealed interface Judgement {}

  /**
   * There is a sound path.
   *
   * @param chain from the certificate to the anchor
   * @param notAfter when the first of them ends
   */
  public record Sound(List<X509Certificate> chain, Instant notAfter) implements Judgement {
    /** Copies the list. */
    public Sound {
      chain = List.copyOf(chain);
    }

    /** The certificate at the start. */
    public X509Certificate leaf() {
      return chain.getFirst();
    }
  }

  /**
   * There is none.
   *
   * @param fault the class of what is wrong
   * @param words what is wrong
   */
  public record Unsound(Fault fault, String words) implements Judgement {}

  /** Why there is no sound path; of several, the one that came closest to an anchor. */
  public enum Fault {
    /** A certificate or list cannot be read. */
    MALFORMED,
    /** No issuer, a wrong signature, an issuer that may not issue. */
    CHAIN,
    /** A certificate or a needed revocation list is not valid at the time. */
    EXPIRED,
    /** A certificate is revoked. */
    REVOKED
  }

  /**
   * Looks for a path.
   *
   * @param certificates the certificate in question first, then others in any order, DER or PEM
   */
  public static Judgement find(List<Bytes> certificates, Anchors anchors, Instant at) {
    List<X509Certificate> pool = new ArrayList<>();
    try {
      certificates.stream().limit(POOL_MAX).forEach(b -> pool.addAll(Certificates.parse(b)));
    } catch (MalformedException e) {
      return new Unsound(Fault.MALFORMED, e.words());
    }
    if (pool.isEmpty() || pool.size() > POOL_MAX || certificates.size() > POOL_MAX) {
      return new Unsound(Fault.MALFORMED, "a path needs 1 to " + POOL_MAX + " certificates");
    }
    Deque<X509Certificate> path = new ArrayDeque<>();
    path.add(pool.getFirst());
    return new CertificatePath(anchors, at).extend(path, pool);
  }

  /** Depth first; each certificate occurs once, so the search ends. */
  private Judgement extend(Deque<X509Certificate> path, List<X509Certificate> pool) {
    X509Certificate last = path.getLast();
    Optional<Unsound> wrong = checkCertificate(last, path.size() - 1);
    if (wrong.isPresent()) {
      return wrong.get();
    }
    if (anchors.certificates().contains(last)) {
      return sound(path);
    }
    if (path.size() == LENGTH_MAX) {
      return new Unsound(Fault.CHAIN, "the path is longer than " + LENGTH_MAX + " certificates");
    }
    Unsound best =
        new Unsound(
            Fault.CHAIN,
            "no anchor, and no certificate sent, is the issuer \""
                + last.getIssuerX500Principal().getName()
                + "\"");
    List<X509Certificate> candidates = new ArrayList<>(anchors.certificates());
    candidates.addAll(pool);
    for (X509Certificate issuer : candidates) {
      boolean named =
          issuer.getSubjectX500Principal().equals(last.getIssuerX500Principal())
              && !path.contains(issuer);
      if (!named) {
        continue;
      }
      Optional<Unsound> refused = checkIssued(last, issuer);
      if (refused.isPresent()) {
        best = refused.get();
        continue;
      }
      path.addLast(issuer);
      switch (extend(path, pool)) {
        case Sound sound -> {
          return sound;
        }
        case Unsound unsound -> best = unsound;
      }
      path.removeLast();
    }
    return best;
  }

  private static Sound sound(Deque<X509Certificate> path) {
    Instant notAfter =
        path.stream()
            .map(certificate -> certificate.getNotAfter().toInstant())
            .min(Instant::compareTo)
            .orElseThrow();
    return new Sound(List.copyOf(path), notAfter);
  }

  /** What one certificate must be; {@code below} certificates stand under it. */
  private Optional<Unsound> checkCertificate(X509Certificate certificate, int below) {
    String who = "certificate \"" + certificate.getSubjectX500Principal().getName() + "\"";
    if (at.isBefore(certificate.getNotBefore().toInstant())
        || at.isAfter(certificate.getNotAfter().toInstant())) {
      return unsound(
          Fault.EXPIRED,
          who
              + " is valid from "
              + certificate.getNotBefore().toInstant()
              + " to "
              + certificate.getNotAfter().toInstant());
    }
    if (!acceptable(certificate.getPublicKey())) {
      return unsound(Fault.CHAIN, who + " has a key that is too weak, or too costly to use");
    }
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    Set<String> unknown = new HashSet<>(critical == null ? Set.of() : critical);
    unknown.removeAll(UNDERSTOOD);
    if (!unknown.isEmpty() || certificate.getExtensionValue(NAME_CONSTRAINTS) != null) {
      return unsound(Fault.CHAIN, who + " has extensions that are not understood: " + unknown);
    }
    if (below == 0) {
      return Optional.empty();
    }
    boolean[] usage = certificate.getKeyUsage();
    int pathLength = certificate.getBasicConstraints();
    if (pathLength < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
      return unsound(Fault.CHAIN, who + " issued another and is not a CA");
    }
    if (pathLength < below - 1) {
      return unsound(Fault.CHAIN, who + " allows " + pathLength + " CAs below it");
    }
    return Optional.empty();
  }

  /** Strong enough, and not so large that using it would keep us busy. */
  private static boolean acceptable(Key key) {
    return switch (key) {
      case RSAPublicKey rsa ->
          rsa.getModulus().bitLength() >= RSA_LEAST_BITS
              && rsa.getModulus().bitLength() <= RSA_MOST_BITS
              && rsa.getPublicExponent().bitLength() <= EXPONENT_MOST_BITS;
      case ECPublicKey ec -> ec.getParams().getOrder().bitLength() >= EC_LEAST_BITS;
      default -> key.getAlgorithm().startsWith("Ed");
    };
  }

  private Optional<Unsound> checkIssued(X509Certificate certificate, X509Certificate issuer) {
    String who = "certificate \"" + certificate.getSubjectX500Principal().getName() + "\"";
    String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    if (algorithm.contains("SHA1") || algorithm.contains("MD5") || algorithm.contains("MD2")) {
      return unsound(Fault.CHAIN, who + " is signed over a hash that is too weak");
    }
    if (!acceptable(issuer.getPublicKey())) {
      return unsound(Fault.CHAIN, "the issuer of " + who + " has a key that is not used");
    }
    if (++signatures > SIGNATURES_MAX) {
      return unsound(Fault.CHAIN, "the path needs more than " + SIGNATURES_MAX + " signatures");
    }
    try {
      certificate.verify(issuer.getPublicKey(), Signatures.parser());
    } catch (GeneralSecurityException | RuntimeException e) {
      return unsound(Fault.CHAIN, who + " was not signed by the issuer that it names");
    }
    return checkRevocation(certificate, issuer);
  }

  private Optional<Unsound> checkRevocation(X509Certificate certificate, X509Certificate issuer) {
    String who = "certificate \"" + certificate.getSubjectX500Principal().getName() + "\"";
    boolean current = false;
    for (X509CRL crl : anchors.crls()) {
      if (!crl.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())) {
        continue;
      }
      boolean[] usage = issuer.getKeyUsage();
      if (crl.hasUnsupportedCriticalExtension() || (usage != null && !usage[CRL_SIGN])) {
        return unsound(Fault.CHAIN, "the revocation list for " + who + " cannot be used");
      }
      if (++signatures > SIGNATURES_MAX) {
        return unsound(Fault.CHAIN, "the path needs more than " + SIGNATURES_MAX + " signatures");
      }
      try {
        crl.verify(issuer.getPublicKey(), Signatures.parser());
      } catch (GeneralSecurityException | RuntimeException e) {
        // Another CA of the same name may have signed it; it says nothing of this issuer.
        continue;
      }
      if (crl.isRevoked(certificate)) {
        return unsound(Fault.REVOKED, who + " is revoked");
      }
      current |=
          !at.isBefore(crl.getThisUpdate().toInstant())
              && crl.getNextUpdate() != null
              && !at.isAfter(crl.getNextUpdate().toInstant());
      if (!current) {
        return unsound(Fault.EXPIRED, "the revocation list for " + who + " is out of date");
      }
    }
    return current || !anchors.revocationRequired()
        ? Optional.empty()
        : unsound(Fault.CHAIN, "there is no revocation list for " + who);
  }

  private static Optional<Unsound> unsound(Fault fault, String words) {
    return Optional.of(new Unsound(fault, words));
  }
}
