package dev.holdfast.tests.fault.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of the calls whose answer was lost, as far as the rest of the history tells.
 *
 * <p>A request is made once, is released once and is freed once, however often it was tried, and no
 * two resizes are to the same amount. So the attempts at one change are one call, which took effect
 * between the first attempt and the first answer that shows it; and where the census shows that it
 * never took effect, it did not. What neither shows stays open: it may happen at any time, or
 * never. An attempt that was answered is, beside that, a look at how the reservation stood.
 */
final class Settlement {
  private final History history;
  private final Map<Integer, List<Sight>> sights = new HashMap<>();
  private final Map<Integer, List<Call>> calls = new HashMap<>();

  private Settlement(History history) {
    this.history = history;
    for (Operation operation : history.operations()) {
      if (operation.call() instanceof Call.OfRequest call) {
        calls.computeIfAbsent(call.request(), _ -> new ArrayList<>()).add(call);
        if (operation.outcome() instanceof Outcome.Stands(_, Standing standing)) {
          see(call.request(), standing, operation.returned());
        }
      }
    }
    long end = history.operations().getLast().returned();
    history.census().values().forEach(one -> see(one.request(), one.standing(), end));
  }

  private void see(int request, Standing standing, long at) {
    sights.computeIfAbsent(request, _ -> new ArrayList<>()).add(new Sight(standing, at));
  }

  /** How a request was seen to stand by an answer. */
  private record Sight(Standing standing, long at) {}

  /**
   * A call as it counts.
   *
   * @param operation what was asked and answered; an {@link Outcome.Unknown} took effect
   * @param returned when it had taken effect at the latest; {@link NodeStep#NEVER}: perhaps never
   */
  record Settled(Operation operation, long returned) {}

  /** What distinguishes one change from another. */
  private record Change(int request, Class<?> kind, Amount amount) {
    static Change of(Call.OfRequest call) {
      return new Change(
          call.request(),
          call.getClass(),
          call instanceof Call.Resize(_, Amount amount) ? amount : Amount.NONE);
    }

    /** Whether a sight of the request shows that the change was made. */
    boolean shownBy(Standing standing) {
      if (kind == Call.Reserve.class) {
        return true;
      }
      if (kind == Call.Resize.class) {
        return standing.amount().equals(amount);
      }
      return standing.phase() == Phase.FREED
          || (kind == Call.Release.class && standing.phase() == Phase.RELEASING);
    }
  }

  /** The calls of a history as they count; what certainly did not happen is left out. */
  static List<Settled> of(History history) {
    return new Settlement(history).settle();
  }

  private List<Settled> settle() {
    var lost = new HashMap<Change, List<Operation>>();
    for (Operation operation : history.operations()) {
      if (changes(operation.call()) && operation.outcome() instanceof Outcome.Unknown) {
        lost.computeIfAbsent(change(operation), _ -> new ArrayList<>()).add(operation);
      }
    }
    var settled = new ArrayList<Settled>();
    for (Operation operation : history.operations()) {
      boolean changes = changes(operation.call());
      if (operation.call() instanceof Call.Lead || operation.call() instanceof Call.Grant) {
        continue;
      }
      boolean done = operation.outcome() instanceof Outcome.Stands;
      List<Operation> attempts =
          changes ? lost.getOrDefault(change(operation), List.of()) : List.of();
      if (!attempts.isEmpty()) {
        if (done) {
          settled.add(new Settled(look(operation), operation.returned()));
          attempts.add(operation);
          continue;
        }
        if (operation.outcome() instanceof Outcome.Unknown) {
          continue;
        }
      }
      settled.add(new Settled(operation, operation.returned()));
    }
    lost.forEach((change, attempts) -> effect(change, attempts, settled));
    return settled;
  }

  private static boolean changes(Call call) {
    return switch (call) {
      case Call.Reserve _, Call.Resize _, Call.Release _, Call.Free _ -> true;
      case Call.Look _, Call.Grant _, Call.Tally _, Call.Survey _, Call.Lead _ -> false;
    };
  }

  private static Change change(Operation operation) {
    return Change.of((Call.OfRequest) operation.call());
  }

  private static Operation look(Operation operation) {
    int request = ((Call.OfRequest) operation.call()).request();
    return new Operation(
        operation.process(),
        operation.instance(),
        new Call.Look(request),
        operation.outcome(),
        operation.invoked(),
        operation.returned());
  }

  private void effect(Change change, List<Operation> attempts, List<Settled> settled) {
    List<Sight> seen = sights.getOrDefault(change.request(), List.of());
    long shown =
        seen.stream()
            .filter(sight -> change.shownBy(sight.standing()))
            .mapToLong(Sight::at)
            .min()
            .orElse(NodeStep.NEVER);
    if (shown == NodeStep.NEVER && !open(change)) {
      return;
    }
    Operation first =
        attempts.stream().min((a, b) -> Long.compare(a.invoked(), b.invoked())).orElseThrow();
    var effect =
        new Operation(
            first.process(),
            first.instance(),
            first.call(),
            new Outcome.Unknown("seen by others"),
            first.invoked(),
            first.returned());
    settled.add(new Settled(effect, shown));
  }

  /**
   * Whether a change that nothing shows may have been made all the same. What is made, released and
   * freed stays so, and the census shows it; an amount may have been replaced or given back since.
   */
  private boolean open(Change change) {
    return change.kind() == Call.Resize.class
        && calls.getOrDefault(change.request(), List.of()).stream()
            .anyMatch(
                call ->
                    call instanceof Call.Free
                        || (call instanceof Call.Resize(_, Amount amount)
                            && !amount.equals(change.amount())));
  }
}
