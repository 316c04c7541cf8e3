package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report counts everything once and names what did not run. */
final class BuildReportTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void everyTestIsCountedAndASkippedOneIsNamedWithItsReason() throws IOException {
    Path reports = Files.createDirectories(folder.resolve("a/b/target/surefire-reports"));
    Files.writeString(
        reports.resolve("TEST-x.xml"),
        """
        <testsuite>
          <testcase name="holds" classname="x.A"/>
          <testcase name="fails" classname="x.A"><failure message="no"/></testcase>
          <testcase name="breaks" classname="x.A"><error message="no"/></testcase>
          <testcase name="waits" classname="x.A">
            <skipped message="Assumption failed: swtpm is not installed"/>
          </testcase>
        </testsuite>
        """);
    BuildReport report = BuildReport.of(folder, Instant.EPOCH);
    assertEquals(
        """
        NOT RUN: x.A.waits: swtpm is not installed
        1 passed, 2 failed, 1 skipped
        """,
        report.print());
    assertFalse(report.holds(false));
    assertEquals(
        new BuildReport(0, 0, List.of()), BuildReport.of(folder, Instant.now().plusSeconds(60)));
  }

  @Test
  void aSkippedTestFailsOnlyContinuousIntegration() {
    BuildReport report = new BuildReport(1, 0, List.of("x.A.waits: no swtpm"));
    assertTrue(report.holds(false));
    assertFalse(report.holds(true));
    assertFalse(new BuildReport(0, 0, List.of()).holds(false));
  }
}
