package dev.holdfast.store.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.Value;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealerTest {
  private static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");
  private static final Key KEY = Key.of("tenants/acme/reservations/r7");
  private static final ByteString ROW = ByteString.copyFromUtf8("500 millicores");

  private final KeyProvider provider;
  private final DataKeys ring;
  private final Sealer sealer;

  SealerTest(@TempDir Path folder) {
    provider = FileKeyProvider.open(folder.resolve("keys/wrapping.keys"), new SecureRandom());
    ring = DataKeys.create(provider, new SecureRandom(), NOW);
    sealer = ring.sealer();
  }

  private static String why(Opened opened) {
    return assertInstanceOf(Opened.Broken.class, opened).why();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyRowOpensAsItWasSealed(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Key key = new Key(bytes(random, 1 + random.nextInt(Key.BYTES_MAX)));
      ByteString row = bytes(random, random.nextInt(2000));
      long version = random.nextLong(Long.MAX_VALUE);
      ByteString sealed = sealer.seal(key, version, row);
      assertEquals(new Opened.Plain(version, row, 1), sealer.open(key, sealed), "seed " + seed);
      assertEquals(row.size() + Sealer.OVERHEAD_BYTES, sealed.size());
    }
  }

  @Test
  void theLayoutIsTheOneThatIsWrittenDown() {
    ByteBuffer sealed = sealer.seal(KEY, 7, ROW).asReadOnlyByteBuffer();
    assertEquals(1, sealed.get());
    assertEquals(1, sealed.getInt());
    assertEquals(7, sealed.getLong());
    assertEquals(12 + ROW.size() + 16, sealed.remaining());
  }

  @Test
  void noBitOfASealedRowCanBeFlipped() {
    byte[] sealed = sealer.seal(KEY, 7, ROW).toByteArray();
    for (int bit = 0; bit < 8 * sealed.length; bit++) {
      sealed[bit / 8] ^= (byte) (1 << bit % 8);
      why(sealer.open(KEY, ByteString.copyFrom(sealed)));
      sealed[bit / 8] ^= (byte) (1 << bit % 8);
    }
    assertInstanceOf(Opened.Plain.class, sealer.open(KEY, ByteString.copyFrom(sealed)));
  }

  @Test
  void noRowOpensCutShortOrLengthened() {
    ByteString sealed = sealer.seal(KEY, 7, ROW);
    for (int length = 0; length < sealed.size(); length++) {
      why(sealer.open(KEY, sealed.substring(0, length)));
    }
    why(sealer.open(KEY, sealed.concat(ByteString.copyFromUtf8("\0"))));
  }

  @Test
  void aRowOpensAtItsOwnKeyOnly() {
    ByteString sealed = sealer.seal(KEY, 7, ROW);
    assertTrue(why(sealer.open(Key.of("tenants/acme/reservations/r8"), sealed)).contains("verify"));
    // Where one key ends is part of what is sealed.
    why(sealer.open(Key.of(KEY + "0"), sealed));
  }

  @Test
  void twoRowsCannotSwapTheirVersionsOrTheirContents() {
    ByteString one = sealer.seal(KEY, 7, ROW);
    ByteString other = sealer.seal(KEY, 8, ROW);
    int version = 5;
    int rest = version + Long.BYTES;
    for (int cut : List.of(rest, rest + 12, one.size() - 16)) {
      why(sealer.open(KEY, one.substring(0, cut).concat(other.substring(cut))));
    }
    why(
        sealer.open(
            KEY,
            other
                .substring(0, version)
                .concat(one.substring(version, rest))
                .concat(other.substring(rest))));
  }

  @Test
  void whatIsWrongIsSaidInWords() {
    ByteString sealed = sealer.seal(KEY, 7, ROW);
    assertTrue(why(sealer.open(KEY, ByteString.EMPTY)).contains("0 bytes"));
    ByteString tooLong = ByteString.copyFrom(new byte[Value.BYTES_MAX + 1]);
    assertTrue(why(sealer.open(KEY, tooLong)).contains("1048577 bytes"));
    ByteString plain =
        ByteString.copyFromUtf8("a row that was never sealed, of a program before this");
    assertTrue(why(sealer.open(KEY, plain)).contains("format is 97"));
    Sealer elsewhere = DataKeys.create(provider, new SecureRandom(), NOW).sealer();
    assertTrue(why(elsewhere.open(KEY, sealed)).contains("does not verify"));
    DataKeys rotated = ring.rotated(provider, new SecureRandom(), NOW);
    ByteString later = rotated.sealer().seal(KEY, 8, ROW);
    assertTrue(why(sealer.open(KEY, later)).contains("data key 2"));
  }

  @Test
  void theLargestRowStillFitsIntoTheStore() {
    ByteString largest = ByteString.copyFrom(new byte[Sealer.PLAIN_BYTES_MAX]);
    Value value = new Value(sealer.seal(KEY, 0, largest));
    assertEquals(Value.BYTES_MAX, value.bytes().size());
    assertInstanceOf(Opened.Plain.class, sealer.open(KEY, value.bytes()));
    ByteString more = largest.concat(ByteString.copyFromUtf8("1"));
    assertThrows(IllegalArgumentException.class, () -> sealer.seal(KEY, 0, more));
    assertThrows(IllegalArgumentException.class, () -> sealer.seal(KEY, -1, ROW));
  }

  @Test
  void oneRowSealedTwiceLooksLikeTwo() {
    Set<ByteString> seen = new HashSet<>();
    for (int round = 0; round < 1000; round++) {
      assertTrue(seen.add(sealer.seal(KEY, 7, ROW).substring(13)));
    }
    assertEquals(1000, sealer.seals());
  }

  @Test
  void manyThreadsSealAndOpenAtOnce() throws Exception {
    Sealer rotated = ring.rotated(provider, new SecureRandom(), NOW).sealer();
    Callable<Boolean> work =
        () -> {
          for (int round = 0; round < 500; round++) {
            ByteString row = ByteString.copyFromUtf8("row " + round);
            Sealer by = round % 2 == 0 ? sealer : rotated;
            Opened opened = rotated.open(KEY, by.seal(KEY, round, row));
            if (!opened.equals(new Opened.Plain(round, row, by.keyId()))) {
              return false;
            }
          }
          return true;
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(40, work))) {
        assertTrue(done.get());
      }
    }
    assertEquals(40 * 250, sealer.seals());
  }

  @Test
  void aSetIsTheSameInWhateverOrderItCameToBe() {
    Random random = new Random(11);
    List<SetDigest> rows = elements(random, 50);
    SetDigest sum = rows.stream().reduce(SetDigest.EMPTY, SetDigest::plus);
    List<SetDigest> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, random);
    assertEquals(sum, shuffled.stream().reduce(SetDigest.EMPTY, SetDigest::plus));
    assertNotEquals(SetDigest.EMPTY, sum);
    SetDigest nothing = sum;
    for (SetDigest row : shuffled) {
      nothing = nothing.minus(row);
    }
    assertEquals(SetDigest.EMPTY, nothing);
    assertEquals(SetDigest.EMPTY.hashCode(), nothing.hashCode());
  }

  @Test
  void aSetWithARowMoreLessOlderOrElsewhereIsAnotherSet() {
    SetDigest rest = elements(new Random(12), 9).stream().reduce(SetDigest.EMPTY, SetDigest::plus);
    ByteString before = sealer.seal(KEY, 7, ROW);
    ByteString after = sealer.seal(KEY, 8, ROW);
    SetDigest set = rest.plus(sealer.element(KEY, after));
    assertNotEquals(set, rest);
    assertNotEquals(set, rest.plus(sealer.element(KEY, before)));
    assertNotEquals(set, rest.plus(sealer.element(Key.of(KEY + "x"), after)));
    assertNotEquals(set, set.plus(sealer.element(KEY, before)));
    assertEquals(
        set,
        rest.plus(sealer.element(KEY, before))
            .minus(sealer.element(KEY, before))
            .plus(sealer.element(KEY, after)));
  }

  @Test
  void digestsStayWhatTheyAreWhenKeysRotate() {
    ByteString sealed = sealer.seal(KEY, 7, ROW);
    SetDigest before = sealer.element(KEY, sealed);
    DataKeys rotated =
        ring.rotated(provider, new SecureRandom(), NOW.plus(Duration.ofDays(30)))
            .without(Set.of(1));
    assertEquals(before, rotated.sealer().element(KEY, sealed));
    DataKeys other = DataKeys.create(provider, new SecureRandom(), NOW);
    assertNotEquals(before, other.sealer().element(KEY, sealed), "the hash has a key of its own");
  }

  @Test
  void sumsWrapAroundAsNumbersOf256BitsDo() {
    Random random = new Random(13);
    BigInteger modulus = BigInteger.ONE.shiftLeft(256);
    for (int round = 0; round < 1000; round++) {
      SetDigest one = new SetDigest(bytes(random, 32));
      SetDigest other = new SetDigest(bytes(random, 32));
      assertEquals(number(one).add(number(other)).mod(modulus), number(one.plus(other)));
      assertEquals(number(one).subtract(number(other)).mod(modulus), number(one.minus(other)));
    }
    SetDigest all = new SetDigest(ByteString.copyFrom(new byte[32])).minus(one());
    assertEquals(SetDigest.EMPTY, all.plus(one()));
    assertThrows(IllegalArgumentException.class, () -> new SetDigest(ByteString.EMPTY));
    assertFalse(all.equals(SetDigest.EMPTY));
  }

  private static SetDigest one() {
    byte[] bytes = new byte[32];
    bytes[31] = 1;
    return new SetDigest(ByteString.copyFrom(bytes));
  }

  private static BigInteger number(SetDigest digest) {
    return new BigInteger(1, digest.bytes().toByteArray());
  }

  private List<SetDigest> elements(Random random, int count) {
    List<SetDigest> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      Key key = Key.of("row/" + row);
      rows.add(sealer.element(key, sealer.seal(key, row, bytes(random, 100))));
    }
    return rows;
  }

  private static ByteString bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
