package dev.holdfast.tests.fault;

import dev.holdfast.peers.FreePorts;
import dev.holdfast.peers.LocalProcess;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.replica.NotLeader;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One PAM as a process, with a directory and a port that it keeps, and a channel to it. */
final class PamProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final int port = FreePorts.of(1).getFirst();
  private LocalProcess process;
  private ManagedChannel channel;

  /** What the configuration says, given the port. */
  interface Configuration {
    String on(int port);
  }

  /** Starts it; its data is {@code data} in the directory. */
  PamProcess(Path directory, Configuration configuration) throws IOException {
    this.directory = directory;
    Files.writeString(directory.resolve("holdfast.yaml"), configuration.on(port));
    this.process = start();
    this.channel = connect();
  }

  private LocalProcess start() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    LocalProcess started =
        LocalProcess.start(
            "server",
            List.of(
                java,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ServerProgram.class.getName(),
                "--config",
                directory.resolve("holdfast.yaml").toString()),
            Map.of(),
            directory.resolve("server.log"));
    started.awaitReady(this::listening, PATIENCE);
    return started;
  }

  private boolean listening() throws IOException {
    if (Files.notExists(credentials().resolve("ca.pem"))) {
      return false;
    }
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      return true;
    }
  }

  private ManagedChannel connect() throws IOException {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .sslContext(
            GrpcSslContexts.forClient()
                .keyManager(
                    credentials().resolve("cert.pem").toFile(),
                    credentials().resolve("key.pem").toFile())
                .trustManager(credentials().resolve("ca.pem").toFile())
                .protocols("TLSv1.3")
                .build())
        .build();
  }

  Path data() {
    return directory.resolve("data");
  }

  /** The first operator's. */
  Path credentials() {
    return data().resolve("credentials/operator");
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  ManagedChannel channel() {
    return channel;
  }

  /** What it says of who leads; empty where it leads itself. */
  Optional<NotLeader> deference() {
    try {
      var _ =
          TopologyServiceGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .listNodes(ListNodesRequest.newBuilder().setParent(Installation.ZONE).build());
      return Optional.empty();
    } catch (StatusRuntimeException e) {
      return Optional.of(NotLeader.of(e).orElseThrow(() -> e));
    }
  }

  /** SIGKILL: nothing is tidied up. */
  void kill() {
    process.kill();
  }

  /** Starts it again on what it left behind. */
  void restart() throws IOException, InterruptedException {
    process = start();
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    channel = connect();
  }

  /** SIGSTOP: it does nothing from now on, and its connections stay. */
  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** SIGCONT: it goes on where it was stopped. */
  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start().waitFor();
    if (status != 0) {
      throw new IllegalStateException("the server could not be sent SIG" + name);
    }
  }

  /** The last that it said, for messages. */
  String log() {
    return process.logTail();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    process.close();
  }
}
