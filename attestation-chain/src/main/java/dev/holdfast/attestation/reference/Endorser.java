package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Claim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Adds what is endorsed of the parts that are there to what is known of them, until nothing more
 * follows (draft-ietf-rats-corim, section 8).
 *
 * <p>Endorsements only ever add. Where they contradict each other, where a series would have chosen
 * otherwise in the end, or where there is no end in sight, none of them counts.
 */
final class Endorser {
  /** Most rounds in which something new may follow. */
  static final int ROUNDS_MAX = 32;

  /** Most values that may be endorsed of one answer, each as a claim and as a fact. */
  static final int VALUES_MAX = 2048;

  private final List<Part> parts;
  private final Set<Environment> present;
  private final Map<String, List<Element>> measured = new HashMap<>();
  private final List<Endorsement> waiting = new ArrayList<>();
  private final List<Chosen> chosen = new ArrayList<>();
  private final Map<String, List<Fact>> facts = new HashMap<>();
  private final Map<String, Claim.Endorsed> claims = new TreeMap<>();
  private Optional<String> withdrawn = Optional.empty();
  private int known;

  /** What a manifest endorses of an environment. */
  private record Fact(Environment environment, Element element) {}

  /** The choice that a series made. */
  private record Chosen(Triples.Series series, int choice) {}

  /**
   * One for one answer.
   *
   * @param parts those that name themselves and are not other than described
   * @param present the environments whose reference values were met
   * @param accepted what evidence shows, but for what contradicts a reference value
   */
  Endorser(List<Part> parts, Set<Environment> present, List<Element> accepted) {
    this.parts = List.copyOf(parts);
    this.present = new HashSet<>(present);
    for (Element element : accepted) {
      measured.computeIfAbsent(element.name(), _ -> new ArrayList<>()).add(element);
    }
  }

  void hear(List<Endorsement> endorsements) {
    waiting.addAll(endorsements);
  }

  /** Draws every conclusion, once. */
  void conclude() {
    boolean more = true;
    for (int round = 0; more && withdrawn.isEmpty(); round++) {
      if (round == ROUNDS_MAX) {
        withdrawn = Optional.of("the endorsements follow from each other without end");
      }
      more = waiting.removeIf(this::applies);
    }
    boolean otherwise =
        chosen.stream().anyMatch(one -> !choice(one.series()).equals(OptionalInt.of(one.choice())));
    if (otherwise) {
      withdrawn = Optional.of("a series of endorsements hangs on what it endorses itself");
    }
  }

  /** Whether it could be drawn now; what it endorses is added then. */
  private boolean applies(Endorsement endorsement) {
    if (withdrawn.isPresent()) {
      return false;
    }
    switch (endorsement) {
      case Endorsement.When when -> {
        if (!when.conditions().stream().allMatch(this::holds)) {
          return false;
        }
        when.additions().forEach(values -> add(values, when.source()));
      }
      case Endorsement.FirstOf(Triples.Series series, String source) -> {
        OptionalInt choice = choice(series);
        if (choice.isEmpty()) {
          return false;
        }
        chosen.add(new Chosen(series, choice.getAsInt()));
        add(
            new Triples.Values(
                series.condition().environment(),
                series.choices().get(choice.getAsInt()).addition()),
            source);
      }
    }
    return true;
  }

  private OptionalInt choice(Triples.Series series) {
    if (holds(series.condition())) {
      Environment environment = series.condition().environment();
      for (int i = 0; i < series.choices().size(); i++) {
        if (holds(new Triples.Values(environment, series.choices().get(i).selection()))) {
          return OptionalInt.of(i);
        }
      }
    }
    return OptionalInt.empty();
  }

  private boolean holds(Triples.Values condition) {
    Environment environment = condition.environment();
    return isPresent(environment)
        && condition.measurements().stream()
            .flatMap(one -> ReferenceNames.references(environment, one, "").stream())
            .allMatch(this::isShown);
  }

  private boolean isPresent(Environment environment) {
    return parts.stream().anyMatch(part -> part.isIn(environment))
        || present.stream().anyMatch(environment::covers);
  }

  private boolean isShown(Reference reference) {
    return measured.getOrDefault(reference.name(), List.of()).stream().anyMatch(reference::permits)
        || facts.getOrDefault(reference.name(), List.of()).stream()
            .anyMatch(
                fact ->
                    reference.environment().covers(fact.environment())
                        && reference.permits(fact.element()));
  }

  private void add(Triples.Values values, String source) {
    present.add(values.environment());
    for (Measurement measurement : values.measurements()) {
      List<Claim> made = EndorsedValues.claims(prefix(values.environment()), measurement);
      known += made.size();
      for (Claim claim : made) {
        Claim.Endorsed endorsed = new Claim.Endorsed(claim, source);
        Claim.Endorsed before = claims.putIfAbsent(endorsed.name(), endorsed);
        if (before != null && !before.claim().equals(claim)) {
          withdrawn =
              Optional.of(
                  before.source() + " and " + source + " contradict each other on " + claim.name());
        }
      }
      for (Element element : EndorsedValues.elements(values.environment(), measurement)) {
        facts
            .computeIfAbsent(element.name(), _ -> new ArrayList<>())
            .add(new Fact(values.environment(), element));
        known++;
      }
    }
    if (known > VALUES_MAX) {
      withdrawn = Optional.of("more than " + VALUES_MAX + " values are endorsed");
    }
  }

  /** What is said of a part that names itself has names of its own. */
  private String prefix(Environment environment) {
    return parts.stream()
        .filter(part -> part.isIn(environment))
        .map(part -> part.kind().prefix())
        .findFirst()
        .orElse("");
  }

  /** What is endorsed, in order of names. */
  List<Claim.Endorsed> claims() {
    return withdrawn.isPresent() ? List.of() : List.copyOf(claims.values());
  }

  /** Why a claim is not endorsed though a manifest could; empty if none could. */
  Optional<String> withheld(String name) {
    if (withdrawn.isPresent()) {
      return withdrawn;
    }
    return waiting.stream()
        .filter(endorsement -> wouldEndorse(endorsement, name))
        .findFirst()
        .map(
            endorsement ->
                endorsement.source()
                    + " endorses it on a condition that does not hold: "
                    + unmet(endorsement));
  }

  private boolean wouldEndorse(Endorsement endorsement, String name) {
    return additions(endorsement).stream()
        .anyMatch(
            values ->
                values.measurements().stream()
                    .flatMap(one -> EndorsedValues.claims(anyPrefix(values), one).stream())
                    .anyMatch(claim -> name.endsWith(claim.name())));
  }

  private String anyPrefix(Triples.Values values) {
    return prefix(values.environment());
  }

  private static List<Triples.Values> additions(Endorsement endorsement) {
    return switch (endorsement) {
      case Endorsement.When when -> when.additions();
      case Endorsement.FirstOf(Triples.Series series, String _) ->
          series.choices().stream()
              .map(one -> new Triples.Values(series.condition().environment(), one.addition()))
              .toList();
    };
  }

  private String unmet(Endorsement endorsement) {
    return switch (endorsement) {
      case Endorsement.When when ->
          when.conditions().stream()
              .filter(condition -> !holds(condition))
              .findFirst()
              .map(this::unmet)
              .orElse("");
      case Endorsement.FirstOf(Triples.Series series, String _) ->
          holds(series.condition()) ? "none of its choices is met" : unmet(series.condition());
    };
  }

  private String unmet(Triples.Values condition) {
    Environment environment = condition.environment();
    if (!isPresent(environment)) {
      return "no part is " + environment;
    }
    return condition.measurements().stream()
        .flatMap(one -> ReferenceNames.references(environment, one, "").stream())
        .filter(reference -> !isShown(reference))
        .findFirst()
        .map(reference -> reference.name() + " is not " + reference.words())
        .orElse("");
  }
}
