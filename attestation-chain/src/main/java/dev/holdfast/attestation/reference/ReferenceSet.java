package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.reference.Corim.Cotl;
import dev.holdfast.attestation.reference.Corim.TagIdentity;
import dev.holdfast.attestation.reference.CorimVerifier.Accepted;
import dev.holdfast.attestation.reference.CorimVerifier.Signer;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What accepted manifests say, looked up by part and by claim, whatever the format of the evidence:
 * reference values, endorsements and keys.
 *
 * <p>How an element of a manifest becomes the name of a claim:
 *
 * <ul>
 *   <li>the key {@code psa.software-component} with the name {@code BL}: {@code psa/software/BL};
 *       {@code cca.software-component}: {@code cca/platform/software/BL}
 *   <li>{@code cca.platform-config}: {@code cca/platform/config}; {@code cca.rim}: {@code
 *       cca/realm/initial-measurement}; {@code cca.rem0} to {@code cca.rem3}: {@code
 *       cca/realm/extensible-measurement/0} to {@code 3}; {@code cca.rpv}: {@code
 *       cca/realm/personalization-value}
 *   <li>any other text: itself, so that a manifest can name claims as they are, such as {@code
 *       snp/measurement}
 *   <li>a number, an object identifier or a UUID: {@code mkey/7}, {@code mkey/1.2.3}, {@code
 *       mkey/31fb5abf-…}; no key at all: {@code measurement}
 *   <li>integrity register 7 by SHA-256 without a key: {@code pcr/sha256/7}; under a key: the key's
 *       name and the register's, such as {@code tdx/rtmr/0}; a named register without a key: {@code
 *       register/} and its name
 * </ul>
 *
 * <p>A tag that another one by the same signer replaces, or has a higher version of, is not used.
 * Nor is a reference value, a condition or a key that demands something nothing here can compare:
 * it would be broader than meant. Each is listed in {@link #unused}.
 */
public final class ReferenceSet {
  /** No manifests: nothing is known. */
  public static final ReferenceSet EMPTY =
      new ReferenceSet(List.of(), List.of(), List.of(), List.of(), List.of());

  private final List<Described> described;
  private final List<Reference> references;
  private final Map<String, List<Reference>> byName;
  private final List<Endorsement> endorsements;
  private final List<Triples.Keys> attestKeys;
  private final List<Triples.Keys> identityKeys;
  private final Map<Bytes, Set<PublicKey>> instanceKeys;
  private final List<Finding> unused;

  ReferenceSet(
      List<Described> described,
      List<Endorsement> endorsements,
      List<Triples.Keys> attestKeys,
      List<Triples.Keys> identityKeys,
      List<Finding> unused) {
    this.described = List.copyOf(described);
    this.references =
        this.described.stream().flatMap(triple -> triple.references().stream()).toList();
    this.byName = references.stream().collect(Collectors.groupingBy(Reference::name));
    this.endorsements = List.copyOf(endorsements);
    this.attestKeys = List.copyOf(attestKeys);
    this.identityKeys = List.copyOf(identityKeys);
    this.instanceKeys = instanceKeys(attestKeys);
    this.unused = List.copyOf(unused);
  }

  /** The reference values of all tags of the manifests. */
  public static ReferenceSet of(List<Accepted> manifests) {
    List<Finding> unused = new ArrayList<>();
    return of(current(manifests, unused), unused);
  }

  /**
   * The reference values of those tags only that a concise tag list activates (section 6), for
   * operators who demand one. A list that is not valid, or that names a tag which is not there,
   * activates nothing.
   *
   * @param at the time of judgement
   */
  public static ReferenceSet activated(List<Accepted> manifests, Instant at) {
    List<Finding> unused = new ArrayList<>();
    List<Issued> current = current(manifests, unused);
    Set<TagIdentity> active = new HashSet<>();
    for (Accepted manifest : manifests) {
      for (Corim.Tag tag : manifest.corim().tags()) {
        if (tag instanceof Cotl list) {
          if (!list.validity().contains(at)) {
            unused.add(
                ReferenceCollector.note(
                    Reason.REFERENCE_EXPIRED, list.identity() + " is not valid now"));
          } else if (!available(list, manifests)) {
            unused.add(
                ReferenceCollector.note(
                    Reason.REFERENCE_MISSING, list.identity() + " names a tag that is missing"));
          } else {
            active.addAll(list.tags());
          }
        }
      }
    }
    List<Issued> used = new ArrayList<>();
    for (Issued issued : current) {
      if (active.contains(issued.module().identity())) {
        used.add(issued);
      } else {
        unused.add(
            ReferenceCollector.note(
                Reason.REFERENCE_MISSING, issued.source() + " is in no valid tag list"));
      }
    }
    return of(used, unused);
  }

  /** A CoMID and who stands for it. */
  private record Issued(Comid module, Optional<Signer> signer, String source) {
    private boolean sameSigner(Issued other) {
      return signer.map(Signer::key).equals(other.signer.map(Signer::key));
    }

    private boolean supersedes(Issued other) {
      TagIdentity mine = module.identity();
      TagIdentity theirs = other.module.identity();
      boolean newer = mine.id().equals(theirs.id()) && mine.version() > theirs.version();
      boolean replaces =
          !mine.id().equals(theirs.id())
              && module.links().stream()
                  .anyMatch(
                      link ->
                          link.relation() == Comid.Relation.REPLACES
                              && link.tag().equals(theirs.id()));
      return sameSigner(other) && (newer || replaces);
    }
  }

  private static List<Issued> current(List<Accepted> manifests, List<Finding> unused) {
    List<Issued> all = new ArrayList<>();
    for (Accepted manifest : manifests) {
      for (Comid module : manifest.corim().modules()) {
        String source = "manifest " + manifest.corim().id() + ", tag " + module.identity();
        all.add(new Issued(module, manifest.signer(), source));
      }
    }
    List<Issued> current = new ArrayList<>();
    for (Issued issued : all) {
      if (all.stream().anyMatch(other -> other.supersedes(issued))) {
        unused.add(
            ReferenceCollector.note(Reason.REFERENCE_MISSING, issued.source() + " was replaced"));
      } else {
        current.add(issued);
      }
    }
    return current;
  }

  private static boolean available(Cotl list, List<Accepted> manifests) {
    Set<TagIdentity> modules = new HashSet<>();
    Set<String> software = new HashSet<>();
    for (Accepted manifest : manifests) {
      for (Corim.Tag tag : manifest.corim().tags()) {
        switch (tag) {
          case Comid module -> modules.add(module.identity());
          case Corim.Coswid coswid -> coswid.id().ifPresent(software::add);
          case Cotl _, Corim.UnknownTag _ -> {}
        }
      }
    }
    return list.tags().stream()
        .allMatch(tag -> modules.contains(tag) || software.contains(tag.id()));
  }

  private static ReferenceSet of(List<Issued> modules, List<Finding> unused) {
    ReferenceCollector collector = new ReferenceCollector(unused);
    for (Issued issued : modules) {
      collector.collect(issued.module().triples(), issued.source());
    }
    return collector.set();
  }

  /** Everything that is known, in the order of the manifests. */
  public List<Reference> all() {
    return references;
  }

  /** Whole triples of reference values, in the order of the manifests. */
  List<Described> described() {
    return described;
  }

  /** What is known of a claim, of whatever part. */
  List<Reference> named(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /** What is endorsed, and on which conditions, in the order of the manifests. */
  List<Endorsement> endorsements() {
    return endorsements;
  }

  /** What of the manifests is not used, and why. */
  public List<Finding> unused() {
    return unused;
  }

  /** What is known of a claim of a part: alternatives, any of which will do. */
  public List<Reference> find(Environment part, String name) {
    return about(part).filter(reference -> reference.name().equals(name)).toList();
  }

  /** The claims of a part that something is known of, in order. */
  public SortedSet<String> names(Environment part) {
    SortedSet<String> names = new TreeSet<>();
    about(part).forEach(reference -> names.add(reference.name()));
    return names;
  }

  /**
   * The values that claims of a part may have: digests, and raw values of which every bit counts.
   * What has conditions beside its digest is left out, as a set of values cannot express them: see
   * {@link #find}.
   */
  public SortedMap<String, Set<Bytes>> measurements(Environment part) {
    return measurements(about(part));
  }

  /** The same of claims of whatever part, whose names begin so. */
  public SortedMap<String, Set<Bytes>> measurements(String beginning) {
    return measurements(
        references.stream().filter(reference -> reference.name().startsWith(beginning)));
  }

  private static SortedMap<String, Set<Bytes>> measurements(Stream<Reference> references) {
    SortedMap<String, Set<Bytes>> measurements = new TreeMap<>();
    references
        .filter(ReferenceSet::isValueAlone)
        .forEach(
            reference -> {
              Set<Bytes> values =
                  measurements.computeIfAbsent(reference.name(), _ -> new LinkedHashSet<>());
              reference.digests().forEach(digest -> values.add(digest.value()));
              reference.raw().ifPresent(raw -> values.add(raw.value()));
            });
    return measurements;
  }

  /**
   * The least security version of each element of a part, by claim: the name of the element itself
   * where it has nothing but a security version, and else with {@code /svn} behind it. Exact
   * versions are left out, as a floor cannot express them.
   */
  public SortedMap<String, Long> securityVersionFloors(Environment part) {
    SortedMap<String, Long> floors = new TreeMap<>();
    about(part)
        .forEach(
            reference ->
                reference
                    .securityVersion()
                    .filter(Measurement.SecurityVersion::minimum)
                    .ifPresent(
                        least ->
                            floors.merge(
                                reference.digests().isEmpty() && reference.raw().isEmpty()
                                    ? reference.name()
                                    : reference.name() + "/svn",
                                least.number(),
                                Math::min)));
    return floors;
  }

  /** The keys that sign evidence of a part, as manifests endorse them. */
  public List<CryptoKey> attestKeys(Environment part) {
    return keys(attestKeys, part);
  }

  /** The keys that identify a part, as manifests endorse them; they need not sign evidence. */
  public List<CryptoKey> identityKeys(Environment part) {
    return keys(identityKeys, part);
  }

  private static List<CryptoKey> keys(List<Triples.Keys> triples, Environment part) {
    return triples.stream()
        .filter(triple -> triple.environment().covers(part))
        .flatMap(triple -> triple.keys().stream())
        .distinct()
        .toList();
  }

  /** The environments of keys that sign evidence. */
  Stream<Environment> attestedBy() {
    return attestKeys.stream().map(Triples.Keys::environment);
  }

  /**
   * The keys by which instances sign evidence, by the instance's identifier (a UEID): those that
   * {@code TrustAnchors} needs for Arm's tokens. A key that cannot be read is left out.
   */
  public Map<Bytes, Set<PublicKey>> instanceKeys() {
    return instanceKeys;
  }

  private static Map<Bytes, Set<PublicKey>> instanceKeys(List<Triples.Keys> triples) {
    Map<Bytes, Set<PublicKey>> keys = new HashMap<>();
    for (Triples.Keys triple : triples) {
      if (triple.environment().instance().orElse(null) instanceof Identifier.Ueid(Bytes id)) {
        for (CryptoKey key : triple.keys()) {
          key.publicKey()
              .ifPresent(read -> keys.computeIfAbsent(id, _ -> new HashSet<>()).add(read));
        }
      }
    }
    return Map.copyOf(keys);
  }

  private Stream<Reference> about(Environment part) {
    return references.stream().filter(reference -> reference.environment().covers(part));
  }

  private static boolean isValueAlone(Reference reference) {
    boolean oneValue =
        reference.digests().isEmpty()
            ? reference.raw().filter(Measurement.RawValue::isExact).isPresent()
            : reference.raw().isEmpty();
    return oneValue
        && reference.securityVersion().isEmpty()
        && reference.modes().isEmpty()
        && reference.version().isEmpty()
        && reference.range().isEmpty()
        && reference.signers().isEmpty();
  }

  /** How much it holds. */
  @Override
  public String toString() {
    return references.size()
        + " reference values, "
        + endorsements.size()
        + " endorsements, "
        + Map.of("unused", unused.size());
  }
}
