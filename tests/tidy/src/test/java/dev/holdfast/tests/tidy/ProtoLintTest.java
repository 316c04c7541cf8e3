package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wire passes {@code buf lint}. */
final class ProtoLintTest {
  private static final String VERSION = "1.75.0";
  private static final int INSTALL_SECONDS_MAX = 180;
  private static final int LINT_SECONDS_MAX = 60;

  private static final Path ROOT = new Repository().root();
  private static final Path TOOLS = ROOT.resolve("tests/tidy/target/buf-" + VERSION);
  private static final Path BUF = TOOLS.resolve("node_modules/.bin/buf");

  @TempDir private Path folder = Path.of("");

  private record Ended(int code, String said) {}

  @BeforeAll
  static void installTheLinter() throws IOException, InterruptedException {
    if (Files.notExists(BUF)) {
      assumeTrue(
          Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
              .anyMatch(entry -> Files.isExecutable(Path.of(entry).resolve("npm"))),
          "npm is not installed: ops/install-packages test");
      Files.createDirectories(TOOLS);
      Ended ended =
          run(
              TOOLS,
              INSTALL_SECONDS_MAX,
              List.of(
                  "npm",
                  "install",
                  "--no-audit",
                  "--no-fund",
                  "--no-save",
                  "--prefix",
                  ".",
                  "@bufbuild/buf@" + VERSION));
      assumeTrue(ended.code() == 0, "npm cannot install buf: " + ended.said());
    }
  }

  @Test
  void theWireIsAsTheRulesWant() throws IOException, InterruptedException {
    Path proto = ROOT.resolve("proto");
    unpack(proto.resolve("target/googleapis"));
    Ended ended = run(proto, LINT_SECONDS_MAX, List.of(BUF.toString(), "lint"));
    assertEquals("", ended.said());
    assertEquals(0, ended.code());
  }

  @Test
  void theLinterSeesWhatIsWrong() throws IOException, InterruptedException {
    Files.writeString(
        folder.resolve("buf.yaml"), "version: v2\nlint:\n  use: [STANDARD, COMMENTS]\n");
    Files.writeString(
        folder.resolve("a.proto"), "syntax = \"proto3\";\npackage a;\nmessage bad_name {}\n");
    assertNotEquals(0, run(folder, LINT_SECONDS_MAX, List.of(BUF.toString(), "lint")).code());
  }

  /** Google's protos, from the artifact that the wire is compiled against. */
  private static void unpack(Path to) throws IOException {
    Path jar =
        Path.of(
            java.net.URI.create(
                com.google.api.AnnotationsProto.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toString()));
    try (JarFile protos = new JarFile(jar.toFile())) {
      Enumeration<JarEntry> entries = protos.entries();
      while (entries.hasMoreElements()) {
        JarEntry entry = entries.nextElement();
        Path file = to.resolve(entry.getName()).normalize();
        if (entry.getName().endsWith(".proto") && file.startsWith(to)) {
          Files.createDirectories(file.getParent());
          try (InputStream in = protos.getInputStream(entry)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
  }

  private static Ended run(Path folder, int secondsMax, List<String> command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("tidy", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Ended(-1, command + " took more than " + secondsMax + " seconds");
      }
      return new Ended(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8).strip());
    } finally {
      Files.delete(log);
    }
  }
}
