package dev.holdfast.store.ledger;

import dev.holdfast.store.kv.Change;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.Row;
import dev.holdfast.store.kv.Watch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The changes of one kind of row, in order, each once; read by one thread at a time.
 *
 * @param <T> what kind of thing
 */
public final class RowWatch<T> implements AutoCloseable {
  private final Watch watch;
  private final Function<Row, Optional<Stored<T>>> value;
  private final Function<Key, String> name;

  /**
   * Reads what a watch says.
   *
   * @param value of a row; empty where there is none to be had from it
   * @param name of what a key is of
   */
  RowWatch(Watch watch, Function<Row, Optional<Stored<T>>> value, Function<Key, String> name) {
    this.watch = watch;
    this.value = value;
    this.name = name;
  }

  /** What a watch says. */
  public sealed interface Heard<T> {}

  /** What one revision changed, at least one row. */
  public record Changed<T>(long revision, List<RowChange<T>> changes) implements Heard<T> {
    public Changed {
      changes = List.copyOf(changes);
    }
  }

  /** Nothing came while the reader waited. */
  public record Idle<T>() implements Heard<T> {}

  /** The store cannot be reached now; the watch goes on by itself. */
  public record Disconnected<T>(String why) implements Heard<T> {}

  /** The history that comes next is gone: list anew and watch from there. */
  public record Compacted<T>(long oldestRevision) implements Heard<T> {}

  /** What happened to one row. */
  public sealed interface RowChange<T> {}

  /** It was made or changed, and this is what it is since. */
  public record Put<T>(Stored<T> row) implements RowChange<T> {}

  /** It is gone; {@code name} is its full resource name. */
  public record Removed<T>(String name) implements RowChange<T> {}

  /** It was changed to something that cannot be read. */
  public record Unreadable<T>(String name) implements RowChange<T> {}

  /** Waits for what comes next, up to a minute. */
  public Heard<T> next(Duration patience) {
    return switch (watch.next(patience)) {
      case Watch.Idle() -> new Idle<>();
      case Watch.Disconnected(String why) -> new Disconnected<>(why);
      case Watch.Compacted(long revision) -> new Compacted<>(revision);
      case Watch.Changed(long revision, List<Change> changes) ->
          new Changed<>(revision, changes.stream().map(this::change).toList());
    };
  }

  private RowChange<T> change(Change change) {
    return switch (change) {
      case Change.Put(var row) -> {
        Optional<Stored<T>> stored = value.apply(row);
        yield stored.isPresent()
            ? new Put<>(stored.get())
            : new Unreadable<>(name.apply(row.key()));
      }
      case Change.Deleted(Key key, _) -> new Removed<>(name.apply(key));
    };
  }

  @Override
  public void close() {
    watch.close();
  }
}
