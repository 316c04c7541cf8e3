package dev.holdfast.infrastructure;

import dev.holdfast.proto.node.v1.Allocation;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The allocations that a controller holds, kept in a directory, as they outlive the process: one
 * file for each reservation.
 */
final class HeldAllocations {
  /** Reservations that one controller holds at most. */
  static final int ALLOCATIONS_MAX = 4_000;

  private static final int FILE_BYTES_MAX = 1 << 20;
  private static final String SUFFIX = ".allocation";

  /**
   * An allocation and what its controller must know to find it again.
   *
   * @param allocation as it was told
   * @param tag the controller's own number for it
   */
  record Held(Allocation allocation, int tag) {}

  private final Path directory;
  private final Map<String, Held> held = new LinkedHashMap<>();

  /** Reads what an earlier process left. */
  HeldAllocations(Path directory) throws IOException {
    this.directory =
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        if (Files.size(file) > FILE_BYTES_MAX) {
          throw new IOException(file + " is longer than an allocation can be");
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
          int tag = in.readInt();
          Allocation allocation = Allocation.parseFrom(in.readAllBytes());
          held.put(allocation.getReservation(), new Held(allocation, tag));
        }
      }
    }
  }

  synchronized Optional<Held> get(String reservation) {
    return Optional.ofNullable(held.get(reservation));
  }

  synchronized List<Held> all() {
    return new ArrayList<>(held.values());
  }

  synchronized void put(Held next) throws IOException {
    String reservation = next.allocation().getReservation();
    if (!held.containsKey(reservation) && held.size() >= ALLOCATIONS_MAX) {
      throw new IOException("a controller holds at most " + ALLOCATIONS_MAX + " allocations");
    }
    Path file = file(reservation);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(part))) {
      out.writeInt(next.tag());
      next.allocation().writeTo(out);
    }
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    held.put(reservation, next);
  }

  synchronized void remove(String reservation) throws IOException {
    Files.deleteIfExists(file(reservation));
    held.remove(reservation);
  }

  /** A name from outside is never a file's name. */
  private Path file(String reservation) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(reservation.getBytes(StandardCharsets.UTF_8));
      return directory.resolve(HexFormat.of().formatHex(digest, 0, 16) + SUFFIX);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
