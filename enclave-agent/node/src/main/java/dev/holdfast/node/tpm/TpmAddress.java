package dev.holdfast.node.tpm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where a TPM 2.0 is reached: {@code unix:/path} or {@code device:/dev/tpmrm0}. */
public sealed interface TpmAddress {
  /** Where it lies. */
  Path path();

  /**
   * A Unix socket that takes raw commands, as a software TPM's data channel does.
   *
   * @param path at most 107 bytes
   */
  record UnixSocket(Path path) implements TpmAddress {
    /** Refuses a path that no socket address can hold. */
    public UnixSocket {
      if (path.toString().getBytes(StandardCharsets.UTF_8).length > 107) {
        throw new IllegalArgumentException(
            "the path of a Unix socket has at most 107 bytes; choose a shorter directory for "
                + path);
      }
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * A character device with a resource manager.
   *
   * @param path such as /dev/tpmrm0
   */
  record Device(Path path) implements TpmAddress {
    @Override
    public String toString() {
      return "device:" + path;
    }
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException with the forms allowed, if the text is anything else
   */
  static TpmAddress parse(String text) {
    if (text.startsWith("unix:/")) {
      return new UnixSocket(Path.of(text.substring("unix:".length())));
    }
    if (text.startsWith("device:/")) {
      return new Device(Path.of(text.substring("device:".length())));
    }
    throw new IllegalArgumentException(
        "a TPM's address is unix:/path/to/socket or device:/dev/tpmrm0, not \"" + text + "\"");
  }
}
