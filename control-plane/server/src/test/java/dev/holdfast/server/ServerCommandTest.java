package dev.holdfast.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServerCommandTest {
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void listen() throws IOException {
    PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    Files.writeString(directory.resolve("holdfast.yaml"), "listen:\n  port: 0\n");
  }

  @AfterEach
  void stopListening() {
    System.setOut(out);
    System.setErr(err);
  }

  private int run(String... more) {
    return new CommandLine(new ServerCommand()).execute(more);
  }

  private String config() {
    return "--config=" + directory.resolve("holdfast.yaml");
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  private static void allow(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void aWrappingKeyIsRotatedWithoutAServer() throws IOException {
    Path keys = directory.resolve("data/keys/wrapping.keys");
    assertEquals(0, run(config(), "--rotate-wrapping-key"), this::said);
    assertEquals(2, Files.readAllLines(keys).size(), "the first, and the one that follows it");
    String newest = Files.readAllLines(keys).getLast().substring(0, 16);
    assertTrue(said().contains(newest), said());
  }

  @Test
  void f10_aFileOfKeysThatOthersCanReachKeepsTheServerFromStarting() throws IOException {
    run(config(), "--rotate-wrapping-key");
    allow(directory.resolve("data/keys/wrapping.keys"), "rw-r--r--");
    assertEquals(2, run(config()), this::said);
    assertTrue(said().contains("FILE_EXPOSED") && said().contains("chmod 600"), said());
  }

  private Path zone(long revision) throws IOException {
    CertificateAuthority.open(directory.resolve("tpm"), "tpm.example", InstantSource.system());
    return Files.writeString(
        directory.resolve("holdfast.yaml"),
        """
        listen: {port: 0}
        trustZones:
          edge:
            anchors: [tpm/root.pem]
            policy: {revision: %d}
        """
            .formatted(revision));
  }

  private void inForce(long revision) throws IOException {
    PolicyFloor.require(ConfigReader.read(zone(revision)));
  }

  @Test
  void e16_aPolicyThatIsOlderThanBeforeKeepsTheServerFromStarting() throws IOException {
    inForce(4);
    inForce(5);
    zone(4);
    assertEquals(2, run(config()), this::said);
    assertTrue(
        said().contains("POLICY_ROLLBACK: trustZones.edge: policies/edge@4")
            && said().contains("above 5"),
        said());
    inForce(5);
    inForce(6);
  }
}
