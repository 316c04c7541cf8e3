package dev.holdfast.store.ledger;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.kv.KeyRange;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.kv.RevisionCompacted;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Snapshot;
import dev.holdfast.store.proto.LeaderRow;
import dev.holdfast.store.proto.UsageRow;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is true: nodes, pathways and chains, who holds what, and who leads.
 *
 * <p>Every change is one transaction, made only if everything that it rests on is still so and this
 * instance leads; otherwise it is decided anew, a bounded number of times. Refusals are thrown as
 * {@link Refusal}: besides what each operation names, every change may be {@link
 * Problem.NotLeader}, {@link Problem.StoreUnavailable} (it may have happened: repeat it) and {@link
 * Problem.Unavailable}.
 *
 * <p>Times are kept to the millisecond. All methods may be called from any thread.
 */
public final class Ledger {
  private static final int PAGE = 1000;

  private final Transactor transactor;
  private final Nodes nodes;
  private final Pathways pathways;
  private final Reservations reservations;
  private final LiveGrants grants;
  private final Models models;

  /**
   * A ledger on a store, which the caller closes.
   *
   * @param clock what chains, grants and intervals are measured by; where it is set back, the
   *     ledger's time stands still until it has caught up
   */
  public Ledger(KeyValueStore store, InstantSource clock) {
    InstantSource steady = new SteadyClock(clock);
    this.transactor = new Transactor(store);
    this.nodes = new Nodes(transactor);
    this.pathways = new Pathways(transactor);
    this.reservations = new Reservations(transactor, steady);
    this.grants = new LiveGrants(transactor, steady);
    this.models = new Models(transactor);
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

  /** The models. */
  public Models models() {
    return models;
  }

  /**
   * Takes the lead. Whoever had it is {@link Problem.NotLeader} from then on.
   *
   * @param address where this instance is reached, for others to say
   * @return the new term, one more than the last
   */
  public long becomeLeader(String address) {
    return transactor.lead(address);
  }

  /** The term that this instance leads with; empty when it does not, or was told that no longer. */
  public OptionalLong term() {
    return transactor.lead().stream().mapToLong(Transactor.Lead::term).findFirst();
  }

  /** The address of who leads; empty when nobody ever did. */
  public Optional<String> leader() {
    return transactor.read(Keys.LEADER, LeaderRow.parser()).map(row -> row.value().getAddress());
  }

  /** How far a subject's usage was acknowledged; 0: nothing was. */
  public long usageAcknowledged(String subject) {
    return transactor
        .read(Keys.usage(subject), UsageRow.parser())
        .map(row -> row.value().getSequence())
        .orElse(0L);
  }

  /**
   * Acknowledges a subject's usage up to a sequence; it never goes back. Returns where it stands.
   */
  public long acknowledgeUsage(String subject, long sequence) {
    return transactor
        .change(
            draft -> {
              long before =
                  draft
                      .read(Keys.usage(subject), UsageRow.parser())
                      .map(UsageRow::getSequence)
                      .orElse(0L);
              if (sequence > before) {
                draft.put(Keys.usage(subject), UsageRow.newBuilder().setSequence(sequence).build());
              }
              return Math.max(before, sequence);
            })
        .value();
  }

  /** Everything that decisions rest on, at one revision. Rows that cannot be read are named. */
  public LedgerSnapshot snapshot() {
    return transactor.guarded(
        () -> {
          for (int attempt = 0; attempt < 3; attempt++) {
            try {
              return collect();
            } catch (RevisionCompacted e) {
              // The store forgot the revision between two pages: read the present one.
            }
          }
          throw new Refusal(
              new Problem.Unavailable("ledger", "it was compacted while it was read"));
        });
  }

  private LedgerSnapshot collect() {
    KeyValueStore store = transactor.store();
    var collected = new Collected();
    Optional<KeyRange> rest = Optional.of(Keys.truth());
    OptionalLong revision = OptionalLong.empty();
    while (rest.isPresent()) {
      Snapshot page = store.range(rest.get(), revision, PAGE);
      if (revision.isEmpty()) {
        revision = OptionalLong.of(page.revision());
      }
      page.rows().forEach(collected::add);
      rest = page.more() ? rest.get().after(page.rows().getLast().key()) : Optional.empty();
    }
    return collected.at(revision.orElseThrow());
  }

  /** A snapshot in the making. */
  private static final class Collected {
    private final SortedMap<NodeName, NodeRecord> nodes = new TreeMap<>();
    private final SortedMap<PathwayName, PathwayRecord> pathways = new TreeMap<>();
    private final SortedMap<PathwayName, Stored<ChainRecord>> chains = new TreeMap<>();
    private final SortedMap<ReservationName, Reservation> reservations = new TreeMap<>();
    private final Map<NodeName, Held> heldOnNode = new HashMap<>();
    private final Map<TenantName, Held> heldByTenant = new HashMap<>();
    private final List<String> unreadable = new ArrayList<>();

    void add(Row row) {
      String key = row.key().toString();
      if (key.startsWith(Keys.NODE)) {
        take(Readers.NODES, row, node -> nodes.put(node.value().name(), node.value()));
      } else if (key.startsWith(Keys.PATHWAY)) {
        take(
            Readers.PATHWAYS,
            row,
            found -> pathways.put(found.value().pathway().name(), found.value()));
      } else if (key.startsWith(Keys.CHAIN)) {
        take(
            Readers.CHAINS,
            row,
            found -> chains.put(found.value().chain().name().pathway(), found));
      } else if (key.startsWith(Keys.RESERVATION)) {
        take(
            Readers.RESERVATIONS,
            row,
            found -> reservations.put(found.value().name(), found.value()));
      } else if (key.startsWith(Keys.HELD_NODE)) {
        NodeName name = NodeName.parse(key.substring(Keys.HELD_NODE.length()));
        take(Readers.HELD_NODES, row, found -> heldOnNode.put(name, found.value()));
      } else if (key.startsWith(Keys.HELD_TENANT)) {
        TenantName name = TenantName.parse(key.substring(Keys.HELD_TENANT.length()));
        take(Readers.HELD_TENANTS, row, found -> heldByTenant.put(name, found.value()));
      }
    }

    private <T> void take(
        Reader<?, T> reader, Row row, java.util.function.Consumer<Stored<T>> into) {
      reader.read(row).ifPresentOrElse(into, () -> unreadable.add(row.key().toString()));
    }

    LedgerSnapshot at(long revision) {
      return new LedgerSnapshot(
          revision, nodes, pathways, chains, reservations, heldOnNode, heldByTenant, unreadable);
    }
  }
}
