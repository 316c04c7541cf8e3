package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.Compare;
import dev.holdfast.store.kv.KeyValueStore;
import dev.holdfast.store.proto.QuarantinedRow;
import dev.holdfast.store.seal.KeyProvider;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One shard of the ledger: what it holds is read from memory by its leader, and from the store by
 * everybody else; only its leader changes it.
 *
 * <p>A change is decided twice at most: by the caller, on the image at hand, where what is refused
 * is refused at once; and again by the committer, only if a row that it read has changed meanwhile.
 */
final class Shard {
  /** The most rows that are sealed anew in one transaction. */
  private static final int RESEALED_MAX = 100;

  private final KeyValueStore store;
  private final Layout layout;
  private final Ring ring;
  private final StoredRows stored;
  private final Leadership leadership;
  private final Committer committer;
  private final LedgerMeter meter;
  private final AtomicReference<Optional<Mark>> mark = new AtomicReference<>(Optional.empty());

  /** The revision of a head that was written in some lead. */
  private record Mark(Lead lead, long revision) {}

  Shard(
      KeyValueStore store,
      KeyProvider keys,
      Ledger.Settings settings,
      LedgerMeter meter,
      InstantSource clock) {
    this.store = store;
    this.meter = meter;
    this.layout = new Layout(settings.shard());
    this.ring = new Ring(store, layout.keys(), keys);
    this.stored = new StoredRows(store, layout, ring);
    this.leadership = new Leadership(store, layout, ring, stored, meter, clock);
    this.committer =
        new Committer(store, layout, ring, leadership, settings.batchMax(), meter, clock);
  }

  Leadership leadership() {
    return leadership;
  }

  /**
   * Makes a change and returns what came of it with the revision at which it is so.
   *
   * @throws Refusal what the decision throws; {@link Problem.NotLeader}; {@link
   *     Problem.Overloaded}; {@link Problem.StoreUnavailable} where it may have been done
   */
  <T> Stored<T> change(Pending.Decision<T> decision) {
    Image image = leadership.deciding().image();
    var draft = new Draft(image.rows());
    T result = decision.decide(draft);
    if (draft.empty()) {
      return new Stored<>(result, image.revision());
    }
    return committer.commit(new Pending<>(decision, new Pending.Decided<>(draft, result)));
  }

  LedgerVitals vitals() {
    return new LedgerVitals(
        committer.queued(),
        leadership
            .known()
            .map(
                reign ->
                    new LedgerVitals.Reign(
                        reign.lead().term(),
                        reign.image().head().rows(),
                        reign.image().unreadable().size(),
                        reign.image().head().quarantine().size())));
  }

  /** Watches the shard's rows; empty where this instance does not lead. */
  Optional<LedgerGuard> guard() {
    return leadership
        .reign()
        .map(reign -> new LedgerGuard(store, layout, stored, leadership, meter, reign));
  }

  /**
   * Keeps the data keys fresh: takes a new one in time, seals some of the rows anew that are sealed
   * under another, and lets go of the others once there are none. Whether there may be more to do.
   */
  boolean tendKeys(Instant now) {
    Optional<Leadership.Reign> reign = leadership.reign();
    if (reign.isEmpty()) {
      return false;
    }
    Compare fence = reign.get().lead().fence(layout);
    StoredRows.guarded(
        () -> {
          ring.tend(fence, now);
          return fence;
        });
    if (!ring.hasOld()) {
      return false;
    }
    List<RowState.Sound> old = sealedUnderOld(reign.get().image());
    if (old.isEmpty()) {
      retire();
      return false;
    }
    change(
        draft -> {
          old.forEach(
              row -> Kinds.of(row.path()).ifPresent(kind -> again(draft, kind, row.path())));
          return old.size();
        });
    return true;
  }

  private List<RowState.Sound> sealedUnderOld(Image image) {
    int current = ring.sealer().keyId();
    return image
        .rows()
        .all()
        .filter(row -> row.counted() && row instanceof RowState.Sound)
        .map(RowState::sound)
        .filter(row -> row.keyId() != current)
        .limit(RESEALED_MAX)
        .toList();
  }

  /** Lets go of old keys while nothing is under way that may be sealed under one. */
  private void retire() {
    leadership.turn().lock();
    try {
      leadership
          .reign()
          .filter(reign -> sealedUnderOld(reign.image()).isEmpty())
          .map(reign -> reign.lead().fence(layout))
          .ifPresent(
              fence ->
                  StoredRows.guarded(
                      () -> {
                        ring.retire(fence);
                        return fence;
                      }));
    } finally {
      leadership.turn().unlock();
    }
  }

  private static <M extends Message> void again(Draft draft, Kind<M, ?> kind, String path) {
    var key = new RowKey<>(kind, path);
    draft.read(key).ifPresent(message -> draft.put(key, message));
  }

  /**
   * Lets the store forget what was before the head that the last call wrote, where this instance
   * has led since, and writes another. So the rows of the newest head can be read however long
   * nothing has changed: what somebody else does to them is put right by those.
   */
  void forgetHistory() {
    Optional<Lead> lead = leadership.reign().map(Leadership.Reign::lead);
    mark.get()
        .filter(before -> lead.equals(Optional.of(before.lead())))
        .ifPresent(
            before ->
                StoredRows.guarded(
                    () -> {
                      store.compact(before.revision());
                      return before;
                    }));
    mark.set(
        leadership
            .renewHead()
            .map(reign -> new Mark(reign.lead(), reign.image().head().revision())));
  }

  Ledger.Verification verify() {
    Image image = stored.load();
    List<String> foreign =
        image.head().quarantine().stream().map(QuarantinedRow::getPath).sorted().toList();
    return new Ledger.Verification(
        image.revision(),
        image.head().term(),
        image.head().rows(),
        image.unreadable().stream().filter(path -> !foreign.contains(path)).toList(),
        foreign,
        HoldSums.overcommitted(image));
  }

  List<String> repair() {
    return change(
            draft ->
                leadership.deciding().image().head().quarantine().stream()
                    .filter(row -> Draft.Change.backTo(row).map(draft::apply).isPresent())
                    .map(QuarantinedRow::getPath)
                    .toList())
        .value();
  }

  /** Everything, where this instance leads. */
  Optional<Image> led() {
    return leadership.reign().map(Leadership.Reign::image);
  }

  /** Reads a row outside a change. */
  <M extends Message, T> Optional<Stored<T>> get(RowKey<M, T> key) {
    Optional<Image> image = led();
    if (image.isEmpty() && key.kind().durable()) {
      return stored.get(key.path()).map(entry -> new Stored<>(entry.value(key), entry.revision()));
    }
    return image.orElseGet(stored::load).value(key);
  }

  /** Lists rows; see {@link Image#list}. */
  <M extends Message, T> Listing<T> list(
      Kind<M, T> kind, String under, Optional<String> after, int limit) {
    return led()
        .map(image -> image.list(kind, under, after, limit))
        .orElseGet(() -> stored.list(kind, under, after, limit));
  }

  /** Watches all rows of a kind from a revision on. */
  <M extends Message, T> RowWatch<T> watch(Kind<M, T> kind, long fromRevision) {
    return new RowWatch<>(
        store.watch(layout.rows(kind.prefix()), fromRevision),
        row -> Image.read(kind, stored.state(row)),
        key -> layout.path(key).substring(kind.prefix().length()));
  }

  /** Everything at one revision. */
  Image image() {
    return led().orElseGet(stored::load);
  }
}
