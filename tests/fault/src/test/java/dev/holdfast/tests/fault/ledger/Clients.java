package dev.holdfast.tests.fault.ledger;

import dev.holdfast.tests.fault.history.Amount;
import dev.holdfast.tests.fault.history.Call;
import dev.holdfast.tests.fault.history.History;
import dev.holdfast.tests.fault.history.Outcome;
import dev.holdfast.tests.fault.history.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.regex.Pattern;

/**
 * Concurrent clients that reserve, resize, release and look, through one ledger or through several
 * that compete, until they are told to stop; whatever they ask and are answered is written down.
 *
 * <p>A client whose answer was lost asks again with the same request id, and changes nothing else
 * of that reservation until it knows. One that was told that its ledger does not lead asks another.
 */
final class Clients implements AutoCloseable {
  /** How long a client waits after it got no answer, as a client with manners does. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** One in how many calls reads everything. */
  private static final int SURVEY_ONE_IN = 200;

  /** How many reservations one client has at once. */
  private static final int MINE_MAX = 6;

  /**
   * Of how many of them one client does not know what became of its call: then it asks again of
   * those before it changes another, or all that may have happened would soon be more than can be
   * gone through.
   */
  private static final int UNSURE_MAX = 2;

  /** What differs between two messages that say the same. */
  private static final Pattern NUMBERS = Pattern.compile("\\[closed.*]|[0-9.:/]{3,}");

  private final List<Teller> tellers;
  private final History.Recorder recorder = new History.Recorder();
  private final long seed;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger preferred = new AtomicInteger();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> running = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final Map<String, Long> reasons = new TreeMap<>();
  private long done;
  private long lost;
  private long lastAnswer = System.nanoTime();
  private long longestGap;
  private volatile boolean stop;

  Clients(List<Teller> tellers, long seed) {
    this.tellers = tellers;
    this.seed = seed;
  }

  /** Starts a number of clients. */
  Clients start(int clients) {
    for (int process = 0; process < clients; process++) {
      var client = new Client(process, new Random(seed * 1000 + process));
      running.add(threads.submit(client::run));
    }
    return this;
  }

  List<Teller> tellers() {
    return tellers;
  }

  History.Recorder recorder() {
    return recorder;
  }

  /** Makes a call beside the clients. */
  Outcome call(Teller teller, Call call) {
    return recorder.call(-1, teller.name(), call, () -> teller.answer(call));
  }

  /** Waits until so many more calls have been answered. */
  void awaitAnswers(long more, Duration most) {
    long from = count(true);
    await(now -> now >= from + more, true, more + " answers", most);
  }

  /** Waits until so many more calls have gone without an answer. */
  void awaitLost(long more, Duration most) {
    long from = count(false);
    await(now -> now >= from + more, false, more + " lost answers", most);
  }

  private long count(boolean answered) {
    lock.lock();
    try {
      return answered ? done : lost;
    } finally {
      lock.unlock();
    }
  }

  private void await(LongPredicate enough, boolean answered, String what, Duration most) {
    long left = most.toNanos();
    lock.lock();
    try {
      while (!enough.test(answered ? done : lost)) {
        running.stream().filter(Future::isDone).findFirst().ifPresent(Clients::failed);
        if (left <= 0) {
          throw new AssertionError(
              "seed %d: no %s within %s; %d answered and %d lost so far"
                  .formatted(seed, what, most, done, lost));
        }
        long waited = System.nanoTime();
        progress.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
        left -= System.nanoTime() - waited;
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
  }

  private static void failed(Future<?> client) {
    try {
      client.get();
    } catch (Exception e) {
      throw new AssertionError("a client failed", e);
    }
    throw new AssertionError("a client stopped too early");
  }

  private void count(Outcome outcome) {
    lock.lock();
    try {
      switch (outcome) {
        case Outcome.Unknown(String why) -> {
          lost++;
          reasons.merge(NUMBERS.matcher(why).replaceAll("#"), 1L, Long::sum);
        }
        case Outcome.NotDone(String reason) -> reasons.merge(reason, 1L, Long::sum);
        case Outcome.Stands _,
            Outcome.Nothing _,
            Outcome.Full _,
            Outcome.Refused _,
            Outcome.Granted _,
            Outcome.Held _,
            Outcome.Leads _,
            Outcome.Seen _ -> {
          done++;
          longestGap = Math.max(longestGap, System.nanoTime() - lastAnswer);
          lastAnswer = System.nanoTime();
        }
      }
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What clients saw, for who writes it down; nothing is judged by it. */
  String seen() {
    lock.lock();
    try {
      return "%d answered, %d of unknown outcome, longest silence %d ms, %s"
          .formatted(done, lost, TimeUnit.NANOSECONDS.toMillis(longestGap), reasons);
    } finally {
      lock.unlock();
    }
  }

  /** Lets every client finish its call. */
  void stop() throws Exception {
    stop = true;
    for (Future<?> client : running) {
      client.get(60, TimeUnit.SECONDS);
    }
    running.clear();
  }

  @Override
  public void close() {
    stop = true;
    threads.close();
  }

  /** What a client knows of one of its reservations. */
  private static final class Mine {
    private final Call.Reserve asked;
    private final List<Amount> amounts = new ArrayList<>();
    private Phase phase = Phase.HELD;
    private boolean made;
    private boolean unsure;
    private int tries;
    private Call again;

    Mine(Call.Reserve asked) {
      this.asked = asked;
      this.again = asked;
      amounts.add(asked.amount());
    }
  }

  /** One client. */
  private final class Client {
    private final int process;
    private final Random random;
    private final List<Mine> mine = new ArrayList<>();

    Client(int process, Random random) {
      this.process = process;
      this.random = random;
    }

    void run() {
      while (!stop) {
        step();
      }
    }

    private void step() {
      int kind = random.nextInt(100);
      List<Mine> unsure = mine.stream().filter(one -> one.unsure).toList();
      boolean free = unsure.size() < UNSURE_MAX;
      if (random.nextInt(SURVEY_ONE_IN) == 0) {
        ask(new Call.Survey());
      } else if (kind < 3) {
        ask(new Call.Grant(random.nextInt(Math.max(1, requests.get())), random.nextBoolean()));
      } else if (kind < 7) {
        ask(new Call.Tally(Plot.pathway(random.nextInt(100))));
      } else if (mine.isEmpty() || (kind < 25 && mine.size() < MINE_MAX && free)) {
        var fresh = new Mine(reserve(requests.getAndIncrement(), 0, kind));
        mine.add(fresh);
        change(fresh, fresh.asked);
      } else if (kind < 50) {
        ask(new Call.Look(random.nextInt(Math.max(1, requests.get()))));
      } else {
        List<Mine> among = free ? mine : unsure;
        go(among.get(random.nextInt(among.size())), kind);
      }
    }

    private Call.Reserve reserve(int request, int attempt, int kind) {
      var amount = new Amount(100 + random.nextInt(300), 100 + random.nextInt(300));
      return new Call.Reserve(
          request, "r" + request + "-" + attempt, Plot.pathway(request + kind), amount);
    }

    /** Does the next thing with a reservation, or the last thing again where it is not known. */
    private void go(Mine one, int kind) {
      int request = one.asked.request();
      if (!one.again.equals(one.asked) || !one.made) {
        change(one, one.again instanceof Call.Reserve ? renamed(one) : one.again);
      } else if (one.phase == Phase.RELEASING) {
        change(one, new Call.Free(request));
      } else if (kind < 75) {
        change(one, new Call.Resize(request, another(one)));
      } else {
        change(one, new Call.Release(request));
      }
    }

    /** A server draws a new name for every attempt. */
    private Call renamed(Mine one) {
      one.tries++;
      return new Call.Reserve(
          one.asked.request(),
          "r" + one.asked.request() + "-" + one.tries,
          one.asked.pathway(),
          one.asked.amount());
    }

    /** An amount that it never had, near enough to the first not to be attested for anew. */
    private Amount another(Mine one) {
      Amount first = one.asked.amount();
      while (true) {
        var amount =
            new Amount(
                first.cpu() / 2 + random.nextInt((int) first.cpu()),
                first.network() / 2 + random.nextInt((int) first.network()));
        if (!one.amounts.contains(amount)) {
          one.amounts.add(amount);
          return amount;
        }
      }
    }

    private void change(Mine one, Call call) {
      one.again = call;
      Outcome outcome = ask(call);
      // One that was not done says nothing of those before it.
      one.unsure =
          outcome instanceof Outcome.Unknown || (one.unsure && outcome instanceof Outcome.NotDone);
      switch (outcome) {
        case Outcome.Stands(_, var standing) -> {
          one.made = true;
          one.again = one.asked;
          one.phase = standing.phase();
          if (one.phase == Phase.FREED) {
            mine.remove(one);
          }
        }
        case Outcome.Unknown _, Outcome.NotDone _ -> {
          // The same again, when its turn comes.
        }
        case Outcome.Full _, Outcome.Refused _ -> {
          if (one.made && call instanceof Call.Resize) {
            // Room is given back, or there would soon be none for anybody.
            one.again = new Call.Release(one.asked.request());
          } else {
            mine.remove(one);
          }
        }
        case Outcome.Nothing _ -> mine.remove(one);
        case Outcome.Granted _, Outcome.Held _, Outcome.Leads _, Outcome.Seen _ ->
            throw new AssertionError("no answer to " + call);
      }
    }

    private Outcome ask(Call call) {
      int at = random.nextInt(20) == 0 ? random.nextInt(tellers.size()) : preferred.get();
      Teller teller = tellers.get(at);
      Outcome outcome = recorder.call(process, teller.name(), call, () -> teller.answer(call));
      count(outcome);
      switch (outcome) {
        case Outcome.NotDone(String reason) -> {
          if (reason.equals("NOT_LEADER")) {
            // Asks another from now on.
            preferred.compareAndSet(at, (at + 1) % tellers.size());
          }
          LockSupport.parkNanos(PAUSE.toNanos());
        }
        case Outcome.Unknown _ -> LockSupport.parkNanos(PAUSE.toNanos());
        case Outcome.Stands _,
            Outcome.Nothing _,
            Outcome.Full _,
            Outcome.Refused _,
            Outcome.Granted _,
            Outcome.Held _,
            Outcome.Leads _,
            Outcome.Seen _ -> {}
      }
      return outcome;
    }
  }
}
