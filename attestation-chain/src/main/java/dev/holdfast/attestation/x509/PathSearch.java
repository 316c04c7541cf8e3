package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.crypto.SignatureAlgorithm;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.CertificatePath.Judgement;
import dev.holdfast.attestation.x509.CertificatePath.Sound;
import dev.holdfast.attestation.x509.CertificatePath.Unsound;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.CertificateList;

/** One judgement of one path: what is given, and how much work it has cost. */
final class PathSearch {
  private static final int SIGNATURES_MAX = 64;
  private static final int CRL_SIGN = 6;

  /** Farther than any path that reached no anchor. */
  private static final int ANCHORED = Integer.MAX_VALUE;

  private final Anchors anchors;
  private final PathRules rules;
  private final Instant at;
  private final PathMemory memory;
  private int signatures;
  private Optional<Unsound> closest = Optional.empty();
  private int closestReached;

  PathSearch(Anchors anchors, PathRules rules, Instant at, PathMemory memory) {
    this.anchors = anchors;
    this.rules = rules;
    this.at = at;
    this.memory = memory;
  }

  Judgement judge(List<X509Certificate> presented) {
    Deque<X509Certificate> path = new ArrayDeque<>();
    path.add(presented.getFirst());
    return switch (rules.order()) {
      case ANY -> withSigner(searched(path, presented), presented);
      case AS_PRESENTED, TO_PRESENTED_ANCHOR -> walk(path, presented);
    };
  }

  /** Says so where it is another certificate of the bag than the first that leads to an anchor. */
  private Judgement withSigner(Judgement judgement, List<X509Certificate> presented) {
    if (!(judgement instanceof Unsound unsound)
        || unsound.finding().reason() != Reason.CERT_CHAIN) {
      return judgement;
    }
    for (X509Certificate other : presented.subList(1, presented.size())) {
      boolean end =
          other.getBasicConstraints() < 0
              && presented.stream().noneMatch(one -> issued(one, other));
      if (end && search(new ArrayDeque<>(List.of(other)), presented).isPresent()) {
        return new Unsound(
            Reason.SIGNER_NOT_ANCHORED,
            unsound.words()
                + "; "
                + who(other)
                + " beside it leads to an anchor, and proves nothing");
      }
    }
    return judgement;
  }

  private Judgement searched(Deque<X509Certificate> path, List<X509Certificate> pool) {
    return search(path, pool)
        .map(Judgement.class::cast)
        .orElseGet(() -> closest.orElseGet(() -> noIssuer(path.getLast())));
  }

  /** Depth first; each certificate occurs once, so the search ends. */
  private Optional<Sound> search(Deque<X509Certificate> path, List<X509Certificate> pool) {
    X509Certificate last = path.getLast();
    int reached = 2 * path.size();
    Optional<Unsound> wrong = checkLast(path);
    if (wrong.isPresent()) {
      return missed(reached, wrong.get());
    }
    if (anchors.certificates().contains(last)) {
      return switch (sound(path)) {
        case Sound sound -> Optional.of(sound);
        case Unsound unsound -> missed(ANCHORED, unsound);
      };
    }
    if (path.size() == CertificatePath.LENGTH_MAX) {
      return missed(reached, tooLong());
    }
    Set<X509Certificate> candidates = new LinkedHashSet<>(anchors.certificates());
    candidates.addAll(pool);
    for (X509Certificate issuer : candidates) {
      if (!issued(last, issuer) || path.contains(issuer)) {
        continue;
      }
      Optional<Unsound> refused = checkIssued(last, issuer);
      if (refused.isPresent()) {
        missed(reached + 1, refused.get());
        continue;
      }
      path.addLast(issuer);
      Optional<Sound> sound = search(path, pool);
      if (sound.isPresent()) {
        return sound;
      }
      path.removeLast();
    }
    return missed(reached, noIssuer(last));
  }

  /** Keeps the reason of whatever came closest to an anchor: of equals, that found first. */
  private Optional<Sound> missed(int reached, Unsound unsound) {
    if (reached > closestReached) {
      closestReached = reached;
      closest = Optional.of(unsound);
    }
    return Optional.empty();
  }

  /** Every certificate presented must be signed by the next; none is passed over. */
  private Judgement walk(Deque<X509Certificate> path, List<X509Certificate> presented) {
    for (X509Certificate next : presented.subList(1, presented.size())) {
      if (path.contains(next)) {
        return new Unsound(Reason.CERT_CHAIN, who(next) + " occurs twice in the chain");
      }
      if (path.size() == CertificatePath.LENGTH_MAX) {
        return tooLong();
      }
      Optional<Unsound> wrong = checkLast(path).or(() -> checkNext(path.getLast(), next));
      if (wrong.isPresent()) {
        return wrong.get();
      }
      path.addLast(next);
    }
    if (rules.order() == PathRules.Order.TO_PRESENTED_ANCHOR
        && !anchors.certificates().contains(path.getLast())) {
      return checkLast(path)
          .orElseGet(
              () ->
                  new Unsound(
                      Reason.CERT_CHAIN,
                      who(path.getLast()) + " ends the chain and is no pinned anchor"));
    }
    return searched(path, List.of());
  }

  private Optional<Unsound> checkNext(X509Certificate last, X509Certificate next) {
    return issued(last, next)
        ? checkIssued(last, next)
        : unsound(
            Reason.CERT_CHAIN, who(last) + " is followed by another certificate than its issuer's");
  }

  private Judgement sound(Deque<X509Certificate> path) {
    List<X509Certificate> chain = List.copyOf(path);
    for (X509Certificate certificate : chain) {
      Optional<Unsound> expired = CertificateRules.checkWindow(certificate, at);
      if (expired.isPresent()) {
        return expired.get();
      }
    }
    Optional<Unsound> unnamed = NameConstraints.check(chain);
    if (unnamed.isPresent()) {
      return unnamed.get();
    }
    Instant notBefore = Instant.MIN;
    Instant notAfter = Instant.MAX;
    Set<X509CRL> crls = new LinkedHashSet<>();
    for (int i = 0; i < chain.size(); i++) {
      notBefore = later(notBefore, chain.get(i).getNotBefore().toInstant());
      notAfter = earlier(notAfter, chain.get(i).getNotAfter().toInstant());
      if (i + 1 == chain.size()) {
        break;
      }
      Revocation revocation = revocation(chain.get(i), chain.get(i + 1), isNeeded(i));
      if (revocation.wrong().isPresent()) {
        return revocation.wrong().get();
      }
      if (revocation.list().isPresent()) {
        RevocationList list = revocation.list().get();
        crls.add(list.crl());
        notBefore = later(notBefore, list.begin());
        notAfter = earlier(notAfter, list.end());
      }
    }
    return new Sound(chain, List.copyOf(crls), notBefore, notAfter);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private Optional<Unsound> checkLast(Deque<X509Certificate> path) {
    return CertificateRules.check(path.getLast(), path.size() - 1, rules);
  }

  private static boolean issued(X509Certificate certificate, X509Certificate issuer) {
    return issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  private Optional<Unsound> checkIssued(X509Certificate certificate, X509Certificate issuer) {
    Certificate structure = Certificate.getInstance(der(certificate).toByteArray());
    AlgorithmIdentifier identifier = structure.getSignatureAlgorithm();
    Optional<SignatureAlgorithm> algorithm = SignatureAlgorithm.of(identifier);
    if (algorithm.isEmpty() || !algorithm.get().isStrong()) {
      return unsound(
          Reason.ALG_WEAK,
          who(certificate) + " is signed with an algorithm that is too weak, or not known");
    }
    if (!identifier.equals(structure.getTBSCertificate().getSignature())) {
      return unsound(Reason.CERT_CHAIN, who(certificate) + " names two signature algorithms");
    }
    Optional<Unsound> weak = CertificateRules.checkKey(issuer);
    if (weak.isPresent()) {
      return weak;
    }
    Bytes signature = Bytes.of(structure.getSignature().getOctets());
    return switch (verify(algorithm.get(), issuer.getPublicKey(), tbs(certificate), signature)) {
      case RIGHT -> Optional.empty();
      case WRONG ->
          unsound(
              Reason.CERT_CHAIN, who(certificate) + " was not signed by the issuer that it names");
      case TOO_MANY -> unsound(Reason.CERT_CHAIN, tooMany());
    };
  }

  /** What the lists say of one certificate: a fault, or the list that clears it, or nothing. */
  private record Revocation(Optional<Unsound> wrong, Optional<RevocationList> list) {}

  private boolean isNeeded(int place) {
    return anchors.revocationRequired()
        || switch (rules.revocation()) {
          case WHERE_KNOWN -> false;
          case OF_AUTHORITIES -> place > 0;
          case OF_ALL -> true;
        };
  }

  private Revocation revocation(
      X509Certificate certificate, X509Certificate issuer, boolean needed) {
    Optional<RevocationList> current = Optional.empty();
    Optional<Unsound> foreign = Optional.empty();
    boolean stale = false;
    for (RevocationList list : anchors.lists()) {
      if (!list.names(issuer)) {
        continue;
      }
      ListCheck check = checkList(list, certificate, issuer);
      if (check.wrong().isPresent()) {
        if (!check.foreign()) {
          return new Revocation(check.wrong(), Optional.empty());
        }
        // Perhaps that of another CA of the name: it says nothing of this one's certificates.
        foreign = check.wrong();
        continue;
      }
      if (list.revokes(certificate)) {
        return revoked(
            Reason.CERT_REVOKED, who(certificate) + " is revoked by the list of its issuer");
      }
      stale |= !list.isCurrent(at);
      boolean longer = current.isEmpty() || current.get().end().isBefore(list.end());
      if (list.isCurrent(at) && longer) {
        current = Optional.of(list);
      }
    }
    if (current.isPresent()) {
      return new Revocation(Optional.empty(), current);
    }
    if (stale) {
      return revoked(
          Reason.CRL_STALE, "the revocation list for " + who(certificate) + " is not of this time");
    }
    if (foreign.isPresent()) {
      return new Revocation(foreign, Optional.empty());
    }
    return needed
        ? revoked(Reason.CRL_MISSING, "there is no revocation list for " + who(certificate))
        : new Revocation(Optional.empty(), Optional.empty());
  }

  private static Revocation revoked(Reason reason, String words) {
    return new Revocation(unsound(reason, words), Optional.empty());
  }

  /** What is wrong with a list, if anything, and whether it is that another key signed it. */
  private record ListCheck(Optional<Unsound> wrong, boolean foreign) {
    static ListCheck wrong(Reason reason, String words) {
      return new ListCheck(unsound(reason, words), false);
    }
  }

  private ListCheck checkList(
      RevocationList list, X509Certificate certificate, X509Certificate issuer) {
    String what = "the revocation list for " + who(certificate);
    boolean[] usage = issuer.getKeyUsage();
    if (!list.isUsable() || (usage != null && !usage[CRL_SIGN])) {
      return ListCheck.wrong(
          Reason.CRL_MISSING, what + " is partial, or its issuer may sign none: it does not count");
    }
    CertificateList structure = CertificateList.getInstance(list.der().toByteArray());
    AlgorithmIdentifier identifier = structure.getSignatureAlgorithm();
    Optional<SignatureAlgorithm> algorithm = SignatureAlgorithm.of(identifier);
    if (algorithm.isEmpty()
        || !algorithm.get().isStrong()
        || !identifier.equals(structure.getTBSCertList().getSignature())) {
      return ListCheck.wrong(
          Reason.ALG_WEAK, what + " is signed with an algorithm that is too weak");
    }
    Bytes signature = Bytes.of(structure.getSignature().getOctets());
    return switch (verify(algorithm.get(), issuer.getPublicKey(), list.tbs(), signature)) {
      case RIGHT -> new ListCheck(Optional.empty(), false);
      case WRONG ->
          new ListCheck(
              unsound(
                  Reason.CRL_MISSING, what + " was not signed by the issuer: it counts as missing"),
              true);
      case TOO_MANY -> ListCheck.wrong(Reason.CERT_CHAIN, tooMany());
    };
  }

  private enum Verified {
    RIGHT,
    WRONG,
    TOO_MANY
  }

  private Verified verify(
      SignatureAlgorithm algorithm, PublicKey issuer, Bytes message, Bytes signature) {
    Bytes key =
        Sha256.of(
            Sha256.of(message),
            Sha256.of(signature),
            Sha256.of(Bytes.of(issuer.getEncoded())),
            Bytes.utf8(algorithm.toString()));
    // One that is remembered counts too: what is cheap once is not cheap in every order.
    if (++signatures > SIGNATURES_MAX) {
      return Verified.TOO_MANY;
    }
    if (memory.knowsSignature(key)) {
      return Verified.RIGHT;
    }
    if (!algorithm.verify(issuer, message, signature)) {
      return Verified.WRONG;
    }
    memory.rememberSignature(key);
    return Verified.RIGHT;
  }

  private static String tooMany() {
    return "the path needs more than " + SIGNATURES_MAX + " signatures";
  }

  private static Unsound tooLong() {
    return new Unsound(
        Reason.CERT_CHAIN,
        "the path is longer than " + CertificatePath.LENGTH_MAX + " certificates");
  }

  private static Unsound noIssuer(X509Certificate last) {
    return new Unsound(
        Reason.CERT_CHAIN,
        "no anchor, and no certificate sent, is the issuer \""
            + last.getIssuerX500Principal().getName()
            + "\" of "
            + who(last));
  }

  static String who(X509Certificate certificate) {
    return "certificate \"" + certificate.getSubjectX500Principal().getName() + "\"";
  }

  static Optional<Unsound> unsound(Reason reason, String words) {
    return Optional.of(new Unsound(reason, words));
  }

  /** The certificate as it came: the library keeps the bytes that it read. */
  static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate cannot be written as DER", e);
    }
  }

  private static Bytes tbs(X509Certificate certificate) {
    try {
      return Bytes.of(certificate.getTBSCertificate());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate cannot be written as DER", e);
    }
  }
}
