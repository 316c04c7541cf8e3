package dev.holdfast.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdTest {
  @TempDir Path folder;

  @Test
  void aKilledServerComesBackOnTheSameData() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (Etcd first = Etcd.start(folder)) {
      // "YQ==" is "a", "Yg==" is "b".
      call(first.endpoint(), "/v3/kv/put", "{\"key\":\"YQ==\",\"value\":\"Yg==\"}");
      first.process().kill();
      assertFalse(first.process().running());
    }
    try (Etcd second = Etcd.start(folder)) {
      String answer = call(second.endpoint(), "/v3/kv/range", "{\"key\":\"YQ==\"}");
      assertTrue(answer.contains("\"value\":\"Yg==\""), answer);
    }
  }

  @Test
  void twoServersAtOnceAreToldApart() {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    try (Etcd one = Etcd.start(folder.resolve("one"));
        Etcd other = Etcd.start(folder.resolve("other"))) {
      assertNotEquals(one.endpoint(), other.endpoint());
      assertNotEquals(one.process().pid(), other.process().pid());
    }
  }

  @Test
  void aChildThatExitsIsAFailureThatQuotesItsOutput() {
    LocalProcess child =
        LocalProcess.start(
            "shell", List.of("sh", "-c", "echo broken; exit 3"), Map.of(), folder.resolve("log"));
    var failure =
        assertThrows(
            IllegalStateException.class,
            () -> child.awaitReady(() -> false, Duration.ofSeconds(10)));
    assertTrue(failure.toString().contains("status 3"), failure.toString());
    assertTrue(failure.toString().contains("broken"), failure.toString());
  }

  @Test
  void aChildThatIsNeverReadyIsKilledAtTheDeadline() {
    LocalProcess child =
        LocalProcess.start("sleeper", List.of("sleep", "600"), Map.of(), folder.resolve("log"));
    assertThrows(
        IllegalStateException.class, () -> child.awaitReady(() -> false, Duration.ofMillis(200)));
    assertFalse(child.running());
  }

  @Test
  void portsFoundTogetherDiffer() {
    List<Integer> ports = FreePorts.of(16);
    assertEquals(16, new HashSet<>(ports).size());
  }

  private static String call(URI endpoint, String path, String body)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(endpoint.resolve(path))
              .timeout(Duration.ofSeconds(5))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }
}
