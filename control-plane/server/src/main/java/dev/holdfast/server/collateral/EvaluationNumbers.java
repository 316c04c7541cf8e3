package dev.holdfast.server.collateral;

import dev.holdfast.attestation.TrustZoneName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The highest {@code tcbEvaluationDataNumber} seen in each trust zone, in one small file for each,
 * {@code {zone}/evaluation-number}: collateral below it was true once, and brings back what Intel
 * has since found wanting.
 */
final class EvaluationNumbers {
  private static final String FILE = "evaluation-number";
  private static final int DIGITS_MAX = 10;

  private final Path directory;
  private final Map<TrustZoneName, Long> highest = new ConcurrentHashMap<>();

  EvaluationNumbers(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads what is remembered of a zone.
   *
   * @throws IOException if it cannot be read, or is no number: it is not guessed then
   */
  void open(TrustZoneName zone) throws IOException {
    Path file = file(zone);
    if (Files.notExists(file)) {
      return;
    }
    String text = Files.size(file) > 2 * DIGITS_MAX ? "" : Files.readString(file).strip();
    if (!text.matches("\\d{1," + DIGITS_MAX + "}")) {
      throw new IOException(
          file
              + " holds no number. Write the highest tcbEvaluationDataNumber that this site has"
              + " seen into it, or remove it to begin anew.");
    }
    highest.put(zone, Long.parseLong(text));
  }

  long least(TrustZoneName zone) {
    return highest.getOrDefault(zone, 0L);
  }

  /** Remembers a number that is higher than all before, on disk first. */
  synchronized void saw(TrustZoneName zone, long number) throws IOException {
    if (number <= least(zone)) {
      return;
    }
    Path file = file(zone);
    Files.createDirectories(file.getParent());
    Path part = file.resolveSibling(FILE + ".part");
    Files.writeString(part, number + "\n", StandardCharsets.US_ASCII);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    highest.put(zone, number);
  }

  private Path file(TrustZoneName zone) {
    return directory.resolve(zone.trustZone()).resolve(FILE);
  }
}
