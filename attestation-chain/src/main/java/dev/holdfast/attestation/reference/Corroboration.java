package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What accepted manifests say of the claims of one answer (draft-ietf-rats-corim, section 8):
 * reference values first, then what is endorsed of the parts that are there.
 *
 * <p>A part of Arm's profiles names itself, by implementation and instance or by its initial
 * measurement: only triples about it count, and one of them must describe it whole, as the profiles
 * demand: every component that was measured is in it, and every component that is in it was
 * measured. Any other claim is compared with all values of its name, whatever part they are for;
 * its part counts as there once one of its values was met.
 *
 * <p>Endorsed values are claims of their own ({@link Claim.Endorsed}). They are compared with no
 * reference value, and make good for nothing that evidence owes.
 */
public final class Corroboration {
  private final List<ReferenceSet> sets;
  private final List<Element> elements;
  private final Map<String, List<String>> expected = new TreeMap<>();
  private final Set<String> spoken = new TreeSet<>();
  private final Set<String> permitted = new HashSet<>();
  private final List<Element> accepted = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Set<Environment> present = new LinkedHashSet<>();
  private final List<Finding> findings = new ArrayList<>();
  private final Endorser endorser;

  private Corroboration(List<ReferenceSet> sets, List<Claim> claims) {
    this.sets = List.copyOf(sets);
    this.elements = Element.of(claims);
    if (sets.isEmpty()) {
      endorser = new Endorser(List.of(), Set.of(), List.of());
      return;
    }
    Set<Element> judged = new HashSet<>();
    for (Part part : Part.among(values())) {
      judgePart(part, judged);
    }
    for (Element element : elements) {
      if (!judged.contains(element)) {
        judge(element);
      }
    }
    endorser = new Endorser(parts, present, accepted);
    sets.forEach(set -> endorser.hear(set.endorsements()));
    endorser.conclude();
  }

  /**
   * Compares claims with manifests.
   *
   * @param sets what manifests say; none says nothing
   * @param claims what evidence proved
   */
  public static Corroboration of(List<ReferenceSet> sets, List<Claim> claims) {
    return new Corroboration(sets, claims);
  }

  private Map<String, Bytes> values() {
    Map<String, Bytes> values = new HashMap<>();
    for (Element element : elements) {
      if (element.name().equals(element.claim())) {
        element.value().ifPresent(value -> values.put(element.name(), value));
      }
    }
    return values;
  }

  private void judgePart(Part part, Set<Element> judged) {
    String prefix = part.kind().prefix();
    List<Described> ofKind = new ArrayList<>();
    for (ReferenceSet set : sets) {
      for (Described triple : set.described()) {
        if (triple.references().stream().anyMatch(one -> one.name().startsWith(prefix))) {
          ofKind.add(triple);
        }
      }
    }
    checkKeys(part);
    List<Described> about = ofKind.stream().filter(t -> part.isIn(t.environment())).toList();
    List<Element> own =
        elements.stream().filter(element -> element.name().startsWith(prefix)).toList();
    judged.addAll(own);
    if (!ofKind.isEmpty()) {
      spoken.add(part.kind().idClaim());
      expected.put(
          part.kind().idClaim(),
          ofKind.stream().map(triple -> triple.environment().toString()).distinct().toList());
    }
    if (about.isEmpty()) {
      // Whether it passes is for the policy's own values; it can be endorsed all the same.
      parts.add(part);
      accepted.addAll(own);
      return;
    }
    permitted.add(part.kind().idClaim());
    PartMatch best =
        about.stream()
            .map(triple -> PartMatch.of(part, triple, own))
            .min(Comparator.comparingInt(match -> match.findings().size()))
            .orElseThrow();
    findings.addAll(best.findings());
    if (best.findings().isEmpty()) {
      parts.add(part);
    }
    for (Element element : own) {
      List<String> wanted = best.wanted(element);
      if (!wanted.isEmpty()) {
        expected.put(element.name(), wanted);
      }
      if (best.isGood(element)) {
        permitted.add(element.name());
      }
    }
    accepted.addAll(own.stream().filter(element -> !best.isBad(element)).toList());
    best.bad().forEach(element -> permitted.remove(element.name()));
  }

  /** A key that a manifest gives to an instance is of the implementation that it says. */
  private void checkKeys(Part part) {
    List<Environment> keyed =
        sets.stream().flatMap(ReferenceSet::attestedBy).filter(part::isInstanceOf).toList();
    if (!keyed.isEmpty() && keyed.stream().noneMatch(part::isIn)) {
      findings.add(
          Finding.against(
                  Reason.DEVICE_IDENTITY,
                  "the key of this instance is endorsed for another implementation")
              .at(part.kind().idClaim())
              .expecting(keyed.stream().map(Environment::toString).toList())
              .finding(part.id().hex())
              .remedy("Ask whoever publishes the manifest which implementation the device has."));
    }
  }

  private void judge(Element element) {
    List<Reference> known = new ArrayList<>();
    for (ReferenceSet set : sets) {
      known.addAll(set.named(element.name()));
    }
    if (known.isEmpty()) {
      accepted.add(element);
      return;
    }
    boolean good = false;
    for (Reference reference : known) {
      if (reference.permits(element)) {
        good = true;
        present.add(reference.environment());
      }
    }
    spoken.add(element.name());
    expected.putIfAbsent(
        element.name(), known.stream().map(Reference::words).distinct().sorted().toList());
    if (good) {
      permitted.add(element.name());
      accepted.add(element);
    }
  }

  /**
   * The claims that must be as a manifest says, if nothing else allows them, in order; those of a
   * part that a manifest describes whole are in {@link #findings} instead.
   */
  public Set<String> claims() {
    return spoken;
  }

  /** Whether a claim is as a manifest says. */
  public boolean permits(String claim) {
    return permitted.contains(claim);
  }

  /** What manifests say of a claim, in words. */
  public List<String> expected(String claim) {
    return expected.getOrDefault(claim, List.of());
  }

  /** What a claim shows, where it shows no bytes; empty if it shows nothing. */
  public String found(String claim) {
    return elements.stream()
        .filter(element -> element.name().equals(claim))
        .findFirst()
        .map(Element::shown)
        .orElse("");
  }

  /**
   * The measurements of software components by the names that manifests have for them, such as
   * {@code psa/software/BL}; without those that two components share.
   */
  public Map<String, Bytes> components() {
    Map<String, Bytes> components = new LinkedHashMap<>();
    Set<String> shared = new HashSet<>();
    for (Element element : elements) {
      if (!element.name().equals(element.claim()) && element.value().isPresent()) {
        if (components.put(element.name(), element.value().get()) != null) {
          shared.add(element.name());
        }
      }
    }
    components.keySet().removeAll(shared);
    return components;
  }

  /** Why parts that name themselves are not as any manifest describes them. */
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** What is endorsed, in order of names. */
  public List<Claim.Endorsed> endorsed() {
    return endorser.claims();
  }

  /** Why a claim is not endorsed, in words; empty if no manifest would endorse it. */
  public Optional<String> withheld(String claim) {
    return endorser.withheld(claim);
  }
}
