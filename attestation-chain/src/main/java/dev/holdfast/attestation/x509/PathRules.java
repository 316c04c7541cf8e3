package dev.holdfast.attestation.x509;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a path of one kind of evidence must be, beyond what every path must be.
 *
 * @param order whether the certificates come in the order of the path
 * @param understood critical extensions, by their object identifiers, that the caller judges itself
 *     and that therefore refuse no certificate; those that every path understands need no mention
 * @param revocation which certificates need a revocation list, whatever the anchors demand
 */
public record PathRules(Order order, Set<String> understood, Revocation revocation) {
  /** The certificate in question first, all others in any order; what is not needed is ignored. */
  public static final PathRules ANY_ORDER =
      new PathRules(Order.ANY, Set.of(), Revocation.WHERE_KNOWN);

  /** Sound as presented: each is signed by the next, the last is an anchor or issued by one. */
  public static final PathRules AS_PRESENTED =
      new PathRules(Order.AS_PRESENTED, Set.of(), Revocation.WHERE_KNOWN);

  /** Sound as presented: each is signed by the next, and the last is an anchor. */
  public static final PathRules TO_PRESENTED_ANCHOR =
      new PathRules(Order.TO_PRESENTED_ANCHOR, Set.of(), Revocation.WHERE_KNOWN);

  /** In what order certificates come. */
  public enum Order {
    /** In any, after the one in question. */
    ANY,
    /** In that of the path; the anchor may be left out. */
    AS_PRESENTED,
    /** In that of the path, the anchor last. */
    TO_PRESENTED_ANCHOR
  }

  /** Which certificates of a path need a current revocation list of their issuer. */
  public enum Revocation {
    /** None; one whose issuer has a list must not be on it, and the list must be current. */
    WHERE_KNOWN,
    /** Those of CAs: for makers that list no others. */
    OF_AUTHORITIES,
    /** All but the anchor's. */
    OF_ALL
  }

  /** Copies the set. */
  public PathRules {
    understood = Set.copyOf(understood);
  }

  /** The same, with critical extensions that the caller judges itself. */
  public PathRules understanding(String... extensions) {
    Set<String> all = new TreeSet<>(understood);
    all.addAll(List.of(extensions));
    return new PathRules(order, all, revocation);
  }

  /** The same, with another demand for revocation lists. */
  public PathRules requiring(Revocation demand) {
    return new PathRules(order, understood, demand);
  }
}
