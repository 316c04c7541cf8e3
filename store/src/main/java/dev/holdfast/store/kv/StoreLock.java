package dev.holdfast.store.kv;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The right to be the only one who uses an embedded store's files: a lock on the file {@code .lock}
 * beside them, which holds the number of the process that has it and ends with that process.
 */
final class StoreLock implements AutoCloseable {
  private static final Pattern PROCESS = Pattern.compile("[0-9]{1,19}");

  private final FileChannel channel;

  private StoreLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes it.
   *
   * @param store the store's file, which need not exist
   * @throws StoreUnavailable when it is taken, or cannot be
   */
  static StoreLock take(Path store) {
    return tryTake(store)
        .orElseThrow(
            () ->
                new StoreUnavailable(
                    store + " is in use by process " + holder(store) + ". Stop it first."));
  }

  /** Takes it unless somebody has it, in this process or another. */
  static Optional<StoreLock> tryTake(Path store) {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              path(store),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (IOException e) {
      throw new StoreUnavailable("cannot open " + path(store), e);
    }
    try {
      FileLock held = channel.tryLock();
      if (held == null) {
        channel.close();
        return Optional.empty();
      }
      byte[] self = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(self), 0);
      return Optional.of(new StoreLock(channel));
    } catch (OverlappingFileLockException e) {
      closeQuietly(channel, e);
      return Optional.empty();
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw new StoreUnavailable("cannot lock " + path(store), e);
    }
  }

  private static void closeQuietly(FileChannel channel, Exception why) {
    try {
      channel.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private static String holder(Path store) {
    var bytes = ByteBuffer.allocate(20);
    try (FileChannel channel = FileChannel.open(path(store), StandardOpenOption.READ)) {
      channel.read(bytes, 0);
    } catch (IOException e) {
      return "unknown";
    }
    String said = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    return PROCESS.matcher(said).matches() ? said : "unknown";
  }

  private static Path path(Path store) {
    return store.resolveSibling(store.getFileName() + ".lock");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
