package dev.holdfast.peers;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/** What members of an etcd cluster say through their JSON gateway. */
final class EtcdGateway implements AutoCloseable {
  private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(1);
  private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\":\"([0-9]+)\"");

  private final HttpClient http;

  /**
   * @param tls how clients prove who they are; empty where members speak plain HTTP
   */
  EtcdGateway(Optional<SSLContext> tls) {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(REQUEST_DEADLINE);
    tls.ifPresent(client::sslContext);
    this.http = client.build();
  }

  /** Whether a member serves, as part of the cluster with this id. */
  boolean answersAs(URI client, BigInteger expected) throws IOException, InterruptedException {
    HttpRequest health =
        HttpRequest.newBuilder(client.resolve("/health")).timeout(REQUEST_DEADLINE).build();
    HttpResponse<String> answer = http.send(health, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200 || !answer.body().contains("\"true\"")) {
      return false;
    }
    Optional<BigInteger> actual = number(status(client), "cluster_id");
    if (actual.isPresent() && !actual.get().equals(expected)) {
      throw new IllegalStateException(
          "another etcd answers at %s: cluster id %s, expected %s"
              .formatted(client, actual.get().toString(16), expected.toString(16)));
    }
    return actual.isPresent();
  }

  /** A member's status, as JSON. */
  String status(URI client) throws IOException, InterruptedException {
    return call(client, "/v3/maintenance/status", "{}", REQUEST_DEADLINE);
  }

  /** Calls the gateway and returns the answer's JSON. */
  String call(URI client, String path, String body, Duration deadline)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(client.resolve(path))
            .timeout(deadline)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** A number of an answer, by its first occurrence. */
  static Optional<BigInteger> number(String json, String name) {
    Matcher found = NUMBER.matcher(json);
    while (found.find()) {
      if (found.group(1).equals(name)) {
        return Optional.of(new BigInteger(found.group(2)));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    http.close();
  }
}
