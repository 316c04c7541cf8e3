package dev.holdfast.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryPeersTest {
  @TempDir Path folder;

  @Test
  void aKilledDatabaseComesBackOnTheSamePortAndLeavesNothingBehind() throws IOException {
    assumeTrue(Postgres.installed(), "PostgreSQL is not installed");
    Path data;
    try (Postgres server = Postgres.start(Optional.empty())) {
      data = server.passwordFile().getParent();
      connect(server.port());
      server.process().kill();
      assertFalse(server.process().running());
      server.restart();
      connect(server.port());
    }
    assertFalse(Files.exists(data));
  }

  private static void connect(int port) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertTrue(socket.isConnected());
    }
  }

  @Test
  void aHistoryIsServedAsItWasGiven() throws Exception {
    assumeTrue(Prometheus.installed(), "Prometheus is not installed");
    String history =
        """
        # TYPE cores gauge
        cores{image="a"} 0.5 1767225600
        cores{image="a"} 0.75 1767225660
        # EOF
        """;
    try (Prometheus server = Prometheus.start(folder, history);
        HttpClient http = HttpClient.newHttpClient()) {
      URI query =
          server
              .address()
              .resolve("/api/v1/query_range?query=cores&start=1767225600&end=1767225660&step=60");
      String answer =
          http.send(HttpRequest.newBuilder(query).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      assertTrue(answer.contains("[[1767225600,\"0.5\"],[1767225660,\"0.75\"]]"), answer);
      assertEquals(true, server.process().running());
    }
  }
}
