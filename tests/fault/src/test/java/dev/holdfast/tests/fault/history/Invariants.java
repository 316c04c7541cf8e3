package dev.holdfast.tests.fault.history;

import dev.holdfast.tests.fault.history.Finding.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What must hold for a history as a whole, whatever its order. */
final class Invariants {
  private final History history;
  private final List<Finding> findings = new ArrayList<>();

  /** Reasons of refusals that a client can bring about by itself. */
  private static final Set<String> CAUSES =
      Set.of("NOT_FOUND", "ILLEGAL_STATE", "LEASE_EXPIRED", "ALREADY_EXISTS");

  /** The calls about each request, as they were made. */
  private final Map<Integer, List<Operation>> requests = new TreeMap<>();

  private Invariants(History history) {
    this.history = history;
    for (Operation operation : history.operations()) {
      if (operation.call() instanceof Call.OfRequest call) {
        requests.computeIfAbsent(call.request(), _ -> new ArrayList<>()).add(operation);
      }
    }
  }

  /** Everything that is broken. */
  static List<Finding> brokenIn(History history) {
    var invariants = new Invariants(history);
    invariants.surveys();
    invariants.refusals();
    invariants.names();
    invariants.acknowledged();
    invariants.ends();
    invariants.leads();
    return invariants.findings;
  }

  private void found(Rule rule, String words) {
    findings.add(new Finding(rule, words));
  }

  private void surveys() {
    for (Operation operation : history.operations()) {
      if (operation.outcome() instanceof Outcome.Seen(Map<String, Outcome.Total> nodes, _)) {
        nodes.forEach((node, total) -> survey(operation, node, total));
      }
    }
  }

  private void refusals() {
    for (Operation operation : history.operations()) {
      if (operation.outcome() instanceof Outcome.Refused(String reason)
          && (operation.call() instanceof Call.Reserve || !CAUSES.contains(reason))) {
        found(Rule.REFUSALS_HAVE_A_CAUSE, operation.toString());
      }
    }
  }

  private void survey(Operation operation, String node, Outcome.Total total) {
    long capacity = history.site().capacities().getOrDefault(node, Long.MAX_VALUE);
    String where = node + " at " + operation.invoked() + ": " + total;
    if (Math.max(total.held(), total.summed()) > capacity) {
      found(Rule.WITHIN_CAPACITY, where + " of " + capacity);
    }
    if (total.held() != total.summed() || total.holds() != total.counted()) {
      found(Rule.SUMS_EQUAL_HOLDINGS, where);
    }
  }

  private void names() {
    var names = new HashMap<Integer, Set<String>>();
    history
        .census()
        .forEach(
            (name, one) -> names.computeIfAbsent(one.request(), _ -> new HashSet<>()).add(name));
    requests.forEach(
        (request, calls) -> {
          for (Operation operation : calls) {
            if (operation.outcome() instanceof Outcome.Stands(String name, _)) {
              names.computeIfAbsent(request, _ -> new HashSet<>()).add(name);
            }
          }
        });
    names.forEach(
        (request, found) -> {
          if (found.size() > 1) {
            found(Rule.ONE_REQUEST_ONE_RESERVATION, "request " + request + " made " + found);
          }
        });
  }

  private void acknowledged() {
    var counted = new HashMap<Integer, Standing>();
    history.census().values().forEach(one -> counted.put(one.request(), one.standing()));
    requests.forEach(
        (request, calls) -> {
          Optional<Operation> made = first(calls, Call.Reserve.class, Outcome.Stands.class);
          boolean ended = calls.stream().anyMatch(one -> one.call() instanceof Call.Release);
          Standing stands = counted.get(request);
          if (made.isPresent() && stands == null) {
            found(Rule.NOTHING_ACKNOWLEDGED_IS_LOST, made.get() + " is not there in the end");
          } else if (made.isPresent() && !ended && stands != null) {
            kept(made.get(), calls, stands);
          }
        });
    counted.forEach(
        (request, standing) -> {
          List<Operation> calls = requests.getOrDefault(request, List.of());
          boolean possible =
              first(calls, Call.Reserve.class, Outcome.Stands.class).isPresent()
                  || first(calls, Call.Reserve.class, Outcome.Unknown.class).isPresent();
          if (!possible) {
            found(
                Rule.NOTHING_REFUSED_IS_THERE,
                "request " + request + " stands at " + standing + " after " + calls);
          }
        });
  }

  /** What was never released stands as the last acknowledged resize said, or a lost one. */
  private void kept(Operation made, List<Operation> calls, Standing stands) {
    var possible = new HashSet<Amount>();
    possible.add(((Call.Reserve) made.call()).amount());
    for (Operation operation : calls) {
      if (operation.call() instanceof Call.Resize(_, Amount amount)) {
        if (operation.outcome() instanceof Outcome.Stands) {
          possible.removeIf(_ -> clear(calls, operation));
          possible.add(amount);
        } else if (operation.outcome() instanceof Outcome.Unknown) {
          possible.add(amount);
        }
      }
    }
    if (stands.phase() != Phase.HELD || !possible.contains(stands.amount())) {
      found(
          Rule.NOTHING_ACKNOWLEDGED_IS_LOST,
          made + " was never released and stands at " + stands + ", not at one of " + possible);
    }
  }

  /** Whether no other resize was under way beside this one. */
  private static boolean clear(List<Operation> calls, Operation resize) {
    return calls.stream()
        .filter(one -> !one.equals(resize) && one.call() instanceof Call.Resize)
        .noneMatch(
            one ->
                one.invoked() < resize.returned()
                    && (one.returned() > resize.invoked()
                        || one.outcome() instanceof Outcome.Unknown));
  }

  private static Optional<Operation> first(
      List<Operation> calls, Class<? extends Call> call, Class<? extends Outcome> outcome) {
    return calls.stream()
        .filter(one -> call.isInstance(one.call()) && outcome.isInstance(one.outcome()))
        .findFirst();
  }

  private void ends() {
    requests.forEach(
        (_, calls) -> {
          comesBack(
              calls,
              one -> phase(one).filter(Phase.FREED::equals).isPresent(),
              one -> phase(one).filter(phase -> phase != Phase.FREED).isPresent());
          comesBack(
              calls,
              one ->
                  one.outcome() instanceof Outcome.Refused(String reason)
                      && reason.equals("LEASE_EXPIRED"),
              one ->
                  one.call() instanceof Call.Grant(_, boolean renew)
                      && renew
                      && one.outcome() instanceof Outcome.Granted);
        });
  }

  private static Optional<Phase> phase(Operation operation) {
    return operation.outcome() instanceof Outcome.Stands(_, Standing standing)
        ? Optional.of(standing.phase())
        : Optional.empty();
  }

  private void comesBack(
      List<Operation> calls,
      java.util.function.Predicate<Operation> ended,
      java.util.function.Predicate<Operation> lives) {
    Optional<Operation> end =
        calls.stream().filter(ended).min(Comparator.comparingLong(Operation::returned));
    end.flatMap(
            over ->
                calls.stream()
                    .filter(lives)
                    .filter(one -> one.invoked() > over.returned())
                    .findFirst())
        .ifPresent(
            back -> found(Rule.THE_END_IS_THE_END, "after " + end.orElseThrow() + ": " + back));
  }

  /** Terms rise, and whoever was deposed makes nothing new. */
  private void leads() {
    List<Operation> leads =
        history.operations().stream()
            .filter(one -> one.call() instanceof Call.Lead)
            .filter(one -> !(one.outcome() instanceof Outcome.NotDone))
            .toList();
    List<Operation> taken =
        leads.stream()
            .filter(one -> one.outcome() instanceof Outcome.Leads)
            .sorted(Comparator.comparingLong(Operation::returned))
            .toList();
    for (int i = 1; i < taken.size(); i++) {
      if (taken.get(i).invoked() > taken.get(i - 1).returned()
          && term(taken.get(i)) <= term(taken.get(i - 1))) {
        found(Rule.THE_END_IS_THE_END, "term of " + taken.get(i - 1) + " then " + taken.get(i));
      }
    }
    requests.forEach(
        (_, calls) -> {
          boolean once =
              calls.stream().filter(one -> one.call() instanceof Call.Reserve).count() == 1;
          first(calls, Call.Reserve.class, Outcome.Stands.class)
              .filter(_ -> once)
              .ifPresent(made -> deposed(made, leads, taken));
        });
  }

  private void deposed(Operation made, List<Operation> leads, List<Operation> taken) {
    Optional<Operation> other =
        taken.reversed().stream().filter(lead -> lead.returned() < made.invoked()).findFirst();
    boolean regained =
        other.isEmpty()
            || other.get().instance().equals(made.instance())
            || leads.stream()
                .anyMatch(
                    lead ->
                        lead.instance().equals(made.instance())
                            && lead.returned() > other.get().invoked()
                            && lead.invoked() < made.returned());
    if (!regained) {
      found(Rule.THE_END_IS_THE_END, "after " + other.orElseThrow() + ": " + made);
    }
  }

  private static long term(Operation lead) {
    return ((Outcome.Leads) lead.outcome()).term();
  }
}
