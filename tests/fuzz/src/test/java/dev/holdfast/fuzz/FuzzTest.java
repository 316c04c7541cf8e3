package dev.holdfast.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs each target for some seconds in a process of its own. Longer: set the system property {@code
 * holdfast.fuzz.seconds}.
 */
class FuzzTest {
  private static final int FOUND = 77;
  private static final int SECONDS = Integer.getInteger("holdfast.fuzz.seconds", 5);
  private static final int CANARY_SECONDS_MAX = 60;

  @TempDir private Path folder = Path.of("");

  private record Outcome(int status, String words) {}

  private Outcome fuzz(Class<?> target, int seconds) throws IOException, InterruptedException {
    Path corpus = Files.createDirectory(folder.resolve("corpus"));
    Files.write(corpus.resolve("log"), log().toByteArray());
    Files.write(corpus.resolve("key"), QuoteTarget.KEY.toByteArray());
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=dev.holdfast.**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-seed=1",
                "-rss_limit_mb=2048",
                "-max_total_time=" + seconds,
                corpus.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      if (!process.waitFor(seconds + 60L, TimeUnit.SECONDS)) {
        throw new IOException("the fuzzer does not end: " + Files.readString(out));
      }
    } finally {
      process.destroyForcibly();
    }
    return new Outcome(process.exitValue(), Files.readString(out));
  }

  private static Bytes log() {
    EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA1, PcrBank.SHA256));
    writer.startupLocality(3);
    writer.event(0, EventType.EV_S_CRTM_VERSION, Bytes.utf8("version"));
    for (int register : List.of(0, 7)) {
      writer.separator(register);
    }
    return writer.log();
  }

  @Test
  void theFuzzerFindsWhatIsKnownToBeBad() throws Exception {
    Outcome outcome = fuzz(CanaryTarget.class, CANARY_SECONDS_MAX);
    assertEquals(FOUND, outcome.status(), outcome.words());
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        QuoteTarget.class,
        EventLogTarget.class,
        CertificateTarget.class,
        ResultTarget.class
      })
  void noInputMakesATargetFail(Class<?> target) throws Exception {
    Outcome outcome = fuzz(target, SECONDS);
    assertEquals(0, outcome.status(), outcome.words());
  }
}
