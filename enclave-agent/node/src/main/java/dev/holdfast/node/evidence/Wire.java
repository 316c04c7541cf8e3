package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the makers of statements share. */
final class Wire {
  private static final int EVENT_LOG_BYTES_MAX = 1 << 20;
  private static final int REPORT_DATA_BYTES = 64;

  private Wire() {}

  static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }

  /** The binding as the first half of otherwise zero report data. */
  static Bytes reportData(Binding binding) {
    Bytes digest = binding.digest();
    return Bytes.concat(digest, Bytes.of(new byte[REPORT_DATA_BYTES - digest.length()]));
  }

  /**
   * The firmware's event log.
   *
   * @param named by the operator: it must be there
   * @param kernel where the kernel shows it: sent where it is readable
   */
  static ByteString eventLog(Optional<Path> named, Path kernel) throws IOException {
    ByteString log = log(named, kernel, EVENT_LOG_BYTES_MAX);
    if (log.size() > EVENT_LOG_BYTES_MAX) {
      throw new IOException("the event log " + named.orElse(kernel) + " is longer than 1 MiB");
    }
    return log;
  }

  /**
   * A log, of which no more is read than one byte more than there may be.
   *
   * @param named by the operator: it must be there
   * @param kernel where the kernel shows it: read where it is readable
   */
  static ByteString log(Optional<Path> named, Path kernel, int bytesMax) throws IOException {
    Path file = named.orElse(kernel);
    if (named.isEmpty() && !Files.isReadable(file)) {
      return ByteString.EMPTY;
    }
    // Sizes of files that the kernel makes up are zero: read to the limit and one byte more.
    try (var in = Files.newInputStream(file)) {
      return ByteString.copyFrom(in.readNBytes(bytesMax + 1));
    }
  }
}
