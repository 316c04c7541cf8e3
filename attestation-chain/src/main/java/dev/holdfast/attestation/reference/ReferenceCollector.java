package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Takes from the triples of tags what can be used, and notes what cannot. */
final class ReferenceCollector {
  private final List<Described> described = new ArrayList<>();
  private final List<Endorsement> endorsements = new ArrayList<>();
  private final List<Triples.Keys> attestKeys = new ArrayList<>();
  private final List<Triples.Keys> identityKeys = new ArrayList<>();
  private final List<Finding> unused;

  ReferenceCollector(List<Finding> unused) {
    this.unused = unused;
  }

  static Finding note(Reason reason, String message) {
    return Finding.warning(reason, message)
        .at("references")
        .remedy("Ask whoever publishes the manifest, if the values are needed.");
  }

  void collect(Triples triples, String source) {
    for (Triples.Values values : triples.referenceValues()) {
      references(values, source);
    }
    for (Triples.Values values : triples.endorsedValues()) {
      Triples.Values present = new Triples.Values(values.environment(), List.of());
      endorse(new Endorsement.When(List.of(present), List.of(values), source));
    }
    for (Triples.Conditional triple : triples.conditional()) {
      endorse(new Endorsement.When(triple.conditions(), triple.endorsements(), source));
    }
    for (Triples.Series triple : triples.series()) {
      if (triple.authorizedBy().isEmpty()) {
        endorse(new Endorsement.FirstOf(triple, source));
      } else {
        unused.add(incomparable(source, "an authority"));
      }
    }
    keys(triples.attestKeys(), attestKeys, source);
    keys(triples.identityKeys(), identityKeys, source);
  }

  private void references(Triples.Values values, String source) {
    List<Reference> references = new ArrayList<>();
    for (Measurement measurement : values.measurements()) {
      String incomparable = ReferenceNames.incomparable(measurement);
      if (incomparable.isEmpty()) {
        references.addAll(ReferenceNames.references(values.environment(), measurement, source));
      } else {
        unused.add(incomparable(source, incomparable));
      }
    }
    if (!references.isEmpty()) {
      described.add(new Described(values.environment(), references, source));
    }
  }

  /** Takes it, unless it hangs on something that nothing here compares. */
  private void endorse(Endorsement endorsement) {
    Stream<Measurement> compared =
        switch (endorsement) {
          case Endorsement.When when ->
              when.conditions().stream().flatMap(values -> values.measurements().stream());
          case Endorsement.FirstOf(Triples.Series series, String _) ->
              Stream.concat(
                  series.condition().measurements().stream(),
                  series.choices().stream().flatMap(choice -> choice.selection().stream()));
        };
    Stream<Measurement> added =
        switch (endorsement) {
          case Endorsement.When when ->
              when.additions().stream().flatMap(values -> values.measurements().stream());
          case Endorsement.FirstOf(Triples.Series series, String _) ->
              series.choices().stream().flatMap(choice -> choice.addition().stream());
        };
    List<String> wrong =
        Stream.concat(
                compared.map(ReferenceNames::incomparable),
                added.map(one -> one.authorizedBy().isEmpty() ? "" : "an authority"))
            .filter(words -> !words.isEmpty())
            .toList();
    if (wrong.isEmpty()) {
      endorsements.add(endorsement);
    } else {
      unused.add(incomparable(endorsement.source(), wrong.getFirst()));
    }
  }

  private void keys(List<Triples.Keys> triples, List<Triples.Keys> taken, String source) {
    for (Triples.Keys triple : triples) {
      if (triple.authorizedBy().isEmpty()) {
        taken.add(triple);
      } else {
        unused.add(incomparable(source, "an authority"));
      }
    }
  }

  private static Finding incomparable(String source, String what) {
    return note(Reason.REFERENCE_SCHEMA, source + " demands what is not compared here: " + what);
  }

  ReferenceSet set() {
    return new ReferenceSet(described, endorsements, attestKeys, identityKeys, unused);
  }
}
