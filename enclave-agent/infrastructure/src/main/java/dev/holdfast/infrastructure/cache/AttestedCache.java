package dev.holdfast.infrastructure.cache;

import dev.holdfast.infrastructure.cache.ContentRefused.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A store of content under its SHA-256, of which no byte is served that was not verified when read.
 *
 * <p>While content comes in its digest is checked and a Merkle tree of its blocks is built; the
 * root is kept beside it. Blocks are then checked one by one against the tree. What an earlier
 * process left is hashed whole, against its name and its root, before its first use. Content that
 * no allocation names makes room for what one does, least recently read first.
 */
public final class AttestedCache {
  private static final String ROOT_SUFFIX = ".root";
  private static final String PART_SUFFIX = ".part";

  private final Path directory;
  private final Limits limits;
  private final ContentOrigin origin;

  /** In order of use, the least recent first. */
  private final LinkedHashMap<ContentDigest, BlockTree> verified =
      new LinkedHashMap<>(16, 0.75f, true);

  /** One content comes in at a time; reading goes on meanwhile. */
  private final ReentrantLock fetching = new ReentrantLock();

  private final Map<String, Set<ContentDigest>> named = new TreeMap<>();

  /**
   * How much the cache takes.
   *
   * @param capacityBytes all content together, at least 1
   * @param itemBytesMax one content, at most 128 TiB
   */
  public record Limits(long capacityBytes, long itemBytesMax) {
    /** A tree has at most 2^31 - 1 leaves. */
    private static final long ITEM_BYTES_MAX = 1L << 46;

    public Limits {
      if (capacityBytes < 1 || itemBytesMax < 1 || itemBytesMax > ITEM_BYTES_MAX) {
        throw new IllegalArgumentException(
            "capacity " + capacityBytes + " and item limit " + itemBytesMax + " must be positive");
      }
    }
  }

  /** Opens a cache, and verifies what is in it. */
  public AttestedCache(Path directory, Limits limits, ContentOrigin origin) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.limits = limits;
    this.origin = origin;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(PART_SUFFIX)) {
          Files.deleteIfExists(file);
        } else if (name.matches("[0-9a-f]{64}")) {
          adopt(new ContentDigest(name));
        }
      }
    }
  }

  /** What does not hold is removed: it can be fetched again. */
  private void adopt(ContentDigest digest) throws IOException {
    Path root = file(digest, ROOT_SUFFIX);
    try (InputStream in = Files.newInputStream(file(digest, ""))) {
      BlockTree tree = hash(in, digest, limits.itemBytesMax(), _ -> {});
      if (Files.exists(root)
          && Files.size(root) <= 128
          && Files.readString(root, StandardCharsets.US_ASCII).strip().equals(tree.rootHex())) {
        verified.put(digest, tree);
        return;
      }
    } catch (ContentRefused _) {
      // Removed below.
    }
    Files.deleteIfExists(file(digest, ""));
    Files.deleteIfExists(root);
  }

  private interface BlockSink {
    void accept(ByteBuffer block) throws IOException;
  }

  private static BlockTree hash(InputStream in, ContentDigest digest, long bytesMax, BlockSink sink)
      throws IOException {
    MessageDigest sha = ContentDigest.sha256();
    BlockTree.Builder tree = new BlockTree.Builder();
    byte[] block = new byte[BlockTree.BLOCK_BYTES];
    long size = 0;
    for (int length = in.readNBytes(block, 0, block.length);
        length > 0;
        length = in.readNBytes(block, 0, block.length)) {
      size += length;
      if (size > bytesMax) {
        throw new ContentRefused(
            Reason.CONTENT_TOO_LONG,
            "content " + digest + " is longer than " + bytesMax + " bytes");
      }
      sha.update(block, 0, length);
      tree.add(block, length);
      sink.accept(ByteBuffer.wrap(block, 0, length));
    }
    ContentDigest found = ContentDigest.of(sha.digest());
    if (!found.equals(digest)) {
      throw new ContentRefused(
          Reason.CONTENT_MISMATCH,
          "content " + digest + " was expected, and " + found + " was found");
    }
    return tree.build();
  }

  /**
   * Names the content that an allocation wants kept; it is not evicted while it is named.
   *
   * @param allocation whose wish it is
   * @param digests empty to name nothing any more
   */
  public synchronized void name(String allocation, Set<ContentDigest> digests) {
    if (digests.isEmpty()) {
      named.remove(allocation);
    } else {
      named.put(allocation, Set.copyOf(digests));
    }
  }

  /**
   * Brings content in, unless it is there.
   *
   * @param uri an absolute {@code file:} URI, or empty to fetch by digest
   * @param sizeBytesMax its size, beyond which it is refused; 0 for the cache's item limit
   * @return its size in bytes
   * @throws ContentRefused if it does not match, is too long, has no room or may not be fetched
   */
  public long prefetch(ContentDigest digest, String uri, long sizeBytesMax) throws IOException {
    fetching.lock();
    try {
      synchronized (this) {
        BlockTree there = verified.get(digest);
        if (there != null) {
          return there.sizeBytes();
        }
      }
      return fetch(digest, uri, sizeBytesMax);
    } finally {
      fetching.unlock();
    }
  }

  private long fetch(ContentDigest digest, String uri, long sizeBytesMax) throws IOException {
    Path source = origin.locate(digest, uri);
    long size = Files.size(source);
    long most =
        sizeBytesMax > 0 ? Math.min(sizeBytesMax, limits.itemBytesMax()) : limits.itemBytesMax();
    if (size > most) {
      throw new ContentRefused(
          Reason.CONTENT_TOO_LONG,
          "content " + digest + " has " + size + " bytes, and " + most + " are allowed");
    }
    makeRoom(digest, size);
    Path part = file(digest, PART_SUFFIX);
    BlockTree tree;
    try (InputStream in = Files.newInputStream(source);
        FileChannel out =
            FileChannel.open(
                part,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
      // No more than there is room for, even if the source grows meanwhile.
      tree =
          hash(
              in,
              digest,
              size,
              block -> {
                while (block.hasRemaining()) {
                  out.write(block);
                }
              });
      out.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw e;
    }
    Files.writeString(file(digest, ROOT_SUFFIX), tree.rootHex() + "\n", StandardCharsets.US_ASCII);
    Files.move(
        part,
        file(digest, ""),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    synchronized (this) {
      verified.put(digest, tree);
    }
    return tree.sizeBytes();
  }

  private synchronized void makeRoom(ContentDigest wanted, long size) throws IOException {
    long free = limits.capacityBytes() - usedBytes();
    var each = verified.entrySet().iterator();
    while (free < size && each.hasNext()) {
      Map.Entry<ContentDigest, BlockTree> oldest = each.next();
      if (named.values().stream().noneMatch(set -> set.contains(oldest.getKey()))) {
        Files.deleteIfExists(file(oldest.getKey(), ""));
        Files.deleteIfExists(file(oldest.getKey(), ROOT_SUFFIX));
        free += oldest.getValue().sizeBytes();
        each.remove();
      }
    }
    if (free < size) {
      throw new ContentRefused(
          Reason.CACHE_FULL,
          "content "
              + wanted
              + " needs "
              + size
              + " bytes; "
              + free
              + " are free, and allocations name the rest");
    }
  }

  /** The bytes of all content here. */
  public synchronized long usedBytes() {
    return verified.values().stream().mapToLong(BlockTree::sizeBytes).sum();
  }

  /** Whether content is here. */
  public synchronized boolean holds(ContentDigest digest) {
    return verified.containsKey(digest);
  }

  /** The size of content in bytes if it is here, else 0. */
  public synchronized long heldBytes(ContentDigest digest) {
    BlockTree tree = verified.get(digest);
    return tree == null ? 0 : tree.sizeBytes();
  }

  /** The root of a content's block tree, in hexadecimal digits. */
  public synchronized String rootHex(ContentDigest digest) throws IOException {
    return tree(digest).rootHex();
  }

  /** How many blocks some content has. */
  public synchronized int blockCount(ContentDigest digest) throws IOException {
    return tree(digest).blockCount();
  }

  /**
   * Reads one block of 64 KiB, or the rest.
   *
   * @param index from 0
   * @throws ContentRefused if the bytes on disk are not those that were taken in
   */
  public byte[] readBlock(ContentDigest digest, int index) throws IOException {
    BlockTree tree;
    FileChannel channel;
    synchronized (this) {
      tree = tree(digest);
      if (index < 0 || index >= tree.blockCount()) {
        throw new IndexOutOfBoundsException(
            "block " + index + " of " + tree.blockCount() + " of content " + digest);
      }
      channel = FileChannel.open(file(digest, ""), StandardOpenOption.READ);
    }
    long start = (long) index * BlockTree.BLOCK_BYTES;
    int length = (int) Math.min(BlockTree.BLOCK_BYTES, tree.sizeBytes() - start);
    ByteBuffer block = ByteBuffer.allocate(length);
    try (channel) {
      while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {
        // Reads may be short.
      }
    }
    if (block.hasRemaining() || !tree.matches(index, block.array())) {
      // What is no longer here can be fetched again.
      synchronized (this) {
        verified.remove(digest, tree);
      }
      throw new ContentRefused(
          Reason.CONTENT_MISMATCH,
          "block "
              + index
              + " of content "
              + digest
              + " was changed on disk since it was verified; it is not served");
    }
    return block.array();
  }

  private BlockTree tree(ContentDigest digest) throws IOException {
    BlockTree tree = verified.get(digest);
    if (tree == null) {
      throw new ContentRefused(Reason.CONTENT_ABSENT, "content " + digest + " is not in the cache");
    }
    return tree;
  }

  private Path file(ContentDigest digest, String suffix) {
    return directory.resolve(digest.hex() + suffix);
  }
}
