package dev.holdfast.enclave;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The place of the broker's socket, which nobody else may prepare or replace.
 *
 * @param path the socket; at most 100 bytes, as the kernel takes no more than 107
 * @param group whether the group may connect as well (mode 0660 in place of 0600)
 */
record BrokerSocket(Path path, boolean group) {
  private static final int PATH_BYTES_MAX = 100;

  BrokerSocket {
    path = path.toAbsolutePath().normalize();
    if (path.toString().length() > PATH_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the socket's path is longer than " + PATH_BYTES_MAX + " bytes: " + path);
    }
  }

  /** Checks the place, and removes what an earlier agent of the same user left there. */
  void prepare() throws IOException {
    Path directory = path.getParent();
    if (directory == null) {
      throw new IOException("the socket needs a directory: " + path);
    }
    long user = uid(Path.of("/proc/self"));
    PosixFileAttributes place =
        Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    long owner = uid(directory);
    if (!place.isDirectory() || (owner != user && owner != 0)) {
      throw new IOException(
          directory + " must be a directory of the agent's own user or of root, not a link");
    }
    if (place.permissions().contains(PosixFilePermission.GROUP_WRITE)
        || place.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          directory
              + " may be written by others ("
              + PosixFilePermissions.toString(place.permissions())
              + "), who could put their own socket there. Use a directory of mode 0755 or less.");
    }
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    PosixFileAttributes there =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!there.isOther() || uid(path) != user) {
      throw new IOException(
          path
              + " is there already, and is not a socket of this user. Remove it, or choose"
              + " another.");
    }
    if (answers()) {
      throw new IOException("another agent serves " + path);
    }
    Files.delete(path);
  }

  private boolean answers() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException _) {
      return false;
    }
  }

  /** Sets who may connect, once the socket is there. */
  void open() throws IOException {
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(group ? "rw-rw----" : "rw-------"));
  }

  private static long uid(Path file) throws IOException {
    Object uid = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    return uid instanceof Integer id ? Integer.toUnsignedLong(id) : -1;
  }
}
