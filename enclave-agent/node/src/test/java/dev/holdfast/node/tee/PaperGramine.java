package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Gramine's files, served until the tests end: a quote of nothing but the report data written. */
public final class PaperGramine {
  private static final int REPORT_DATA_OFFSET = 368;
  private static final int QUOTE_BYTES = 600;

  private PaperGramine() {}

  /** Serves them in a folder that is made. */
  public static Path serve(Path folder) throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("attestation_type"), "dcap\n");
    Path data = folder.resolve("user_report_data");
    Path quote = folder.resolve("quote");
    PaperPipes.make(data);
    PaperPipes.make(quote);
    Thread.ofPlatform().daemon().start(() -> serve(data, quote));
    return folder;
  }

  private static void serve(Path data, Path quote) {
    try {
      while (true) {
        byte[] written = PaperPipes.take(data).toByteArray();
        var made = new byte[QUOTE_BYTES];
        System.arraycopy(written, 0, made, REPORT_DATA_OFFSET, written.length);
        PaperPipes.give(quote, Bytes.of(made));
      }
    } catch (IOException e) {
      if (Files.exists(quote)) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
