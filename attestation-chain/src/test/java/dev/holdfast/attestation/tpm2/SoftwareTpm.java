package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real TPM in software (swtpm), driven by tpm2-tools, for as long as a test lasts. */
final class SoftwareTpm implements AutoCloseable {
  private static final int START_TRIES = 200;
  private static final int COMMAND_SECONDS_MAX = 60;

  private final Path folder;
  private final int port;
  private final Process process;

  private SoftwareTpm(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  static SoftwareTpm start(Path folder) throws IOException, InterruptedException {
    for (String program : List.of("swtpm", "tpm2_quote", "tpm2_eventlog")) {
      assumeTrue(installed(program), "not run: program " + program + " is not installed");
    }
    int port = freePair();
    Path state = Files.createDirectories(folder.resolve("state"));
    Process process =
        new ProcessBuilder(
                "swtpm",
                "socket",
                "--tpm2",
                "--tpmstate",
                "dir=" + state,
                "--server",
                "type=tcp,port=" + port,
                "--ctrl",
                "type=tcp,port=" + (port + 1),
                "--flags",
                "not-need-init,startup-clear")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("swtpm.out").toFile())
            .start();
    SoftwareTpm tpm = new SoftwareTpm(folder, port, process);
    try {
      tpm.await();
      return tpm;
    } catch (IOException | InterruptedException | RuntimeException e) {
      tpm.close();
      throw e;
    }
  }

  /** A TPM with endorsement certificates by an authority of its own, as a vendor would make it. */
  static SoftwareTpm manufacture(Path folder) throws IOException, InterruptedException {
    for (String program : List.of("swtpm_setup", "swtpm_localca")) {
      assumeTrue(installed(program), "not run: program " + program + " is not installed");
    }
    Path authority = Files.createDirectory(folder.resolve("authority"));
    Path state = Files.createDirectory(folder.resolve("state"));
    Path options = Files.writeString(folder.resolve("options"), "");
    Path authorityConfig =
        Files.writeString(
            folder.resolve("authority.conf"),
            String.join(
                "\n",
                "statedir = " + authority,
                "signingkey = " + authority.resolve("signkey.pem"),
                "issuercert = " + authority.resolve("issuercert.pem"),
                "certserial = " + authority.resolve("certserial"),
                ""));
    Path config =
        Files.writeString(
            folder.resolve("setup.conf"),
            String.join(
                "\n",
                "create_certs_tool=" + find("swtpm_localca"),
                "create_certs_tool_config=" + authorityConfig,
                "create_certs_tool_options=" + options,
                ""));
    Path out = folder.resolve("setup.out");
    Process setup =
        new ProcessBuilder(
                "swtpm_setup",
                "--tpm2",
                "--tpmstate",
                state.toString(),
                "--config",
                config.toString(),
                "--create-ek-cert",
                "--vmid",
                "node-1",
                "--lock-nvram",
                "--pcr-banks",
                "sha256,sha384")
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    if (!setup.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
      setup.destroyForcibly();
      throw new IOException("swtpm_setup does not end");
    }
    if (setup.exitValue() != 0) {
      throw new IOException("swtpm_setup: " + Files.readString(out));
    }
    return start(folder);
  }

  private static boolean installed(String program) {
    return !find(program).toString().isEmpty();
  }

  /** Where a program lies; an empty path if nowhere. */
  private static Path find(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      Path path = Path.of(directory, program);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return Path.of("");
  }

  /** The control port follows the data port, as tpm2-tools expect. */
  private static int freePair() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (int tries = 0; tries < 50; tries++) {
      try (ServerSocket data = new ServerSocket(0, 1, loopback);
          ServerSocket control = new ServerSocket(data.getLocalPort() + 1, 1, loopback)) {
        return control.getLocalPort() - 1;
      } catch (BindException e) {
        // The second port was taken: look elsewhere.
      }
    }
    throw new IOException("no two free ports beside each other");
  }

  private void await() throws IOException, InterruptedException {
    for (int tries = 0; tries < START_TRIES; tries++) {
      try (Socket socket = new Socket()) {
        // The control port serves many connections; the data port only one.
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port + 1), 100);
        return;
      } catch (IOException e) {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IOException("swtpm ended: " + Files.readString(folder.resolve("swtpm.out")), e);
        }
      }
    }
    throw new IOException("swtpm does not listen");
  }

  /** Runs one of tpm2-tools in the folder; fails with its words if it fails. */
  String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("TPM2TOOLS_TCTI", "swtpm:host=127.0.0.1,port=" + port);
    Path out = folder.resolve("out");
    Process started = builder.redirectOutput(out.toFile()).start();
    if (!started.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
      started.destroyForcibly();
      throw new IOException(String.join(" ", command) + " does not end");
    }
    String words = new String(Files.readAllBytes(out), StandardCharsets.ISO_8859_1);
    if (started.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + words);
    }
    return words;
  }

  /** Runs a command that leaves objects in the TPM, and takes them out. */
  void make(String... command) throws IOException, InterruptedException {
    run(command);
    run("tpm2_flushcontext", "-t");
  }

  void write(String name, Bytes content) throws IOException {
    Files.write(folder.resolve(name), content.toByteArray());
  }

  Bytes read(String name) throws IOException {
    return Bytes.of(Files.readAllBytes(folder.resolve(name)));
  }

  List<Bytes> registers(String bank, int length, int count)
      throws IOException, InterruptedException {
    List<String> indexes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      indexes.add(String.valueOf(i));
    }
    run("tpm2_pcrread", bank + ":" + String.join(",", indexes), "-o", "registers");
    Bytes all = read("registers");
    List<Bytes> registers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      registers.add(all.slice(i * length, (i + 1) * length));
    }
    return registers;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
