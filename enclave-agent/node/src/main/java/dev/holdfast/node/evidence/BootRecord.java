package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import dev.holdfast.node.state.StateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;

/** The boot that a node is in: its random name, and how many sets of metrics were taken in it. */
final class BootRecord {
  private static final String FILE = "boot";
  private static final int BYTES = 40;
  private static final Path KERNEL_BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final StateFiles state;
  private final UUID kernelBoot;
  private final byte[] bootId;
  private long sequence;

  private BootRecord(StateFiles state, UUID kernelBoot, byte[] bootId, long sequence) {
    this.state = state;
    this.kernelBoot = kernelBoot;
    this.bootId = bootId;
    this.sequence = sequence;
  }

  /**
   * Goes on with the boot recorded, or begins another: after a reboot of the machine, and when the
   * node holds nothing, as another name says just that.
   */
  static BootRecord open(StateFiles state, boolean holdsSomething) throws IOException {
    UUID kernelBoot = kernelBoot();
    Optional<byte[]> content = state.read(FILE);
    if (holdsSomething && content.isPresent() && content.get().length == BYTES) {
      ByteBuffer in = ByteBuffer.wrap(content.get());
      var recorded = new UUID(in.getLong(), in.getLong());
      var bootId = new byte[16];
      in.get(bootId);
      long sequence = in.getLong();
      if (recorded.equals(kernelBoot) && sequence >= 0) {
        return new BootRecord(state, kernelBoot, bootId, sequence);
      }
    }
    var bootId = new byte[16];
    new SecureRandom().nextBytes(bootId);
    return new BootRecord(state, kernelBoot, bootId, 0);
  }

  private static UUID kernelBoot() throws IOException {
    try {
      return UUID.fromString(Files.readString(KERNEL_BOOT_ID).strip());
    } catch (IllegalArgumentException e) {
      throw new IOException(KERNEL_BOOT_ID + " holds no UUID", e);
    }
  }

  ByteString bootId() {
    return ByteString.copyFrom(bootId);
  }

  /** The next sequence number, recorded before it is used. */
  long next() throws IOException {
    sequence++;
    state.write(
        FILE,
        ByteBuffer.allocate(BYTES)
            .putLong(kernelBoot.getMostSignificantBits())
            .putLong(kernelBoot.getLeastSignificantBits())
            .put(bootId)
            .putLong(sequence)
            .array());
    return sequence;
  }
}
