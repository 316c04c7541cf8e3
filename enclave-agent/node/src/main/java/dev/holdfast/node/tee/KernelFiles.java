package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files that a kernel makes up: their size is unknown before they are read, and one write is one.
 */
final class KernelFiles {
  private KernelFiles() {}

  /** The whole content, at most so many bytes. */
  static Bytes read(Path file, int bytesMax) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(bytesMax + 1);
      if (content.length > bytesMax) {
        throw new IOException(file + " holds more than " + bytesMax + " bytes");
      }
      return Bytes.of(content);
    }
  }

  /** A short text without the space around it. */
  static String text(Path file) throws IOException {
    return new String(read(file, 128).toByteArray(), StandardCharsets.US_ASCII).strip();
  }

  /** Writes in one piece, into a file that is there. */
  static void write(Path file, Bytes content) throws IOException {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer all = content.asByteBuffer();
      if (out.write(all) != content.length()) {
        throw new IOException(file + " took only a part of " + content.length() + " bytes");
      }
    }
  }
}
