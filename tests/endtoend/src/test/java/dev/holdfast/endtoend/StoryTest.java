package dev.holdfast.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The story of {@code ./holdfast demo}, with four real TPM 2.0 processes, real control groups, a
 * real network namespace, and a real etcd or the embedded store; each step is asserted.
 */
class StoryTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root", "."));

  private record Told(int exit, JsonObject report, String errors) {}

  @BeforeAll
  static void whatItNeedsIsThere() {
    for (String program : List.of("swtpm", "swtpm_setup", "etcd", "ip", "tc")) {
      assumeTrue(installed(program), program + " is not installed: run ops/install-packages test");
    }
    assumeTrue(
        Files.isWritable(Path.of("/sys/fs/cgroup"))
            || "root".equals(System.getProperty("user.name")),
        "control groups and network namespaces need root");
  }

  private static boolean installed(String program) {
    return List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin").stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"embedded", "etcd"})
  void everyStepOfTheStoryHolds(String store) throws IOException, InterruptedException {
    Told told = tell("--store", store, "--for", "170s");

    assertTrue(told.report().get("ok").getAsBoolean(), told::toString);
    assertEquals(0, told.exit(), told::toString);
    List<String> names = new ArrayList<>();
    for (JsonElement step : told.report().getAsJsonArray("steps")) {
      assertTrue(step.getAsJsonObject().get("ok").getAsBoolean(), step::toString);
      assertTrue(step.getAsJsonObject().get("millis").getAsLong() >= 0, step::toString);
      names.add(step.getAsJsonObject().get("name").getAsString());
    }
    assertEquals(
        List.of("enrol", "attest", "default", "forecast", "adjust", "revoke", "summary"), names);

    JsonObject figures = told.report().getAsJsonObject("figures");
    assertTrue(figures.get("chainMillis").getAsLong() > 0, figures::toString);
    assertTrue(figures.get("requestMillisWithoutForecast").getAsLong() > 0, figures::toString);
    assertTrue(figures.get("requestMillisWithForecast").getAsLong() > 0, figures::toString);
    assertTrue(figures.get("revokedMillisAfterEvidence").getAsDouble() > 0, figures::toString);
    double used = figures.get("usedCpuMillicores").getAsDouble();
    double reserved = figures.get("reservedCpuMillicores").getAsDouble();
    assertTrue(used > 0 && reserved > used, figures::toString);
    assertTrue(figures.get("underProvisionedShare").getAsDouble() < 0.5, figures::toString);
    JsonObject adjustments = figures.getAsJsonObject("adjustments");
    assertTrue(adjustments.get("count").getAsInt() >= 2, figures::toString);
    assertTrue(adjustments.get("attestedFirst").getAsInt() >= 1, figures::toString);
    assertFalse(
        figures.getAsJsonObject("refused").isEmpty(), "what asked while suspended was refused");
  }

  @Test
  void aStoryThatIsCutShortSaysSo() throws IOException, InterruptedException {
    Told told = tell("--for", "1s");

    assertFalse(told.report().get("ok").getAsBoolean(), told::toString);
    assertNotEquals(0, told.exit(), told::toString);
  }

  private static Told tell(String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(ROOT.resolve("holdfast").toString(), "demo", "--json"));
    command.addAll(List.of(options));
    Path errors = Files.createTempFile("holdfast-story", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    // The build that runs this test has just made it.
    builder.environment().put("HOLDFAST_BUILD", "no");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(4, TimeUnit.MINUTES), "the story came to no end");
    String said = Files.readString(errors);
    Files.delete(errors);
    assertFalse(out.isBlank(), "nothing was told; on standard error: " + said);
    return new Told(process.exitValue(), JsonParser.parseString(out).getAsJsonObject(), said);
  }
}
