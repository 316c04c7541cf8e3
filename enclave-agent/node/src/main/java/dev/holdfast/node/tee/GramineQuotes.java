package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * SGX quotes of a JVM that runs under Gramine (Gramine documentation, "Attestation and Secret
 * Provisioning": {@code /dev/attestation}).
 */
public final class GramineQuotes {
  /** Where Gramine shows its files. */
  public static final Path FOLDER = Path.of("/dev/attestation");

  private static final int REPORT_DATA_BYTES = 64;
  private static final int QUOTE_MAX_BYTES = 64 * 1024;
  private static final int REPORT_DATA_OFFSET = 48 + 320;

  private final Path folder;

  private GramineQuotes(Path folder) {
    this.folder = folder;
  }

  /**
   * Takes the files into use.
   *
   * @throws IOException if this process does not run under Gramine with DCAP attestation
   */
  public static GramineQuotes open(Path folder) throws IOException {
    Path type = folder.resolve("attestation_type");
    if (!Files.exists(type)) {
      throw new IOException(
          "no "
              + type
              + ": run this program under gramine-sgx, with sgx.remote_attestation ="
              + " \"dcap\" in its manifest");
    }
    String word = KernelFiles.text(type);
    if (!word.equals("dcap")) {
      throw new IOException(
          "Gramine attests by \"" + word + "\"; set sgx.remote_attestation = \"dcap\"");
    }
    return new GramineQuotes(folder);
  }

  /**
   * A quote of this process's enclave.
   *
   * @param reportData 64 bytes
   */
  public synchronized Bytes quote(Bytes reportData) throws IOException {
    if (reportData.length() != REPORT_DATA_BYTES) {
      throw new IllegalArgumentException("report data have 64 bytes");
    }
    KernelFiles.write(folder.resolve("user_report_data"), reportData);
    Bytes quote = KernelFiles.read(folder.resolve("quote"), QUOTE_MAX_BYTES);
    int end = REPORT_DATA_OFFSET + REPORT_DATA_BYTES;
    if (quote.length() < end || !quote.slice(REPORT_DATA_OFFSET, end).equals(reportData)) {
      throw new IOException(
          folder.resolve("quote")
              + " holds a quote of "
              + quote.length()
              + " bytes for other data than were written to user_report_data");
    }
    return quote;
  }
}
