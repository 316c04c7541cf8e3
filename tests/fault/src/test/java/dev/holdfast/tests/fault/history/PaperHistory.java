package dev.holdfast.tests.fault.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A history on paper: clients whose calls begin, take effect and return in an order drawn from a
 * seed, on a {@link PaperLedger}. Some answers are lost; their calls take effect late, or never.
 */
final class PaperHistory {
  /**
   * What is drawn.
   *
   * @param operations how many calls
   * @param processes how many clients
   * @param pathways how many pathways; two share a switch
   * @param lostOneIn one in how many answers is lost; 0: none is
   */
  record Size(int operations, int processes, int pathways, int lostOneIn) {}

  private static final long CPU = 1000;
  private static final long NETWORK = 1600;

  private final Random random;
  private final Size size;
  private final Site site;
  private final PaperLedger ledger;
  private final List<Operation> done = new ArrayList<>();
  private final List<Call> late = new ArrayList<>();
  private final List<Integer> alive = new ArrayList<>();
  private final Map<Integer, Integer> tries = new HashMap<>();
  private final Map<Integer, Call.Reserve> asked = new HashMap<>();
  private long now;
  private int requests;

  private PaperHistory(long seed, Size size, PaperLedger.Bug bug) {
    this.random = new Random(seed);
    this.size = size;
    this.site = site(size.pathways());
    this.ledger = new PaperLedger(site, bug, random);
  }

  static History draw(long seed, Size size, PaperLedger.Bug bug) {
    return new PaperHistory(seed, size, bug).run();
  }

  private static Site site(int pathways) {
    var routes = new HashMap<String, Site.Route>();
    var capacities = new HashMap<String, Long>();
    for (int i = 0; i < pathways; i++) {
      routes.put("p" + i, new Site.Route("h" + i, "s" + i / 2));
      capacities.put("h" + i, CPU);
      capacities.put("s" + i / 2, NETWORK);
    }
    return new Site(routes, capacities);
  }

  /** A call under way. */
  private record Pending(int process, Call call, long invoked, Optional<Outcome> outcome) {}

  private History run() {
    var pending = new ArrayList<Pending>();
    var idle = new ArrayList<Integer>();
    for (int process = 0; process < size.processes(); process++) {
      idle.add(process);
    }
    int begun = 0;
    while (begun < size.operations() || !pending.isEmpty()) {
      if (!late.isEmpty() && random.nextInt(8) == 0) {
        ledger.call(late.remove(random.nextInt(late.size())));
      }
      boolean begins = begun < size.operations() && !idle.isEmpty() && random.nextBoolean();
      if (begins) {
        int process = idle.get(random.nextInt(idle.size()));
        idle.removeIf(one -> one == process);
        pending.add(new Pending(process, next(), ++now, Optional.empty()));
        begun++;
      } else if (!pending.isEmpty()) {
        int at = random.nextInt(pending.size());
        Pending one = pending.remove(at);
        if (one.outcome().isEmpty() && !lost(one.call())) {
          var outcome = Optional.of(ledger.call(one.call()));
          pending.add(new Pending(one.process(), one.call(), one.invoked(), outcome));
        } else {
          finish(one);
          idle.add(one.process());
        }
      }
    }
    Collections.shuffle(late, random);
    late.subList(0, late.size() / 2).forEach(ledger::call);
    done.add(new Operation(0, "paper", new Call.Survey(), ledger.census(), ++now, ++now));
    return new History(site, done);
  }

  private boolean lost(Call call) {
    boolean may = call instanceof Call.OfRequest && !(call instanceof Call.Look);
    return may && size.lostOneIn() > 0 && random.nextInt(size.lostOneIn()) == 0;
  }

  private void finish(Pending one) {
    Outcome outcome = one.outcome().orElseGet(() -> new Outcome.Unknown("lost"));
    if (outcome instanceof Outcome.Unknown) {
      late.add(one.call());
    }
    if (outcome instanceof Outcome.Stands(_, Standing standing)
        && standing.phase() == Phase.FREED
        && one.call() instanceof Call.OfRequest ended
        && random.nextInt(3) == 0) {
      alive.removeIf(request -> request == ended.request());
    }
    done.add(new Operation(one.process(), "paper", one.call(), outcome, one.invoked(), ++now));
  }

  private Call next() {
    int kind = random.nextInt(20);
    if (alive.isEmpty() || (kind < 6 && alive.size() < 8 * size.pathways())) {
      return reserve(requests++);
    }
    int request = alive.get(random.nextInt(alive.size()));
    int tried = tries.merge(request, 1, Integer::sum);
    return switch (kind) {
      case 0, 1, 2 -> new Call.Look(request);
      case 3, 4, 5 -> repeat(request, tried);
      case 6, 7, 8 -> new Call.Resize(request, amount(tried));
      case 9, 10, 11 -> new Call.Release(request);
      case 12, 13, 14 -> new Call.Free(request);
      case 15 -> new Call.Survey();
      case 16 -> new Call.Tally("p" + random.nextInt(size.pathways()));
      default -> new Call.Look(request);
    };
  }

  private Call reserve(int request) {
    alive.add(request);
    var call =
        new Call.Reserve(request, "r" + request, "p" + random.nextInt(size.pathways()), amount(0));
    asked.put(request, call);
    return call;
  }

  private Call repeat(int request, int tried) {
    Call.Reserve first = Optional.ofNullable(asked.get(request)).orElseThrow();
    return new Call.Reserve(request, "r" + request + "-" + tried, first.pathway(), first.amount());
  }

  /** No two are alike for one request: the number of the attempt is in its last digits. */
  private Amount amount(int attempt) {
    return new Amount((1 + random.nextInt(4)) * 100L + attempt, (1 + random.nextInt(4)) * 100L);
  }
}
