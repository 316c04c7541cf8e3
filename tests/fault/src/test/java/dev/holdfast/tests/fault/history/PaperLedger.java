package dev.holdfast.tests.fault.history;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A ledger of a few maps that does one call after another, and may have been planted with a bug.
 */
final class PaperLedger {
  /** What a ledger may do wrong. */
  enum Bug {
    NONE,
    OVER_COMMIT,
    DOUBLE_FREE,
    LOST_ACKNOWLEDGEMENT,
    RESURRECTED
  }

  /** One in how many occasions a bug shows. */
  private static final int RARELY = 4;

  private final Site site;
  private final Bug bug;
  private final RandomGenerator random;
  private final Map<Integer, Made> made = new HashMap<>();
  private final Map<String, Long> held = new TreeMap<>();
  private final Map<String, Integer> holds = new TreeMap<>();

  private record Made(String name, String pathway, Standing standing) {}

  PaperLedger(Site site, Bug bug, RandomGenerator random) {
    this.site = site;
    this.bug = bug;
    this.random = random;
    site.capacities()
        .keySet()
        .forEach(
            node -> {
              held.put(node, 0L);
              holds.put(node, 0);
            });
  }

  private boolean goesWrong(Bug kind) {
    return bug == kind && random.nextInt(RARELY) == 0;
  }

  Outcome call(Call call) {
    return switch (call) {
      case Call.Reserve reserve -> reserve(reserve);
      case Call.Resize(int request, Amount amount) -> resize(request, amount);
      case Call.Release(int request) -> end(request, Phase.HELD, Phase.RELEASING);
      case Call.Free(int request) -> end(request, Phase.RELEASING, Phase.FREED);
      case Call.Look(int request) -> stands(request);
      case Call.Tally(String pathway) -> {
        String node = route(pathway).hypervisor();
        yield new Outcome.Held(held.getOrDefault(node, 0L), holds.getOrDefault(node, 0));
      }
      case Call.Survey _ -> new Outcome.Seen(totals(), Optional.empty());
      case Call.Grant _ -> new Outcome.Granted();
      case Call.Lead _ -> new Outcome.Leads(1);
    };
  }

  private Outcome reserve(Call.Reserve call) {
    if (made.containsKey(call.request())) {
      return stands(call.request());
    }
    var fresh = new Made(call.name(), call.pathway(), Standing.held(call.amount()));
    Optional<String> full = full(call.pathway(), Amount.NONE, call.amount());
    if (full.isPresent() && !goesWrong(Bug.OVER_COMMIT)) {
      return new Outcome.Full(full.get());
    }
    if (goesWrong(Bug.LOST_ACKNOWLEDGEMENT)) {
      return new Outcome.Stands(fresh.name(), fresh.standing());
    }
    made.put(call.request(), fresh);
    move(call.pathway(), Amount.NONE, call.amount());
    return stands(call.request());
  }

  private Outcome resize(int request, Amount amount) {
    Made before = made.get(request);
    if (before == null) {
      return new Outcome.Refused("NOT_FOUND");
    }
    if (before.standing().phase() != Phase.HELD) {
      return new Outcome.Refused("ILLEGAL_STATE");
    }
    Optional<String> full = full(before.pathway(), before.standing().amount(), amount);
    if (full.isPresent()) {
      return new Outcome.Full(full.get());
    }
    move(before.pathway(), before.standing().amount(), amount);
    made.put(request, new Made(before.name(), before.pathway(), Standing.held(amount)));
    return stands(request);
  }

  private Outcome end(int request, Phase from, Phase to) {
    Made before = made.get(request);
    if (before == null) {
      return new Outcome.Refused("NOT_FOUND");
    }
    boolean again = to == Phase.FREED && before.standing().phase() == Phase.FREED;
    if (again && goesWrong(Bug.RESURRECTED)) {
      var back = new Standing(Phase.RELEASING, new Amount(1, 1));
      made.put(request, new Made(before.name(), before.pathway(), back));
      move(before.pathway(), Amount.NONE, back.amount());
    } else if (before.standing().phase() == from) {
      Amount amount = before.standing().amount();
      if (to == Phase.FREED) {
        move(before.pathway(), amount, Amount.NONE);
        if (goesWrong(Bug.DOUBLE_FREE)) {
          move(before.pathway(), amount, Amount.NONE);
        }
      }
      Standing after = new Standing(to, to == Phase.FREED ? Amount.NONE : amount);
      made.put(request, new Made(before.name(), before.pathway(), after));
    }
    return stands(request);
  }

  private Outcome stands(int request) {
    Made found = made.get(request);
    return found == null
        ? new Outcome.Nothing()
        : new Outcome.Stands(found.name(), found.standing());
  }

  private Optional<String> full(String pathway, Amount before, Amount after) {
    Site.Route route = route(pathway);
    return route.nodes().stream()
        .filter(
            node -> {
              long grows = route.part(node, after) - route.part(node, before);
              long free = site.capacities().getOrDefault(node, 0L) - held.getOrDefault(node, 0L);
              return grows > 0 && grows > free;
            })
        .findFirst();
  }

  private void move(String pathway, Amount before, Amount after) {
    Site.Route route = route(pathway);
    int count = (after.equals(Amount.NONE) ? 0 : 1) - (before.equals(Amount.NONE) ? 0 : 1);
    for (String node : route.nodes()) {
      held.merge(node, route.part(node, after) - route.part(node, before), Long::sum);
      holds.merge(node, count, Integer::sum);
    }
  }

  private Site.Route route(String pathway) {
    return Optional.ofNullable(site.pathways().get(pathway)).orElseThrow();
  }

  private Map<String, Outcome.Total> totals() {
    var totals = new HashMap<String, Outcome.Total>();
    held.forEach(
        (node, amount) -> {
          int count = holds.getOrDefault(node, 0);
          // What it keeps is all that it knows: the sums are judged by what was answered.
          totals.put(node, new Outcome.Total(amount, count, amount, count));
        });
    return totals;
  }

  /** Everything, counted. */
  Outcome.Seen census() {
    var census = new HashMap<String, Outcome.Counted>();
    made.forEach(
        (request, one) -> census.put(one.name(), new Outcome.Counted(request, one.standing())));
    return new Outcome.Seen(totals(), Optional.of(census));
  }
}
