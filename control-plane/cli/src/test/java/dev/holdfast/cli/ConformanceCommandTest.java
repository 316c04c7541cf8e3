package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConformanceCommandTest {
  private static final String CUT_LOG =
      """
      {"case": "own/cut", "format": "tcg-eventlog", "operation": "parse",
       "at": "2026-01-01T00:00:00Z", "inputs": {"log": %s}, "expect": "%s", "fault": "malformed"}
      """;
  private static final String HEX = "{\"hex\": \"0000000003000000\"}";

  @TempDir private Path folder = Path.of("");

  private Ended run(String... options) {
    List<String> all = new ArrayList<>(List.of("conformance", folder.toString()));
    all.addAll(List.of(options));
    return Ended.of(() -> Instant.EPOCH, folder, all);
  }

  private void write(String group, String cases) throws IOException {
    Files.writeString(
        Files.createDirectories(folder.resolve(group)).resolve("CASES.json"), "[" + cases + "]");
  }

  @Test
  void whatAgreesEndsWithZero() throws IOException {
    write("own", CUT_LOG.formatted(HEX, "reject"));
    Ended ended = run();
    assertEquals(0, ended.code(), ended.err());
    assertTrue(ended.out().contains("tcg-eventlog  1      0"), ended.out());
  }

  @Test
  void aCaseThatIsJudgedOtherwiseEndsWithOneAndSaysWhy() throws IOException {
    write("own", CUT_LOG.formatted(HEX, "accept"));
    Ended ended = run();
    assertEquals(1, ended.code());
    assertTrue(ended.out().contains("own/cut"), ended.out());
    assertTrue(ended.out().contains("EVENTLOG_INCOMPLETE"), ended.out());
  }

  @Test
  void aFormatThatNobodyJudgesIsUnsupportedAndNeverAgrees() throws IOException {
    write("own", CUT_LOG.formatted(HEX, "reject").replace("tcg-eventlog", "horoscope"));
    Ended ended = run("-o", "json");
    assertEquals(1, ended.code());
    assertTrue(ended.out().contains("\"unsupported\": 1"), ended.out());
    assertTrue(ended.out().contains("\"agree\": 0"), ended.out());
    assertTrue(ended.out().contains("\"fault\": null"), ended.out());
  }

  @Test
  void theOutputForProgramsHasTheMembersOfItsPageInTheirOrderAndCountsWhole() throws IOException {
    write("own", CUT_LOG.formatted(HEX, "reject"));
    Ended ended = run("-o", "json");
    assertEquals(0, ended.code());
    assertTrue(
        ended
            .out()
            .replaceAll("\\s+", "")
            .matches(
                "\\{\"formats\":\\[\\{\"format\":\"tcg-eventlog\",\"agree\":1,\"disagree\":0,"
                    + "\"otherFault\":[01],\"unsupported\":0,\"cases\":\\[\\{\"case\":\"own/cut\","
                    + "\"verdict\":\"reject\",\"fault\":\"[a-z]+\",\"expect\":\"reject\","
                    + "\"reason\":\"[^\"]+\"\\}\\]\\}\\]\\}"),
        ended.out());
  }

  @Test
  void aCaseReadsFilesOfTheGroupBesideItAndNoOthers() throws IOException {
    Files.write(Files.createDirectories(folder.resolve("other")).resolve("log.bin"), new byte[4]);
    write("own", CUT_LOG.formatted("{\"file\": \"../other/log.bin\"}", "reject"));
    assertEquals(0, run().code());
    write("own", CUT_LOG.formatted("{\"file\": \"../../../etc/passwd\"}", "reject"));
    Ended ended = run();
    assertEquals(2, ended.code());
    assertTrue(ended.err().contains("lies outside"), ended.err());
  }

  @Test
  void whatCannotBeReadEndsWithTwo() throws IOException {
    assertEquals(2, run().code());
    write("own", "{\"case\": \"own/nothing\"}");
    Ended ended = run();
    assertEquals(2, ended.code());
    assertTrue(ended.err().contains("own/nothing has no text"), ended.err());
  }
}
