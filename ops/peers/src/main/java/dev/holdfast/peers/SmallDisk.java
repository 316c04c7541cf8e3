package dev.holdfast.peers;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of a size, in memory, that can be filled up; it ends with this object. */
public final class SmallDisk implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  private final Path folder;
  private final Thread unmounter = new Thread(this::unmount, "unmount a small disk");

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Whether this process may mount file systems. */
  public static boolean permitted(Path folder) {
    try {
      mount(folder, 1 << 20).close();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /**
   * Mounts one on a folder, which is created where it is missing.
   *
   * @throws IllegalStateException when that is not permitted
   */
  public static SmallDisk mount(Path folder, long bytes) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
    Commands.run(
        List.of("mount", "-t", "tmpfs", "-o", "size=" + bytes, "holdfast", folder.toString()));
    var disk = new SmallDisk(folder);
    Runtime.getRuntime().addShutdownHook(disk.unmounter);
    return disk;
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** Leaves no byte free. */
  public void fill() {
    try (OutputStream file = Files.newOutputStream(ballast())) {
      while (true) {
        file.write(new byte[CHUNK]);
      }
    } catch (IOException full) {
      // That is what was wanted.
      return;
    }
  }

  /** Gives back what {@link #fill} took. */
  public void empty() {
    try {
      Files.deleteIfExists(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot empty " + folder, e);
    }
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  private void unmount() {
    Commands.failure(List.of("umount", "--lazy", folder.toString()));
  }

  /** Unmounts it; what was on it is gone. */
  @Override
  public void close() {
    unmount();
    try {
      Runtime.getRuntime().removeShutdownHook(unmounter);
    } catch (IllegalStateException e) {
      // The virtual machine is on its way out and runs the hook itself.
      return;
    }
  }
}
