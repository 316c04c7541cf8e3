package dev.holdfast.node.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * A node's state directory: mode 0700, files of mode 0600, each replaced as a whole.
 *
 * @param directory where it is
 */
public record StateFiles(Path directory) {
  private static final int FILE_BYTES_MAX = 8 << 20;

  /** Opens the directory; makes it, or takes other users' rights away from it. */
  public static StateFiles in(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    return new StateFiles(directory);
  }

  /** A directory within it. */
  public StateFiles within(String name) throws IOException {
    return in(directory.resolve(name));
  }

  /** What a file holds; empty if it was never written. */
  public Optional<byte[]> read(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new IOException("the state file " + file + " is longer than any that a node writes");
    }
    return Optional.of(Files.readAllBytes(file));
  }

  /** Replaces a file: after a crash it holds all of the old content or all of the new. */
  public void write(String name, byte[] content) throws IOException {
    Path fresh = directory.resolve(name + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        fresh,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
