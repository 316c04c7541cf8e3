package dev.holdfast.server.rollback;

import dev.holdfast.attestation.TrustZoneName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The highest number of a kind that was seen in each trust zone, in one small file for each, {@code
 * {zone}/{file}}: what comes with a lower one was good once, and brings back what was found wanting
 * since. Safe for use by many threads.
 */
public final class HighestSeen {
  private static final int BYTES_MAX = 32;

  private final Path directory;
  private final String file;
  private final String what;
  private final Map<TrustZoneName, Long> highest = new ConcurrentHashMap<>();

  /**
   * Remembers in a directory, which need not be there yet.
   *
   * @param file the name of every zone's file
   * @param what the number is called, for messages
   */
  public HighestSeen(Path directory, String file, String what) {
    this.directory = directory;
    this.file = file;
    this.what = what;
  }

  /**
   * Reads what is remembered of a zone.
   *
   * @throws IOException if it cannot be read, or is no number: it is not guessed then
   */
  public void open(TrustZoneName zone) throws IOException {
    Path path = path(zone);
    if (Files.notExists(path)) {
      return;
    }
    String text = Files.size(path) > BYTES_MAX ? "" : Files.readString(path).strip();
    try {
      highest.put(zone, Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new IOException(
          "%s holds no number. Write the highest %s that this site has seen into it, or remove it to begin anew."
              .formatted(path, what),
          e);
    }
  }

  /** The least that is not a step back; 0 where nothing was seen. */
  public long least(TrustZoneName zone) {
    return highest.getOrDefault(zone, 0L);
  }

  /** Remembers a number that is higher than all before, on disk first. */
  public synchronized void saw(TrustZoneName zone, long number) throws IOException {
    if (number <= least(zone)) {
      return;
    }
    Path path = path(zone);
    Files.createDirectories(path.getParent());
    Path part = path.resolveSibling(file + ".part");
    Files.writeString(part, number + "\n", StandardCharsets.US_ASCII);
    Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    highest.put(zone, number);
  }

  private Path path(TrustZoneName zone) {
    return directory.resolve(zone.trustZone()).resolve(file);
  }
}
