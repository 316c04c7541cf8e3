package dev.holdfast.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs each target for some seconds in a process of its own, two at a time. Longer: set the system
 * property {@code holdfast.fuzz.seconds}.
 */
class FuzzTest {
  private static final int FOUND = 77;
  private static final int SECONDS = Integer.getInteger("holdfast.fuzz.seconds", 2);
  private static final int CANARY_SECONDS_MAX = 60;
  private static final int START_SECONDS_MAX = 60;
  private static final int INPUT_SECONDS_MAX = 20;

  @TempDir private Path folder = Path.of("");

  private record Outcome(int status, String words) {}

  private Outcome fuzz(Targets target, int seconds) throws IOException, InterruptedException {
    Path corpus = Files.createDirectory(folder.resolve("corpus"));
    List<Bytes> seeds = target.make().seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(corpus.resolve("seed-" + i), seeds.get(i).toByteArray());
    }
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-D" + Harness.TARGET + "=" + target,
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + Harness.class.getName(),
                "--instrumentation_includes=dev.holdfast.**",
                // Jazzer's own suspicions, such as of any file opened, cost more than they find.
                "--custom_hook_excludes=**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-seed=1",
                "-rss_limit_mb=2048",
                "-timeout=" + INPUT_SECONDS_MAX,
                "-max_total_time=" + seconds,
                corpus.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      if (!process.waitFor(
          (long) START_SECONDS_MAX + seconds + INPUT_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("the fuzzer does not end: " + Files.readString(out));
      }
    } finally {
      process.destroyForcibly();
    }
    return new Outcome(process.exitValue(), Files.readString(out));
  }

  @Test
  void theFuzzerFindsWhatIsKnownToBeBad() throws Exception {
    Outcome outcome = fuzz(Targets.CANARY, CANARY_SECONDS_MAX);
    assertEquals(FOUND, outcome.status(), outcome.words());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CANARY")
  void noInputMakesATargetFail(Targets target) throws Exception {
    Outcome outcome = fuzz(target, SECONDS);
    assertEquals(0, outcome.status(), outcome.words());
    String reader = target.make().reader().getName();
    assertTrue(
        outcome.words().contains("Instrumented " + reader + " "),
        () -> "the fuzzer saw nothing of " + reader + ": " + outcome.words());
  }
}
