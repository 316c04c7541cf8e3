package dev.holdfast.store.transfer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A file that is there, under its name and on the disk, only once it is whole. */
final class NewFile implements AutoCloseable {
  private final Path name;
  private final Path part;
  private final FileChannel channel;
  private boolean kept;

  private NewFile(Path name, Path part, FileChannel channel) {
    this.name = name;
    this.part = part;
    this.channel = channel;
  }

  static NewFile at(Path name) throws IOException {
    if (Files.exists(name)) {
      throw new TransferException(name + " is there already. Name another file, or remove it.");
    }
    Path part = name.resolveSibling(name.getFileName() + ".part");
    Files.deleteIfExists(part);
    FileChannel channel =
        FileChannel.open(
            part,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return new NewFile(name, part, channel);
  }

  OutputStream out() {
    return Channels.newOutputStream(channel);
  }

  void keep() throws IOException {
    channel.force(true);
    Files.move(part, name, StandardCopyOption.ATOMIC_MOVE);
    kept = true;
    Path folder = name.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!kept) {
      Files.deleteIfExists(part);
    }
  }
}
