package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Files below the working directory that are filled from one input: a byte 0x1c, the control
 * character that separates files, ends each but the last. Those that an input has nothing for are
 * not there.
 */
final class RecordedFiles {
  private static final byte SEPARATOR = 0x1c;

  private final Path folder;
  private final List<String> names;
  private final Map<String, byte[]> written = new HashMap<>();

  /** Files of these names, in the order of the input. */
  RecordedFiles(String folder, List<String> names) {
    this.folder = Path.of("").toAbsolutePath().resolve(folder);
    this.names = List.copyOf(names);
  }

  Path folder() {
    return folder;
  }

  /** The input that these contents come from. */
  static Bytes input(String... contents) {
    return Bytes.utf8(String.join(Character.toString(SEPARATOR), contents));
  }

  /** The parts of an input as texts; always as many as asked for. */
  static List<String> texts(byte[] data, int parts) {
    String text = new String(data, StandardCharsets.UTF_8);
    List<String> texts =
        Arrays.asList(Arrays.copyOf(text.split(Character.toString(SEPARATOR), parts), parts));
    texts.replaceAll(part -> part == null ? "" : part);
    return texts;
  }

  /** Writes what differs from the input before. */
  void write(byte[] data) throws IOException {
    int start = 0;
    for (String name : names) {
      Path file = folder.resolve(name);
      if (start > data.length) {
        Files.deleteIfExists(file);
        written.remove(name);
        continue;
      }
      int end = start;
      while (end < data.length && data[end] != SEPARATOR) {
        end++;
      }
      byte[] content = Arrays.copyOfRange(data, start, end);
      start = end + 1;
      if (!Arrays.equals(content, written.get(name))) {
        Path parent = file.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.write(file, content);
        written.put(name, content);
      }
    }
  }
}
