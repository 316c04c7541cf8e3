package dev.holdfast.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs each target for a few seconds in a process of its own, as many at a time as there are
 * processors; a process starts for longer than that. To look for something, set the system property
 * {@code holdfast.fuzz.seconds}, which holds for each target.
 *
 * <p>What a run says for itself: the canary shows that a fuzzer of this version, on class files of
 * this version, is led by the branches that it sees; the output of every run names the classes that
 * it could see into, and the reader must be one of them. How much of a reader was reached is said
 * by nothing but the {@code cov:} of that output.
 */
class FuzzTest {
  private static final int FOUND = 77;

  /** So that all of them, with their starts, take less than a minute on two processors. */
  private static final int SECONDS_TOGETHER = 32;

  private static final int SECONDS =
      Integer.getInteger(
          "holdfast.fuzz.seconds", Math.max(1, SECONDS_TOGETHER / Targets.values().length));

  private static final int CANARY_SECONDS_MAX = 60;
  private static final int START_SECONDS_MAX = 60;
  private static final int INPUT_SECONDS_MAX = 20;

  /**
   * What Jazzer would suspect of itself, such as any file that is opened: it costs half of the
   * start, and what holds is for each target to say.
   */
  private static final String SANITIZERS =
      Stream.of(
              "BigDecimal",
              "ClojureLangHooks",
              "Deserialization",
              "ExpressionLanguageInjection",
              "FilePathTraversal",
              "LdapInjection",
              "NamingContextLookup",
              "OsCommandInjection",
              "ReflectiveCall",
              "RegexInjection",
              "RegexRoadblocks",
              "ScriptEngineInjection",
              "ServerSideRequestForgery",
              "SqlInjection",
              "TemplateInjection",
              "UnsafeSanitizer",
              "XPathInjection",
              "XmlParserSsrfGuidance")
          .map(name -> "com.code_intelligence.jazzer.sanitizers." + name)
          .collect(Collectors.joining(":"));

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
                // Jazzer reads every class of every module there is before it begins.
                "--limit-modules=java.se,jdk.unsupported",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-D" + Harness.TARGET + "=" + target,
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + Harness.class.getName(),
                "--instrumentation_includes=dev.holdfast.**",
                "--disabled_hooks=" + SANITIZERS,
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
