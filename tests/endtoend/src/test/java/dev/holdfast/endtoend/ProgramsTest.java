package dev.holdfast.endtoend;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.server.identity.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs as they are packaged, with the class paths that the launcher gives them. */
class ProgramsTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root", "."));

  private record Ran(int exit, String said) {}

  @Test
  void theServerServesTheCommandLine(@TempDir Path directory)
      throws IOException, InterruptedException {
    CertificateAuthority.open(directory.resolve("tpm"), "tpm.example", InstantSource.system());
    int port = freePort();
    Path config =
        Files.writeString(
            directory.resolve("holdfast.yaml"),
            """
            trustDomain: site.example
            listen: {address: 127.0.0.1, port: %d}
            data: pam
            trustZones:
              edge:
                anchors: [tpm/root.pem]
            """
                .formatted(port));
    Path log = directory.resolve("server.log");
    Process server =
        launcher(List.of("server", "--config", config.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      String address = "127.0.0.1:" + port;
      String credentials = directory.resolve("pam/credentials/operator").toString();
      String node = "trustZones/edge/nodes/hv-1";
      Ran created = new Ran(-1, "");
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (created.exit() != 0 && server.isAlive() && System.nanoTime() < until) {
        created =
            run(
                "nodes",
                "create",
                node,
                "--role",
                "hypervisor",
                "--server",
                address,
                "--credentials",
                credentials);
      }
      assertEquals(0, created.exit(), created + " " + Files.readString(log));
      Ran listed = run("list", "nodes", "--server", address, "--credentials", credentials);
      assertEquals(0, listed.exit(), listed::toString);
      assertTrue(listed.said().contains(node), listed::toString);
    } finally {
      server.destroy();
      assertTrue(server.waitFor(30, TimeUnit.SECONDS), "the server does not stop");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "controller", "demo"})
  void everyOtherProgramStarts(String program) throws IOException, InterruptedException {
    Ran ran = run(program, "--help");

    assertEquals(0, ran.exit(), ran::toString);
    assertTrue(ran.said().contains("Usage: holdfast " + program), ran::toString);
  }

  @Test
  void whatCannotBeBuiltEndsOtherwiseThanWhatIsRefused(@TempDir Path checkout)
      throws IOException, InterruptedException {
    Path script = checkout.resolve("ops/lib.sh");
    Files.createDirectories(script.getParent());
    Files.copy(ROOT.resolve("ops/lib.sh"), script);
    Path launcher =
        Files.copy(ROOT.resolve("holdfast"), checkout.resolve("holdfast"), COPY_ATTRIBUTES);
    Ran ran = ran(new ProcessBuilder(launcher.toString(), "conformance", "cases"));
    assertEquals(4, ran.exit(), ran::toString);
    assertTrue(
        ran.said().contains("the build failed") || ran.said().contains("Maven is needed"),
        ran::toString);
  }

  private static Ran run(String... arguments) throws IOException, InterruptedException {
    return ran(launcher(List.of(arguments)));
  }

  private static Ran ran(ProcessBuilder program) throws IOException, InterruptedException {
    Process process = program.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ran(process.waitFor(), said);
  }

  private static ProcessBuilder launcher(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("holdfast").toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("HOLDFAST_BUILD", "no");
    return builder;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
