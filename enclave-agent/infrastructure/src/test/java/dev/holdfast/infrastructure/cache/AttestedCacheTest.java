package dev.holdfast.infrastructure.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Content goes in whole, stays as it was, and comes out proven. */
final class AttestedCacheTest {
  private static final long SEED = 20260101;
  private static final int BLOCK = BlockTree.BLOCK_BYTES;

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private Path origin;
  private Path allowed;

  @BeforeEach
  void folders() throws IOException {
    origin = Files.createDirectory(folder.resolve("origin"));
    allowed = Files.createDirectory(folder.resolve("allowed"));
  }

  @Test
  void whatGoesInComesOutBlockByBlock() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    for (int size : new int[] {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 7 * BLOCK + 5}) {
      byte[] content = bytes(size);
      ContentDigest digest = publish(content);
      assertEquals(size, cache.prefetch(digest, "", 0));
      assertEquals((size + BLOCK - 1) / BLOCK, cache.blockCount(digest));
      for (int i = 0; i < cache.blockCount(digest); i++) {
        assertArrayEquals(
            Arrays.copyOfRange(content, i * BLOCK, Math.min(size, (i + 1) * BLOCK)),
            cache.readBlock(digest, i),
            "seed " + SEED);
      }
    }
  }

  @Test
  void aFlippedBitOnDiskIsRefusedAndTheBlockIsNamed() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    ContentDigest digest = publish(bytes(5 * BLOCK + 99));
    for (int block = 0; block < 6; block++) {
      cache.prefetch(digest, "", 0);
      flip(file(digest), (long) block * BLOCK + random.nextInt(99), 1 << random.nextInt(8));
      int wrong = block;
      for (int other = 0; other < 6; other++) {
        if (other != wrong) {
          assertTrue(cache.readBlock(digest, other).length > 0);
        }
      }
      ContentRefused refusal =
          refused(ContentRefused.Reason.CONTENT_MISMATCH, () -> cache.readBlock(digest, wrong));
      assertTrue(
          String.valueOf(refusal.getMessage()).contains("block " + wrong + " of"),
          refusal::toString);
      refused(ContentRefused.Reason.CONTENT_ABSENT, () -> cache.readBlock(digest, wrong));
    }
  }

  @Test
  void aShortenedFileIsRefused() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    ContentDigest digest = publish(bytes(2 * BLOCK));
    cache.prefetch(digest, "", 0);
    try (RandomAccessFile file = new RandomAccessFile(file(digest).toFile(), "rw")) {
      file.setLength(BLOCK + 7);
    }
    refused(ContentRefused.Reason.CONTENT_MISMATCH, () -> cache.readBlock(digest, 1));
  }

  @Test
  void contentThatDoesNotMatchIsNotTakenIn() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    ContentDigest digest = publish(bytes(3 * BLOCK));
    flip(origin.resolve(digest.hex()), 2L * BLOCK + 1, 4);
    refused(ContentRefused.Reason.CONTENT_MISMATCH, () -> cache.prefetch(digest, "", 0));
    assertFalse(cache.holds(digest));
    try (var files = Files.list(folder.resolve("cache"))) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void whatAnEarlierProcessLeftIsHashedBeforeItsFirstUse() throws IOException {
    AttestedCache earlier = open(100 * BLOCK);
    ContentDigest good = publish(bytes(2 * BLOCK));
    ContentDigest changed = publish(bytes(2 * BLOCK));
    ContentDigest rooted = publish(bytes(BLOCK));
    for (ContentDigest digest : Set.of(good, changed, rooted)) {
      earlier.prefetch(digest, "", 0);
    }
    flip(file(changed), 70_000, 1);
    flip(folder.resolve("cache").resolve(rooted.hex() + ".root"), 3, 1);
    AttestedCache later = open(100 * BLOCK);
    assertEquals(earlier.rootHex(good), later.rootHex(good));
    assertFalse(later.holds(changed));
    assertFalse(later.holds(rooted));
    assertEquals(2 * BLOCK, later.prefetch(changed, "", 0));
  }

  @Test
  void onlyWhatNoAllocationNamesMakesRoom() throws IOException {
    AttestedCache cache = open(4 * BLOCK);
    ContentDigest named = publish(bytes(2 * BLOCK));
    ContentDigest free = publish(bytes(2 * BLOCK));
    ContentDigest next = publish(bytes(BLOCK));
    ContentDigest large = publish(bytes(3 * BLOCK));
    cache.name("a", Set.of(named));
    cache.prefetch(named, "", 0);
    cache.prefetch(free, "", 0);
    cache.prefetch(next, "", 0);
    assertTrue(cache.holds(named) && !cache.holds(free) && cache.holds(next));
    refused(ContentRefused.Reason.CACHE_FULL, () -> cache.prefetch(large, "", 0));
    cache.name("a", Set.of());
    cache.prefetch(large, "", 0);
    assertTrue(cache.usedBytes() <= 4 * BLOCK);
  }

  @Test
  void contentLongerThanToldIsRefused() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    ContentDigest digest = publish(bytes(2 * BLOCK));
    refused(ContentRefused.Reason.CONTENT_TOO_LONG, () -> cache.prefetch(digest, "", BLOCK));
    assertEquals(2 * BLOCK, cache.prefetch(digest, "", 2 * BLOCK));
  }

  @Test
  void aUriLeadsOnlyBelowTheAllowedFolder() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    byte[] content = bytes(99);
    ContentDigest digest = digest(content);
    Files.write(allowed.resolve("data.bin"), content);
    Path secret = Files.write(folder.resolve("secret"), content);
    Files.createSymbolicLink(allowed.resolve("link"), secret);
    for (String uri :
        new String[] {
          secret.toUri().toString(),
          "file://" + allowed + "/../secret",
          "file://" + allowed + "/link",
          "file://" + allowed,
          "file://host" + allowed + "/data.bin",
          "http://localhost/data.bin",
          "file:data.bin",
          "file://" + allowed + "/%00",
          "not a uri"
        }) {
      refused(ContentRefused.Reason.ORIGIN_FORBIDDEN, () -> cache.prefetch(digest, uri, 0));
    }
    refused(
        ContentRefused.Reason.CONTENT_ABSENT,
        () -> cache.prefetch(digest, "file://" + allowed + "/none", 0));
    assertEquals(99, cache.prefetch(digest, "file://" + allowed + "/data.bin", 0));
  }

  @Test
  void theRootNamesContentAndLength() throws IOException {
    AttestedCache cache = open(100 * BLOCK);
    // Two leaves as content must not look like their parent, nor zeros like fewer zeros.
    ContentDigest zeros = publish(new byte[BLOCK]);
    ContentDigest fewer = publish(new byte[BLOCK - 1]);
    ContentDigest twice = publish(new byte[2 * BLOCK]);
    for (ContentDigest digest : Set.of(zeros, fewer, twice)) {
      cache.prefetch(digest, "", 0);
    }
    assertNotEquals(cache.rootHex(zeros), cache.rootHex(fewer));
    assertNotEquals(cache.rootHex(zeros), cache.rootHex(twice));
    assertNotEquals(zeros.hex(), cache.rootHex(zeros));
  }

  private AttestedCache open(long capacity) throws IOException {
    return new AttestedCache(
        folder.resolve("cache"),
        new AttestedCache.Limits(capacity, 50 * BLOCK),
        new ContentOrigin(origin, Optional.of(allowed)));
  }

  private static ContentRefused refused(ContentRefused.Reason reason, Executable read) {
    ContentRefused refusal = assertThrows(ContentRefused.class, read);
    assertEquals(reason, refusal.reason());
    return refusal;
  }

  private byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private static ContentDigest digest(byte[] content) {
    return ContentDigest.of(ContentDigest.sha256().digest(content));
  }

  private ContentDigest publish(byte[] content) throws IOException {
    ContentDigest digest = digest(content);
    Files.write(origin.resolve(digest.hex()), content);
    return digest;
  }

  private Path file(ContentDigest digest) {
    return folder.resolve("cache").resolve(digest.hex());
  }

  private static void flip(Path path, long at, int mask) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ mask);
    }
  }
}
