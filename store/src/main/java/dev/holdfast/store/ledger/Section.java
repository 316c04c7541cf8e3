package dev.holdfast.store.ledger;

import com.google.protobuf.Message;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The readable rows of one kind in an image, by name: a view, in the order of the names as text.
 *
 * @param <N> the name
 * @param <T> the value
 */
final class Section<N, T> extends AbstractMap<N, T> {
  private final Image image;
  private final Kind<?, ?> kind;
  private final Function<RowState, Optional<T>> value;
  private final Function<String, N> name;

  private Section(
      Image image,
      Kind<?, ?> kind,
      Function<RowState, Optional<T>> value,
      Function<String, N> name) {
    this.image = image;
    this.kind = kind;
    this.value = value;
    this.name = name;
  }

  /**
   * The values of a kind, by the names that {@code name} reads and {@link Object#toString} writes.
   */
  static <N, M extends Message, T> Section<N, T> of(
      Image image, Kind<M, T> kind, Function<String, N> name) {
    return new Section<>(image, kind, entry -> Image.read(kind, entry).map(Stored::value), name);
  }

  /** The same with the revision of each. */
  static <N, M extends Message, T> Section<N, Stored<T>> stored(
      Image image, Kind<M, T> kind, Function<String, N> name) {
    return new Section<>(image, kind, entry -> Image.read(kind, entry), name);
  }

  @Override
  public @Nullable T get(Object key) {
    return Optional.ofNullable(image.get(kind.prefix() + key)).flatMap(value).orElse(null);
  }

  @Override
  public boolean containsKey(Object key) {
    return get(key) != null;
  }

  @Override
  public Set<Map.Entry<N, T>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<N, T>> iterator() {
        return image
            .under(kind.prefix())
            .flatMap(entry -> value.apply(entry).stream().map(found -> named(entry.path(), found)))
            .iterator();
      }

      @Override
      public int size() {
        return (int)
            image.under(kind.prefix()).filter(entry -> value.apply(entry).isPresent()).count();
      }
    };
  }

  private Map.Entry<N, T> named(String path, T found) {
    return Map.entry(name.apply(path.substring(kind.prefix().length())), found);
  }
}
