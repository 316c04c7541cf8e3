package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.proto.UsageRow;
import dev.holdfast.store.seal.KeyProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is true: nodes, pathways and chains, who holds what, and who leads. One shard of it: the
 * trust zones that are led together.
 *
 * <p>Who leads has all of it in memory, decides on that, and commits what many callers decided in
 * one transaction. It takes effect only while this instance leads, on top of the transaction before
 * it, and while the chains that it rests on are the newest. Who does not lead reads from the store.
 *
 * <p>Refusals are thrown as {@link Refusal}: besides what each operation names, every change may be
 * {@link Problem.NotLeader}, {@link Problem.Overloaded}, {@link Problem.StoreUnavailable} (it may
 * have happened: repeat it), {@link Problem.Unavailable} and, where a row that it needs is damaged,
 * {@link dev.holdfast.pam.model.StoredProblem}.
 *
 * <p>Times are kept to the millisecond. All methods may be called from any thread.
 */
public final class Ledger {
  private final Shard shard;
  private final InstantSource clock;
  private final Nodes nodes;
  private final Pathways pathways;
  private final Reservations reservations;
  private final LiveGrants grants;
  private final Signals signals;

  /**
   * How a ledger is laid out and sealed.
   *
   * @param shard its name: 1 to 63 of a-z, 0-9 and -, a letter first
   * @param batchMax the most changes that are committed together, 1 to 128
   */
  public record Settings(String shard, int batchMax) {
    /** One shard for everything, and as many changes together as a transaction takes. */
    public static final Settings DEFAULT = new Settings("main", 128);

    /** As many changes together as a transaction takes. */
    public static Settings of(String shard) {
      return new Settings(shard, DEFAULT.batchMax());
    }

    public Settings {
      Layout.requireName(shard);
      if (batchMax < 1 || batchMax > 128) {
        throw new IllegalArgumentException("1 to 128 changes are committed together");
      }
    }
  }

  /**
   * A ledger on a store, which the caller closes.
   *
   * @param keys what wraps the keys that rows are sealed under; the caller closes it
   * @param meter where it says how it fares
   * @param clock what chains, grants and intervals are measured by
   */
  public Ledger(
      KeyValueStore store,
      KeyProvider keys,
      Settings settings,
      LedgerMeter meter,
      InstantSource clock) {
    InstantSource steady = new SteadyClock(clock);
    this.clock = steady;
    this.shard = new Shard(store, keys, settings, meter, steady);
    this.nodes = new Nodes(shard);
    this.pathways = new Pathways(shard);
    this.reservations = new Reservations(shard, steady);
    this.grants = new LiveGrants(shard, steady);
    this.signals = new Signals(shard, steady);
  }

  /** A ledger that nobody measures. */
  public Ledger(KeyValueStore store, KeyProvider keys, Settings settings, InstantSource clock) {
    this(store, keys, settings, LedgerMeter.NONE, clock);
  }

  /** A ledger of one shard. */
  public Ledger(KeyValueStore store, KeyProvider keys, InstantSource clock) {
    this(store, keys, Settings.DEFAULT, clock);
  }

  Shard shard() {
    return shard;
  }

  /** The nodes, their appraisals and join tokens. */
  public Nodes nodes() {
    return nodes;
  }

  /** The pathways and their chains. */
  public Pathways pathways() {
    return pathways;
  }

  /** The reservations. */
  public Reservations reservations() {
    return reservations;
  }

  /** The grants. */
  public LiveGrants grants() {
    return grants;
  }

  /** The signals. */
  public Signals signals() {
    return signals;
  }

  /**
   * Takes the lead for good, by force. Whoever had it is {@link Problem.NotLeader} from then on.
   *
   * @param address where this instance is reached, for others to say
   * @return the new term, higher than any before
   */
  public long becomeLeader(String address) {
    return shard.leadership().take(address);
  }

  /**
   * Takes the lead if nobody has it; it must then be kept, by {@link #keepLead}.
   *
   * @param timeToLive how long it lasts without being kept
   * @return the new term; empty where another leads
   */
  public OptionalLong standForLead(String address, Duration timeToLive) {
    return shard.leadership().stand(address, timeToLive).stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  /** Keeps the lead for another while, where this instance has it. Whether it leads. */
  public boolean keepLead() {
    return shard.leadership().keep();
  }

  /** Gives the lead up. */
  public void resignLead() {
    shard.leadership().resign();
  }

  /** The term that this instance leads with; empty when it does not, or was told that no longer. */
  public OptionalLong term() {
    return shard.leadership().lead().stream().mapToLong(Lead::term).findFirst();
  }

  /** The address of who leads; empty when nobody does. */
  public Optional<String> leader() {
    return shard.leadership().leader();
  }

  /** How it stands at this moment. The store is not asked. */
  public LedgerVitals vitals() {
    return shard.vitals();
  }

  /** Watches for what others do to the rows; empty where this instance does not lead. */
  public Optional<LedgerGuard> guard() {
    return shard.guard();
  }

  /**
   * Keeps the keys fresh that rows are sealed under; who leads calls it now and then. It rewrites
   * some rows at a time.
   *
   * @return whether there may be more to do at once
   */
  public boolean tendKeys() {
    return shard.tendKeys(clock.instant());
  }

  /**
   * Lets the store forget what rows were before the last call; who leads calls it now and then.
   * What became of a change is not found out by history, but who watches, lists or exports reads no
   * more than what came since.
   */
  public void forgetHistory() {
    shard.forgetHistory();
  }

  /**
   * What a look at everything that is stored came to.
   *
   * @param revision the store's revision
   * @param term of who led last
   * @param rows how many there are
   * @param unreadable the rows that another release wrote
   * @param foreign the rows that somebody else changed; they are kept from use
   * @param overcommitted the nodes that more is held on than they have
   */
  public record Verification(
      long revision,
      long term,
      long rows,
      List<String> unreadable,
      List<String> foreign,
      List<NodeName> overcommitted) {
    public Verification {
      unreadable = List.copyOf(unreadable);
      foreign = List.copyOf(foreign);
      overcommitted = List.copyOf(overcommitted);
    }

    /** Whether all is as it should be. */
    public boolean sound() {
      return unreadable.isEmpty() && foreign.isEmpty() && overcommitted.isEmpty();
    }
  }

  /**
   * Reads all that is stored and holds it against the head and against itself.
   *
   * @throws Refusal {@link dev.holdfast.pam.model.StoredProblem.LedgerIntegrity} where nothing of
   *     it can be relied on
   */
  public Verification verify() {
    return shard.verify();
  }

  /**
   * Puts back what rows were in truth that somebody else changed, and removes those that were
   * added. Only who leads can.
   *
   * @return their paths; a row whose truth is not known stays as it is
   */
  public List<String> repair() {
    return shard.repair();
  }

  /** How far a node's usage was acknowledged; 0: nothing was. */
  public long usageAcknowledged(NodeName node) {
    return shard.get(Keys.usage(node)).map(row -> row.value().getSequence()).orElse(0L);
  }

  /** Acknowledges a node's usage up to a sequence; it never goes back. Returns where it stands. */
  public long acknowledgeUsage(NodeName node, long sequence) {
    return shard
        .change(
            draft -> {
              long before = draft.read(Keys.usage(node)).map(UsageRow::getSequence).orElse(0L);
              if (sequence > before) {
                draft.put(Keys.usage(node), UsageRow.newBuilder().setSequence(sequence).build());
              }
              return Math.max(before, sequence);
            })
        .value();
  }

  /**
   * Everything that decisions rest on, at one revision. Rows that cannot be read are named. For who
   * leads it costs nothing; for others all is read from the store.
   */
  public LedgerSnapshot snapshot() {
    return snapshot(shard.image());
  }

  /** The same where this instance leads, for nothing; empty where it does not. */
  public Optional<LedgerSnapshot> ownSnapshot() {
    return shard.led().map(Ledger::snapshot);
  }

  private static LedgerSnapshot snapshot(Image image) {
    return new LedgerSnapshot(
        image.revision(),
        Section.of(image, Kinds.NODE, NodeName::parse),
        Section.of(image, Kinds.PATHWAY, PathwayName::parse),
        Section.stored(image, Kinds.CHAIN, PathwayName::parse),
        Section.of(image, Kinds.RESERVATION, ReservationName::parse),
        Section.of(image, Kinds.HELD_NODE, NodeName::parse),
        Section.of(image, Kinds.HELD_TENANT, TenantName::parse),
        List.copyOf(image.unreadable()));
  }
}
