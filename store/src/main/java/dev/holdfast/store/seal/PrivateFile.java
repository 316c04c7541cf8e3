package dev.holdfast.store.seal;

import dev.holdfast.store.seal.KeyFailure.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Set;

/** Files with secrets, which only their owner may reach. */
public final class PrivateFile {
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private PrivateFile() {}

  /**
   * Checks that neither group nor others can reach a file.
   *
   * @throws KeyFailure FILE_EXPOSED when they can, FILE_UNUSABLE when there is none
   */
  public static void require(Path file) {
    require(file, "chmod 600", "file");
  }

  /** The same of a folder. */
  static void requireFolder(Path folder) {
    require(folder, "chmod 700", "folder");
  }

  private static void require(Path path, String remedy, String kind) {
    Set<PosixFilePermission> found;
    try {
      found = Files.getPosixFilePermissions(path);
    } catch (IOException e) {
      throw new KeyFailure(Reason.FILE_UNUSABLE, "cannot read " + kind + " " + path, e);
    }
    if (!Collections.disjoint(found, OTHERS)) {
      throw new KeyFailure(
          Reason.FILE_EXPOSED,
          ("%s %s can be reached by others (%s). Run %s on it, and replace the secret if they may"
                  + " have read it.")
              .formatted(kind, path, PosixFilePermissions.toString(found), remedy));
    }
  }

  /**
   * Reads a file that only its owner can reach.
   *
   * @param bytesMax how much it may hold
   * @throws KeyFailure FILE_EXPOSED or FILE_UNUSABLE
   */
  public static byte[] read(Path file, int bytesMax) {
    require(file);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > bytesMax) {
        throw new KeyFailure(
            Reason.FILE_UNUSABLE, file + " is no file of at most " + bytesMax + " bytes");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new KeyFailure(Reason.FILE_UNUSABLE, "cannot read " + file, e);
    }
  }

  /** Writes a file that is not there yet, durably and whole; false when it is there. */
  static boolean create(Path file, byte[] content) throws IOException {
    Path fresh = written(file, content);
    try {
      Files.createLink(file, fresh);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.delete(fresh);
      syncFolder(file);
    }
  }

  /** Replaces a file, durably and whole. */
  static void replace(Path file, byte[] content) throws IOException {
    Files.move(written(file, content), file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(file);
  }

  /** Makes a folder, and those above it, for its owner alone, if it is not there. */
  static void createFolder(Path folder) throws IOException {
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER));
  }

  private static Path written(Path file, byte[] content) throws IOException {
    Path fresh = Files.createTempFile(folder(file), ".", ".new");
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    return fresh;
  }

  private static void syncFolder(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(folder(file), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }
}
