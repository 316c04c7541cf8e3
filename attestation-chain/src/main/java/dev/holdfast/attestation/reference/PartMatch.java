package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a part that names itself compares with one triple that describes it.
 *
 * @param triple the triple
 * @param good the elements that are as it says
 * @param bad those that are not, or that it does not know though it must
 * @param findings what differs; none if it describes the part
 */
record PartMatch(Described triple, List<Element> good, List<Element> bad, List<Finding> findings) {
  /** Compares what was measured of a part with one triple. */
  static PartMatch of(Part part, Described triple, List<Element> measured) {
    List<Element> good = new ArrayList<>();
    List<Element> bad = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (Element element : measured) {
      List<Reference> known = named(triple, element.name());
      if (known.stream().anyMatch(reference -> reference.permits(element))) {
        good.add(element);
      } else if (!known.isEmpty() || isComponent(element)) {
        bad.add(element);
        findings.add(differs(triple, element, known));
      }
    }
    Set<String> names = new TreeSet<>();
    triple.references().forEach(reference -> names.add(reference.name()));
    measured.forEach(element -> names.remove(element.name()));
    for (String name : names) {
      if (name.startsWith(part.kind().prefix())) {
        findings.add(missing(triple, name));
      }
    }
    return new PartMatch(triple, good, bad, findings);
  }

  private static List<Reference> named(Described triple, String name) {
    return triple.references().stream().filter(one -> one.name().equals(name)).toList();
  }

  /** Software that a description of the whole leaves out is none of it. */
  private static boolean isComponent(Element element) {
    return !element.name().equals(element.claim());
  }

  private static Finding differs(Described triple, Element element, List<Reference> known) {
    String what =
        known.isEmpty()
            ? " is not in "
            : " has another "
                + String.join(
                    " and another ",
                    known.stream()
                        .map(reference -> reference.mismatch(element))
                        .min(java.util.Comparator.comparingInt(List::size))
                        .orElseThrow())
                + " than in ";
    return Finding.against(Reason.MEASUREMENT, element.words() + what + triple.source())
        .at(element.claim())
        .expecting(known.stream().map(Reference::words).distinct().toList())
        .finding(element.shown())
        .remedy(
            "Start what the manifest describes, or load the manifest of what was meant to start.");
  }

  private static Finding missing(Described triple, String name) {
    return Finding.against(
            Reason.EVIDENCE_MISSING, name + " was not measured, and is in " + triple.source())
        .at(name)
        .expecting(named(triple, name).stream().map(Reference::words).distinct().toList())
        .remedy(
            "Start all that the manifest describes, or load the manifest of what was meant to"
                + " start.");
  }

  /** What the triple says of an element, in words; nothing if it says nothing. */
  List<String> wanted(Element element) {
    return named(triple, element.name()).stream().map(Reference::words).distinct().toList();
  }

  boolean isGood(Element element) {
    return good.contains(element);
  }

  boolean isBad(Element element) {
    return bad.contains(element);
  }
}
