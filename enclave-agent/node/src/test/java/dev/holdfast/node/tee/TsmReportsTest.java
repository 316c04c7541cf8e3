package dev.holdfast.node.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Report entries that behave as Linux's do, and as they may when others use them too. */
@Timeout(60)
final class TsmReportsTest {
  private static final Path PATH = Path.of("/report/entry");
  private static final Bytes DATA =
      Bytes.concat(Bytes.fromHex("5c".repeat(32)), Bytes.of(new byte[32]));

  @TempDir private Path directory;

  private static Bytes report(GuestReport.Provider provider, int version, Bytes data) {
    byte[] report = new byte[provider == GuestReport.Provider.SEV_GUEST ? 1184 : 5000];
    report[0] = (byte) version;
    int at = provider == GuestReport.Provider.SEV_GUEST ? 0x50 : version == 5 ? 574 : 568;
    System.arraycopy(data.toByteArray(), 0, report, at, data.length());
    return Bytes.of(report);
  }

  /** An entry as drivers/virt/coco/tsm.c serves it. */
  private static final class Kernel implements ReportEntry {
    private final GuestReport.Provider provider;
    private final List<String> writes = new ArrayList<>();
    private long generation = 7;
    private int version = 4;
    private Bytes data = Bytes.EMPTY;
    private Bytes auxiliary = Bytes.EMPTY;
    private int busy;
    private int othersAfterWrite;
    private int othersAfterRead;
    private int length = -1;

    Kernel(GuestReport.Provider provider) {
      this.provider = provider;
    }

    private void othersWrite() {
      generation++;
      data = Bytes.of(new byte[64]);
    }

    @Override
    public Bytes read(String attribute, int bytesMax) throws IOException {
      Bytes content =
          switch (attribute) {
            case "provider" -> Bytes.utf8(provider.word() + "\n");
            case "generation" -> Bytes.utf8(generation + "\n");
            case "auxblob" -> auxiliary;
            case "outblob" -> {
              if (data.isEmpty()) {
                throw new FileSystemException("outblob", null, "Invalid argument");
              }
              if (busy > 0) {
                busy--;
                throw new IOException("Device or resource busy");
              }
              Bytes made = report(provider, version, data);
              if (othersAfterRead > 0) {
                othersAfterRead--;
                othersWrite();
              }
              yield length < 0 ? made : Bytes.of(new byte[length]);
            }
            default -> throw new IOException("no attribute " + attribute);
          };
      if (content.length() > bytesMax) {
        throw new IOException(attribute + " is too long");
      }
      return content;
    }

    @Override
    public void write(String attribute, Bytes content) {
      writes.add(attribute);
      generation++;
      if (attribute.equals("inblob")) {
        data = content;
        if (othersAfterWrite > 0) {
          othersAfterWrite--;
          othersWrite();
        }
      }
    }
  }

  private static TsmReports open(Kernel kernel) throws IOException {
    return TsmReports.open(PATH, kernel, OptionalInt.empty(), false);
  }

  @Test
  void aReportIsForTheDataWritten() throws IOException {
    for (int version : new int[] {4, 5}) {
      Kernel kernel = new Kernel(GuestReport.Provider.TDX_GUEST);
      kernel.version = version;
      kernel.auxiliary = Bytes.utf8("not for TDX");
      GuestReport report = open(kernel).report(DATA);
      assertEquals(report(GuestReport.Provider.TDX_GUEST, version, DATA), report.report());
      assertEquals(Bytes.EMPTY, report.auxiliary());
      assertEquals(List.of("inblob"), kernel.writes);
    }
    Kernel kernel = new Kernel(GuestReport.Provider.SEV_GUEST);
    kernel.auxiliary = Bytes.utf8("table");
    assertEquals(Bytes.utf8("table"), open(kernel).report(DATA).auxiliary());
  }

  @Test
  void aPrivilegeLevelIsWrittenAndCounted() throws IOException {
    Kernel kernel = new Kernel(GuestReport.Provider.SEV_GUEST);
    TsmReports.open(PATH, kernel, OptionalInt.of(2), false).report(DATA);
    assertEquals(List.of("privlevel", "inblob"), kernel.writes);
    assertThrows(
        IllegalArgumentException.class,
        () -> TsmReports.open(PATH, kernel, OptionalInt.of(4), false));
  }

  @Test
  void writesOfOthersAreNoticedAndTheReportIsAskedForAgain() throws IOException {
    Kernel kernel = new Kernel(GuestReport.Provider.TDX_GUEST);
    kernel.othersAfterWrite = 2;
    kernel.othersAfterRead = 1;
    assertTrue(open(kernel).report(DATA).states(DATA));
    assertEquals(4, kernel.writes.size());
  }

  @Test
  void whoIsDisturbedForeverGivesUp() throws IOException {
    for (boolean after : new boolean[] {false, true}) {
      Kernel kernel = new Kernel(GuestReport.Provider.TDX_GUEST);
      kernel.othersAfterWrite = after ? 0 : 100;
      kernel.othersAfterRead = after ? 100 : 0;
      TsmReports reports = open(kernel);
      var refused = assertThrows(IOException.class, () -> reports.report(DATA));
      assertTrue(String.valueOf(refused.getMessage()).contains("in 4 attempts"));
      assertEquals(4, kernel.writes.size());
    }
  }

  @Test
  void aBusyKernelIsAskedAgainAndOtherErrorsAreFinal() throws IOException {
    Kernel busy = new Kernel(GuestReport.Provider.TDX_GUEST);
    busy.busy = 3;
    assertTrue(open(busy).report(DATA).states(DATA));
    busy.busy = 4;
    var refused = assertThrows(IOException.class, () -> open(busy).report(DATA));
    assertEquals("Device or resource busy", refused.getSuppressed()[0].getMessage());
    Kernel foreign = new Kernel(GuestReport.Provider.TDX_GUEST);
    foreign.length = 5000;
    assertThrows(IOException.class, () -> open(foreign).report(DATA));
    assertEquals(1, foreign.writes.size());
    foreign.length = 0;
    assertThrows(IOException.class, () -> open(foreign).report(DATA));
    foreign.length = TsmReports.REPORT_MAX_BYTES + 1;
    assertThrows(IOException.class, () -> open(foreign).report(DATA));
  }

  @Test
  void reportDataHave64Bytes() throws IOException {
    TsmReports reports = open(new Kernel(GuestReport.Provider.TDX_GUEST));
    for (int length : new int[] {0, 32, 63, 65}) {
      assertThrows(
          IllegalArgumentException.class, () -> reports.report(Bytes.of(new byte[length])));
    }
  }

  @Test
  void filesThatAnotherThreadServesAreEnough() throws Exception {
    Path entry = Files.createDirectory(directory.resolve("entry"));
    Files.writeString(entry.resolve("provider"), "tdx_guest\n");
    for (String pipe : List.of("inblob", "outblob", "generation")) {
      PaperPipes.make(entry.resolve(pipe));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        TsmReports reports = TsmReports.open(entry, OptionalInt.empty())) {
      Future<Bytes> served = threads.submit(() -> serve(entry));
      assertTrue(reports.report(DATA).states(DATA));
      assertEquals(DATA, served.get());
    }
    assertTrue(Files.exists(entry), "an entry that was there before stays");
  }

  /** Someone else writes between the first write and its check; the second goes well. */
  private static Bytes serve(Path entry) throws IOException {
    Path generation = entry.resolve("generation");
    PaperPipes.give(generation, Bytes.utf8("1\n"));
    PaperPipes.take(entry.resolve("inblob"));
    PaperPipes.give(generation, Bytes.utf8("3\n"));
    PaperPipes.give(generation, Bytes.utf8("3\n"));
    Bytes data = PaperPipes.take(entry.resolve("inblob"));
    PaperPipes.give(generation, Bytes.utf8("4\n"));
    PaperPipes.give(entry.resolve("outblob"), report(GuestReport.Provider.TDX_GUEST, 4, data));
    PaperPipes.give(generation, Bytes.utf8("4\n"));
    return data;
  }

  @Test
  void theKernelsOwnRefusalIsPassedOn() throws IOException {
    Path entry = Files.createDirectory(directory.resolve("entry"));
    Files.writeString(entry.resolve("provider"), "sev_guest\n");
    Files.writeString(entry.resolve("generation"), "1\n");
    // A file of the kernel that answers EINVAL to whatever is no number.
    Files.createSymbolicLink(entry.resolve("inblob"), Path.of("/proc/self/oom_score_adj"));
    TsmReports reports = TsmReports.open(entry, OptionalInt.empty());
    var refused = assertThrows(IOException.class, () -> reports.report(DATA));
    assertEquals("Invalid argument", refused.getMessage());
  }

  @Test
  void aMachineWithoutReportsSaysSo() throws IOException {
    var none =
        assertThrows(
            IOException.class,
            () -> TsmReports.open(directory.resolve("no/such/entry"), OptionalInt.empty()));
    assertTrue(String.valueOf(none.getMessage()).contains("is this a TDX or SEV-SNP guest"));
    Path made = directory.resolve("made");
    assertThrows(IOException.class, () -> TsmReports.open(made, OptionalInt.empty()));
    assertFalse(Files.exists(made), "what was made in vain is removed");
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("provider"), "arm_cca_guest\n");
    var unknown =
        assertThrows(IOException.class, () -> TsmReports.open(other, OptionalInt.empty()));
    assertEquals(
        "the provider of reports is \"arm_cca_guest\", none of tdx_guest, sev_guest",
        unknown.getMessage());
  }

  @Test
  void gramineQuotesTheDataWritten() throws Exception {
    var none = assertThrows(IOException.class, () -> GramineQuotes.open(directory));
    assertTrue(String.valueOf(none.getMessage()).contains("gramine-sgx"));
    Files.writeString(directory.resolve("attestation_type"), "none\n");
    assertThrows(IOException.class, () -> GramineQuotes.open(directory));
    Files.writeString(directory.resolve("attestation_type"), "dcap\n");
    PaperPipes.make(directory.resolve("user_report_data"));
    PaperPipes.make(directory.resolve("quote"));
    GramineQuotes quotes = GramineQuotes.open(directory);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Bytes> served =
          threads.submit(
              () -> {
                Bytes data = PaperPipes.take(directory.resolve("user_report_data"));
                Bytes quote =
                    Bytes.of(ByteBuffer.allocate(600).put(368, data.toByteArray()).array());
                PaperPipes.give(directory.resolve("quote"), quote);
                PaperPipes.take(directory.resolve("user_report_data"));
                PaperPipes.give(directory.resolve("quote"), Bytes.of(new byte[600]));
                return quote;
              });
      Bytes quote = quotes.quote(DATA);
      assertThrows(IOException.class, () -> quotes.quote(DATA), "a quote for other data");
      assertEquals(served.get(), quote);
    }
  }
}
