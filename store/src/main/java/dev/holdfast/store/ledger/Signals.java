package dev.holdfast.store.ledger;

import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.SignalName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.Signal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The signals of the ledger: what usage did that was not to be expected. */
public final class Signals {
  /** How long a signal is kept. */
  public static final Duration KEPT = Duration.ofDays(30);

  /** The most signals of a tenant that are kept; the oldest give way. */
  public static final int COUNT_MAX = 1000;

  /** The most that one sweep forgets. */
  public static final int SWEEP_MAX = 100;

  private final Shard shard;
  private final InstantSource clock;

  Signals(Shard shard, InstantSource clock) {
    this.shard = shard;
    this.clock = clock;
  }

  /** A signal; empty when there is none. */
  public Optional<Stored<Signal>> get(SignalName name) {
    return shard.get(Keys.signal(name));
  }

  /** Every signal that can be read, newest first. */
  public List<Stored<Signal>> all() {
    return shard
        .image()
        .under(Kinds.SIGNAL.prefix())
        .flatMap(entry -> Image.read(Kinds.SIGNAL, entry).stream())
        .sorted(Comparator.comparing((Stored<Signal> row) -> row.value().raisedAt()).reversed())
        .toList();
  }

  /** The reservations that hold less because of a signal. */
  public Set<ReservationName> throttled() {
    return all().stream()
        .map(Stored::value)
        .filter(signal -> signal.remedy() == Remedy.THROTTLE && signal.carriedOut())
        .map(Signal::reservation)
        .collect(Collectors.toSet());
  }

  /** Watches all signals from a revision on. */
  public RowWatch<Signal> watch(long fromRevision) {
    return shard.watch(Kinds.SIGNAL, fromRevision);
  }

  /** Keeps a signal; one of that name that is there stays as it is. Whether it is new. */
  public boolean raise(Signal signal) {
    return shard
        .change(
            draft -> {
              boolean news = draft.value(Keys.signal(signal.name())).isEmpty();
              if (news) {
                draft.put(Keys.signal(signal.name()), SignalRows.row(signal));
              }
              return news;
            })
        .value();
  }

  /** Changes a signal that is there, and returns what it is since; empty when it is not. */
  public Optional<Signal> update(SignalName name, UnaryOperator<Signal> change) {
    return shard
        .change(
            draft -> {
              Optional<Signal> after = draft.value(Keys.signal(name)).map(change);
              after.ifPresent(one -> draft.put(Keys.signal(name), SignalRows.row(one)));
              return after;
            })
        .value();
  }

  /**
   * Forgets signals that are older than {@link #KEPT}, and the oldest of tenants that have more
   * than {@link #COUNT_MAX}; returns how many, {@link #SWEEP_MAX} at most.
   */
  public int forgetOld() {
    Instant before = clock.instant().minus(KEPT);
    var kept = new HashMap<TenantName, Integer>();
    List<SignalName> old =
        all().stream()
            .map(Stored::value)
            .filter(
                one ->
                    kept.merge(one.name().tenant(), 1, Integer::sum) > COUNT_MAX
                        || one.raisedAt().isBefore(before))
            .map(Signal::name)
            .limit(SWEEP_MAX)
            .toList();
    for (SignalName name : old) {
      shard.change(
          draft -> {
            if (draft.value(Keys.signal(name)).isPresent()) {
              draft.delete(Keys.signal(name));
            }
            return name;
          });
    }
    return old.size();
  }
}
