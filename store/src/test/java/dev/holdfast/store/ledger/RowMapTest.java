package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.ByteString;
import dev.holdfast.store.seal.SetDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A map of rows, held against a tree of the platform's through many random changes. */
final class RowMapTest {
  private static final int CHANGES = 4_000;

  private static RowState row(String path) {
    return new RowState.Sound(path, ByteString.EMPTY, 0, SetDigest.EMPTY, 1);
  }

  /** Few characters and lengths: so that paths begin alike, and one is often where another ends. */
  private static String path(Random random) {
    String letters = random.nextInt(8) == 0 ? "ab\0\u00e9\uffff" : "ab/0";
    var path = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      path.append(letters.charAt(random.nextInt(letters.length())));
    }
    return path.toString();
  }

  private static List<RowState> values(Map<String, RowState> rows) {
    return List.copyOf(rows.values());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void itHoldsWhatWasPutInAndNothingElse(long seed) {
    var random = new Random(seed);
    var expected = new TreeMap<String, RowState>();
    RowMap rows = RowMap.EMPTY;
    for (int i = 0; i < CHANGES; i++) {
      String path = path(random);
      // It grows for a while, and then shrinks to nothing or nearly so.
      if (random.nextInt(10) < (i / 500 % 2 == 0 ? 7 : 1)) {
        RowState row = row(path);
        expected.put(path, row);
        rows = rows.plus(row);
      } else {
        expected.remove(path);
        rows = rows.minus(path);
      }
      String asked = path(random);
      assertSame(expected.get(asked), rows.get(asked), () -> "seed " + seed + ", " + asked);
      if (i % 20 == 0) {
        assertEquals(values(expected), rows.all().toList(), () -> "seed " + seed);
        assertEquals(values(expected.tailMap(asked)), rows.from(asked).toList());
        Stream<RowState> under =
            expected.values().stream().filter(row -> row.path().startsWith(asked));
        assertEquals(under.toList(), rows.under(asked).toList());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void aMapStaysAsItIsWhateverComesOfIt(long seed) {
    var random = new Random(seed);
    RowMap rows = RowMap.EMPTY;
    var maps = new ArrayList<RowMap>();
    var contents = new ArrayList<List<RowState>>();
    for (int i = 0; i < 100; i++) {
      var changes = new HashMap<String, Optional<RowState>>();
      for (int j = 0; j < 20; j++) {
        String path = path(random);
        changes.put(path, random.nextInt(3) == 0 ? Optional.empty() : Optional.of(row(path)));
      }
      rows = rows.with(changes);
      for (Map.Entry<String, Optional<RowState>> change : changes.entrySet()) {
        assertSame(change.getValue().orElse(null), rows.get(change.getKey()));
      }
      maps.add(rows);
      contents.add(rows.all().toList());
    }
    for (int i = 0; i < maps.size(); i++) {
      assertEquals(contents.get(i), maps.get(i).all().toList(), "seed " + seed);
      assertEquals(contents.get(i), RowMap.of(contents.get(i)).all().toList());
    }
    assertNull(RowMap.EMPTY.get(""));
  }
}
