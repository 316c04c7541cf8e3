package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.ByteBuffer;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A sound path from a certificate to a pinned anchor at a given time (RFC 5280, 6), found with
 * bounded work and without the network.
 */
public final class CertificatePath {
  /** Most certificates of a path, the anchor included. */
  public static final int LENGTH_MAX = 8;

  /** Most certificates that may be presented. */
  public static final int PRESENTED_MAX = 64;

  private CertificatePath() {}

  /** What is trusted for itself, and what is known of revocations; immutable. */
  public static final class Anchors {
    private final List<X509Certificate> certificates;
    private final List<RevocationList> lists;
    private final boolean revocationRequired;
    private final Bytes digest;

    /**
     * Anchors that were read before.
     *
     * @param certificates the pinned anchors; empty trusts nothing
     * @param crls revocation lists; a certificate whose issuer has one here must not be on it
     * @param revocationRequired whether every certificate's issuer must have a current one here
     * @throws IllegalArgumentException if a revocation list cannot be read
     */
    public Anchors(
        List<X509Certificate> certificates, List<X509CRL> crls, boolean revocationRequired) {
      this(certificates, RevocationList.all(crls), revocationRequired, List.of());
    }

    private Anchors(
        List<X509Certificate> certificates,
        List<RevocationList> lists,
        boolean revocationRequired,
        List<RevocationList> more) {
      this.certificates = List.copyOf(certificates);
      List<RevocationList> all = new ArrayList<>(lists);
      all.addAll(more);
      this.lists = List.copyOf(all);
      this.revocationRequired = revocationRequired;
      this.digest = digest(this.certificates, this.lists, revocationRequired);
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
      return new Anchors(certificates, lists, true, List.of());
    }

    /**
     * The same with further revocation lists.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    public Anchors with(List<X509CRL> crls) {
      return new Anchors(certificates, lists, revocationRequired, RevocationList.all(crls));
    }

    /** The pinned anchors. */
    public List<X509Certificate> certificates() {
      return certificates;
    }

    /** The revocation lists. */
    public List<X509CRL> crls() {
      return lists.stream().map(RevocationList::crl).toList();
    }

    /** Whether every certificate's issuer must have a current revocation list here. */
    public boolean revocationRequired() {
      return revocationRequired;
    }

    /** SHA-256 over all of it: equal where the anchors, the lists and the demand are. */
    public Bytes digest() {
      return digest;
    }

    List<RevocationList> lists() {
      return lists;
    }

    private static Bytes digest(
        List<X509Certificate> certificates, List<RevocationList> lists, boolean required) {
      List<Bytes> parts = new ArrayList<>();
      parts.add(number(certificates.size()));
      certificates.forEach(certificate -> parts.add(Sha256.of(PathSearch.der(certificate))));
      parts.add(number(lists.size()));
      lists.forEach(list -> parts.add(list.digest()));
      parts.add(Bytes.of((byte) (required ? 1 : 0)));
      return Sha256.of(parts.toArray(Bytes[]::new));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Anchors anchors && digest.equals(anchors.digest);
    }

    @Override
    public int hashCode() {
      return digest.hashCode();
    }

    @Override
    public String toString() {
      return certificates.size() + " anchors, " + lists.size() + " revocation lists";
    }
  }

  /** What the judgement came to. */
  public sealed interface Judgement {}

  /**
   * There is a sound path.
   *
   * @param chain from the certificate to the anchor
   * @param crls the revocation lists that it rests on
   * @param notBefore when the last of them all begins
   * @param notAfter when the first of them all ends: certificate, or next update of a list
   */
  public record Sound(
      List<X509Certificate> chain, List<X509CRL> crls, Instant notBefore, Instant notAfter)
      implements Judgement {
    /** Copies the lists. */
    public Sound {
      chain = List.copyOf(chain);
      crls = List.copyOf(crls);
    }

    /** The certificate at the start. */
    public X509Certificate leaf() {
      return chain.getFirst();
    }

    /** The anchor. */
    public X509Certificate anchor() {
      return chain.getLast();
    }
  }

  /**
   * There is none; of several reasons, that of the path that came closest to an anchor.
   *
   * @param finding why
   */
  public record Unsound(Finding finding) implements Judgement {
    Unsound(Reason reason, String words) {
      this(Finding.against(reason, words).at("certificate").remedy(PathRemedies.of(reason)));
    }

    /** The class of what is wrong. */
    public Fault fault() {
      return finding.reason().fault();
    }

    /** What is wrong. */
    public String words() {
      return finding.message();
    }
  }

  /**
   * Looks for a path; never throws.
   *
   * @param certificates the certificate in question first, then others in any order, DER or PEM
   */
  public static Judgement find(List<Bytes> certificates, Anchors anchors, Instant at) {
    return judge(certificates, anchors, PathRules.ANY_ORDER, at);
  }

  /**
   * Judges what was presented; never throws.
   *
   * @param certificates the certificate in question first, DER or PEM; 1 to 64 in all
   */
  public static Judgement judge(
      List<Bytes> certificates, Anchors anchors, PathRules rules, Instant at) {
    return judge(certificates, anchors, rules, at, PathMemory.none());
  }

  /**
   * Judges what was presented, with what is remembered of earlier judgements; never throws.
   *
   * @param certificates the certificate in question first, DER or PEM; 1 to 64 in all
   */
  public static Judgement judge(
      List<Bytes> certificates, Anchors anchors, PathRules rules, Instant at, PathMemory memory) {
    if (certificates.isEmpty() || certificates.size() > PRESENTED_MAX) {
      return count();
    }
    Bytes key = key(certificates, anchors, rules);
    return memory
        .path(key, at)
        .map(Judgement.class::cast)
        .orElseGet(
            () -> {
              Judgement judgement = judgeAnew(certificates, anchors, rules, at, memory);
              if (judgement instanceof Sound sound) {
                memory.remember(key, anchors, sound);
              }
              return judgement;
            });
  }

  private static Judgement judgeAnew(
      List<Bytes> certificates, Anchors anchors, PathRules rules, Instant at, PathMemory memory) {
    try {
      List<X509Certificate> presented = new ArrayList<>();
      for (Bytes bytes : certificates) {
        if (Certificates.blocks(bytes) > PRESENTED_MAX) {
          return count();
        }
        presented.addAll(Certificates.parse(bytes));
        if (presented.size() > PRESENTED_MAX) {
          return count();
        }
      }
      return new PathSearch(anchors, rules, at, memory).judge(presented);
    } catch (MalformedException e) {
      return new Unsound(Reason.DER_MALFORMED, e.words());
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return new Unsound(
          Reason.CERT_CHAIN, "the path cannot be judged: " + e.getClass().getSimpleName());
    }
  }

  private static Unsound count() {
    return new Unsound(Reason.CERT_CHAIN, "a path needs 1 to " + PRESENTED_MAX + " certificates");
  }

  /** What a path is remembered under: all that it was judged from but the time. */
  private static Bytes key(List<Bytes> certificates, Anchors anchors, PathRules rules) {
    List<Bytes> parts = new ArrayList<>();
    parts.add(anchors.digest());
    parts.add(
        Bytes.utf8(
            rules.order() + " " + rules.revocation() + new TreeSet<>(rules.understood()) + "\n"));
    for (Bytes certificate : certificates) {
      parts.add(number(certificate.length()));
      parts.add(certificate);
    }
    return Sha256.of(parts.toArray(Bytes[]::new));
  }

  private static Bytes number(int number) {
    return Bytes.of(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }
}
