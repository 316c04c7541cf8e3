package dev.holdfast.store.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.proto.KeyRing;
import dev.holdfast.store.proto.KeyRingContent;
import dev.holdfast.store.seal.KeyFailure.Reason;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataKeysTest {
  private static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");
  private static final Key KEY = Key.of("nodes/h1");
  private static final ByteString ROW = ByteString.copyFromUtf8("16000 millicores");

  private final SecureRandom random = new SecureRandom();
  private final KeyProvider provider;
  private final DataKeys ring;

  DataKeysTest(@TempDir Path folder) {
    provider = FileKeyProvider.open(folder.resolve("keys/wrapping.keys"), random);
    ring = DataKeys.create(provider, random, NOW).rotated(provider, random, NOW.plusSeconds(1));
  }

  private Reason refused(byte[] stored) {
    return assertThrows(KeyFailure.class, () -> DataKeys.open(provider, stored)).reason();
  }

  @Test
  void aStoredRingOpensWhatItSealed() {
    ByteString sealed = ring.sealer().seal(KEY, 3, ROW);
    DataKeys opened = DataKeys.open(provider, ring.stored());
    assertEquals(new Opened.Plain(3, ROW, 2), opened.sealer().open(KEY, sealed));
    assertArrayEquals(ring.stored(), opened.stored());
    assertEquals(NOW.plusSeconds(1), opened.currentCreated());
    assertEquals(ring.sealer().element(KEY, sealed), opened.sealer().element(KEY, sealed));
  }

  @Test
  void afterARotationTheNewKeySealsAndTheOldOneStillOpens() {
    ByteString before = ring.sealer().seal(KEY, 3, ROW);
    DataKeys rotated = ring.rotated(provider, random, NOW.plusSeconds(2));
    Sealer sealer = DataKeys.open(provider, rotated.stored()).sealer();
    assertEquals(new Opened.Plain(3, ROW, 2), sealer.open(KEY, before));
    assertEquals(3, sealer.keyId());
    assertEquals(new Opened.Plain(4, ROW, 3), sealer.open(KEY, sealer.seal(KEY, 4, ROW)));
  }

  @Test
  void aRetiredKeyOpensNothingAndItsNumberIsNotGivenAgain() {
    ByteString before = ring.sealer().seal(KEY, 3, ROW);
    DataKeys next = ring.rotated(provider, random, NOW).without(Set.of(1, 2));
    assertEquals(Set.of(3), next.ids());
    assertInstanceOf(Opened.Broken.class, next.sealer().open(KEY, before));
    assertEquals(4, next.rotated(provider, random, NOW).currentId());
    assertThrows(IllegalArgumentException.class, () -> next.without(Set.of(3)));
  }

  @Test
  void aNewWrappingKeyWrapsAllAnewAndChangesNoRow() {
    ByteString sealed = ring.sealer().seal(KEY, 3, ROW);
    assertTrue(ring.wrappedBy(provider));
    provider.rotate();
    assertFalse(ring.wrappedBy(provider));
    DataKeys mixed = DataKeys.open(provider, ring.rotated(provider, random, NOW).stored());
    assertFalse(mixed.wrappedBy(provider));
    DataKeys rewrapped = DataKeys.open(provider, mixed.rewrapped(provider).stored());
    assertTrue(rewrapped.wrappedBy(provider));
    assertEquals(new Opened.Plain(3, ROW, 2), rewrapped.sealer().open(KEY, sealed));
  }

  @Test
  void aRingIsBroughtUpToDateWhenSomethingIsDueAndOnlyThen() {
    Instant later = ring.currentCreated().plus(DataKeys.AGE_MAX);
    assertSame(ring, ring.upToDate(provider, random, later, DataKeys.SEALS_DUE - 1));
    assertEquals(Set.of(1, 2, 3), ring.upToDate(provider, random, NOW, DataKeys.SEALS_DUE).ids());
    DataKeys aged = ring.upToDate(provider, random, later.plusMillis(1), 0);
    assertEquals(Set.of(1, 2, 3), aged.ids());
    assertSame(aged, aged.upToDate(provider, random, later.plusMillis(1), 0));
    provider.rotate();
    DataKeys both = ring.upToDate(provider, random, later.plusMillis(1), 0);
    assertEquals(Set.of(1, 2, 3), both.ids());
    assertTrue(both.wrappedBy(provider));
  }

  @Test
  void aRingDoesNotGrowForEver() {
    DataKeys full = ring;
    while (full.ids().size() < DataKeys.KEYS_MAX) {
      full = full.rotated(provider, random, NOW);
    }
    assertTrue(full.stored().length <= DataKeys.STORED_BYTES_MAX);
    assertEquals(DataKeys.KEYS_MAX, DataKeys.open(provider, full.stored()).ids().size());
    DataKeys last = full;
    assertThrows(IllegalStateException.class, () -> last.rotated(provider, random, NOW));
    assertSame(last, last.upToDate(provider, random, NOW.plus(Duration.ofDays(365)), 0));
  }

  @Test
  void noBitOfAStoredRingCanBeFlipped() {
    byte[] stored = ring.stored();
    for (int bit = 0; bit < 8 * stored.length; bit++) {
      byte[] changed = stored.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      refused(changed);
    }
  }

  @Test
  void keysCanBeNeitherLeftOutNorPutInNorReordered() throws Exception {
    DataKeys other = DataKeys.create(provider, random, NOW);
    KeyRingContent content = content(ring);
    assertEquals(
        Reason.RING_BROKEN, refused(with(ring, c -> c.toBuilder().removeDataKeys(1).build())));
    assertEquals(
        Reason.RING_BROKEN, refused(with(ring, c -> c.toBuilder().clearDataKeys().build())));
    assertEquals(
        Reason.RING_BROKEN,
        refused(with(ring, c -> c.toBuilder().addDataKeys(c.getDataKeys(1)).build())));
    assertEquals(
        Reason.RING_BROKEN,
        refused(
            with(
                ring,
                c ->
                    c.toBuilder()
                        .setDataKeys(0, c.getDataKeys(1))
                        .setDataKeys(1, c.getDataKeys(0))
                        .build())));
    // Another ring's secret verifies neither this ring's content nor its mac.
    KeyRingContent foreign = content.toBuilder().setSecret(content(other).getSecret()).build();
    assertEquals(Reason.RING_BROKEN, refused(with(ring, c -> foreign)));
  }

  @Test
  void aKeyDoesNotStandForAnother() throws Exception {
    KeyRingContent content = content(ring);
    var first = content.getDataKeys(0);
    byte[] renamed = with(ring, c -> c.toBuilder().setSecret(first.toBuilder().setId(0)).build());
    assertEquals(Reason.DATA_KEY_BROKEN, refused(renamed));
    byte[] numbered = with(ring, c -> c.toBuilder().setSecret(first).build());
    assertEquals(Reason.RING_BROKEN, refused(numbered));
  }

  @Test
  void aRingWithoutItsWrappingKeyIsRefusedByName(@TempDir Path elsewhere) {
    KeyProvider stranger = FileKeyProvider.open(elsewhere.resolve("keys/wrapping.keys"), random);
    KeyFailure failure =
        assertThrows(KeyFailure.class, () -> DataKeys.open(stranger, ring.stored()));
    assertEquals(Reason.WRAPPING_KEY_MISSING, failure.reason());
    assertTrue(String.valueOf(failure.getMessage()).contains(provider.wrappingKeyId()));
  }

  @Test
  void bytesThatAreNoRingAreRefused() {
    assertEquals(Reason.RING_BROKEN, refused(new byte[0]));
    assertEquals(Reason.RING_BROKEN, refused(new byte[DataKeys.STORED_BYTES_MAX + 1]));
    assertEquals(Reason.RING_BROKEN, refused(ROW.toByteArray()));
  }

  private static KeyRingContent content(DataKeys ring) throws Exception {
    return KeyRingContent.parseFrom(KeyRing.parseFrom(ring.stored()).getContent());
  }

  private static byte[] with(DataKeys ring, UnaryOperator<KeyRingContent> change) throws Exception {
    return KeyRing.parseFrom(ring.stored()).toBuilder()
        .setContent(change.apply(content(ring)).toByteString())
        .build()
        .toByteArray();
  }
}
