package dev.holdfast.store.evidence;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The last evidence of each node that was accepted, and the last that was refused, as it came: a
 * file for each, {@code {zone}/{node}.accepted} and {@code {zone}/{node}.refused} below one folder.
 *
 * <p>It is an aid, not a record: a file that is lost is evidence that cannot be judged again until
 * the node answers its next challenge. Where there is no more room, the evidence that was kept
 * longest goes first. Safe for use by many threads; a folder belongs to one archive at a time.
 */
public final class EvidenceArchive {
  /** Most bytes of one bundle that are kept. */
  public static final int BUNDLE_BYTES_MAX = 4 * 1024 * 1024;

  private static final String PART = ".part";

  private final Path directory;
  private final Room room;
  private final Map<Key, Long> kept = new LinkedHashMap<>();
  private long bytes;

  /** How evidence was judged. */
  public enum Outcome {
    /** It was not contraindicated. */
    ACCEPTED,
    /** It was. */
    REFUSED;

    private String suffix() {
      return "." + name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How much is kept at most.
   *
   * @param files number of bundles, 1 or more
   * @param bytes of all of them; at least one largest bundle
   */
  public record Room(int files, long bytes) {
    /** 20,000 bundles, 4 GiB. */
    public static final Room DEFAULT = new Room(20_000, 4L << 30);

    /** Refuses room for nothing. */
    public Room {
      if (files < 1 || bytes < BUNDLE_BYTES_MAX) {
        throw new IllegalArgumentException("an archive has room for one bundle of 4 MiB or more");
      }
    }
  }

  private record Key(NodeName node, Outcome outcome) {}

  private EvidenceArchive(Path directory, Room room) {
    this.directory = directory;
    this.room = room;
  }

  /**
   * Opens a folder, which is made if it is not there; what was being written when a server ended is
   * removed.
   */
  public static EvidenceArchive open(Path directory, Room room) throws IOException {
    Files.createDirectories(directory);
    EvidenceArchive archive = new EvidenceArchive(directory, room);
    archive.find();
    return archive;
  }

  private record Found(Key key, long length, FileTime at) {}

  private void find() throws IOException {
    List<Found> found = new ArrayList<>();
    try (DirectoryStream<Path> zones = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path zone : zones) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(zone)) {
          for (Path file : files) {
            if (file.getFileName().toString().endsWith(PART)) {
              Files.delete(file);
            } else {
              key(zone, file)
                  .ifPresent(key -> found.add(new Found(key, length(file), lastModified(file))));
            }
          }
        }
      }
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
    found.sort(Comparator.comparing(Found::at));
    for (Found one : found) {
      kept.put(one.key(), one.length());
      bytes += one.length();
    }
    makeRoom();
  }

  /** Files that are not ours are left alone. */
  private static Optional<Key> key(Path zone, Path file) {
    String name = file.getFileName().toString();
    for (Outcome outcome : Outcome.values()) {
      if (name.endsWith(outcome.suffix()) && Files.isRegularFile(file)) {
        String node = name.substring(0, name.length() - outcome.suffix().length());
        try {
          return Optional.of(new Key(new NodeName(zone.getFileName().toString(), node), outcome));
        } catch (IllegalArgumentException notOurs) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static long length(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileTime lastModified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Keeps a bundle in place of the one that was kept of the node for the same outcome. One of more
   * than {@link #BUNDLE_BYTES_MAX} is not kept.
   *
   * @throws IOException if it cannot be written; what was kept before stays then
   */
  public synchronized void keep(NodeName node, Outcome outcome, Bytes bundle) throws IOException {
    if (bundle.length() > BUNDLE_BYTES_MAX) {
      return;
    }
    Key key = new Key(node, outcome);
    Path file = file(key);
    Files.createDirectories(file.getParent());
    Path part = file.resolveSibling(file.getFileName() + PART);
    Files.write(part, bundle.toByteArray());
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Long before = kept.remove(key);
    kept.put(key, (long) bundle.length());
    bytes += bundle.length() - (before == null ? 0 : before);
    makeRoom();
  }

  /** The oldest go until there is room; the newest always stays. */
  private void makeRoom() throws IOException {
    Iterator<Map.Entry<Key, Long>> oldest = kept.entrySet().iterator();
    while (kept.size() > room.files() || bytes > room.bytes()) {
      Map.Entry<Key, Long> entry = oldest.next();
      Files.deleteIfExists(file(entry.getKey()));
      bytes -= entry.getValue();
      oldest.remove();
    }
  }

  /** What is kept of a node; empty where nothing is, or where it cannot be read any more. */
  public synchronized Optional<Bytes> find(NodeName node, Outcome outcome) {
    Key key = new Key(node, outcome);
    if (!kept.containsKey(key)) {
      return Optional.empty();
    }
    Path file = file(key);
    try {
      return Files.size(file) > BUNDLE_BYTES_MAX
          ? Optional.empty()
          : Optional.of(Bytes.of(Files.readAllBytes(file)));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /** Removes all that is kept of a node. */
  public synchronized void delete(NodeName node) throws IOException {
    for (Outcome outcome : Outcome.values()) {
      Key key = new Key(node, outcome);
      Files.deleteIfExists(file(key));
      Long length = kept.remove(key);
      bytes -= length == null ? 0 : length;
    }
  }

  /** How many bundles are kept. */
  public synchronized int size() {
    return kept.size();
  }

  /** Ids are of [a-z0-9-], so that they are names of files as they stand. */
  private Path file(Key key) {
    return directory
        .resolve(key.node().trustZone())
        .resolve(key.node().node() + key.outcome().suffix());
  }
}
