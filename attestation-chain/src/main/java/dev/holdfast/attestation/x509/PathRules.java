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
 */
public record PathRules(Order order, Set<String> understood) {
  /** The certificate in question first, all others in any order; what is not needed is ignored. */
  public static final PathRules ANY_ORDER = new PathRules(Order.ANY, Set.of());

  /** Sound as presented: each is signed by the next, the last is an anchor or issued by one. */
  public static final PathRules AS_PRESENTED = new PathRules(Order.AS_PRESENTED, Set.of());

  /** Sound as presented: each is signed by the next, and the last is an anchor. */
  public static final PathRules TO_PRESENTED_ANCHOR =
      new PathRules(Order.TO_PRESENTED_ANCHOR, Set.of());

  /** In what order certificates come. */
  public enum Order {
    /** In any, after the one in question. */
    ANY,
    /** In that of the path; the anchor may be left out. */
    AS_PRESENTED,
    /** In that of the path, the anchor last. */
    TO_PRESENTED_ANCHOR
  }

  /** Copies the set. */
  public PathRules {
    understood = Set.copyOf(understood);
  }

  /** The same, with critical extensions that the caller judges itself. */
  public PathRules understanding(String... extensions) {
    Set<String> all = new TreeSet<>(understood);
    all.addAll(List.of(extensions));
    return new PathRules(order, all);
  }
}
