package dev.holdfast.store.kv;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;

/**
 * A program that writes pairs of rows, from where it was, until it is killed, and notes each one
 * acknowledged.
 */
public final class EndlessWriter {
  /** Put by every transaction. */
  static final Key COUNTER = Key.of("counter");

  private EndlessWriter() {}

  /** Takes the store's file and the file for its notes. */
  public static void main(String[] arguments) throws IOException {
    try (KeyValueStore store = EmbeddedStore.open(Path.of(arguments[0]), InstantSource.system());
        Writer notes = Files.newBufferedWriter(Path.of(arguments[1]), StandardOpenOption.APPEND)) {
      int first = store.range(KeyRange.prefix(Key.of("n/"))).rows().size();
      for (int i = first; i < KeyValueStore.LIMIT_MAX; i++) {
        store.commit(
            new Transaction(
                List.of(new Compare.Absent(key(i))),
                List.of(
                    Operation.put(key(i), Value.of("v" + i)),
                    Operation.put(COUNTER, Value.of("v" + i)),
                    Operation.put(pair(i), Value.of("v" + i)))));
        notes.write(i + "\n");
        notes.flush();
      }
    }
  }

  static Key key(int number) {
    return Key.of("n/%06d".formatted(number));
  }

  static Key pair(int number) {
    return Key.of("pair/%06d".formatted(number));
  }
}
