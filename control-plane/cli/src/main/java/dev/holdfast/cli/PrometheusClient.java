package dev.holdfast.cli;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks one Prometheus server over HTTP. An answer is read to its bound and no further, within a
 * deadline; redirects are not followed.
 */
final class PrometheusClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int TOKEN_BYTES_MAX = 16 * 1024;

  private final URI query;
  private final Optional<String> token;
  private final Duration deadline;
  private final HttpClient client =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * A client of a server.
   *
   * @param tokenFile holds what to show to it
   * @param deadline for each query
   */
  PrometheusClient(URI source, Optional<Path> tokenFile, Duration deadline) {
    String address = source.toString();
    String base = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    this.query = URI.create(base + "/api/v1/query_range");
    this.token = tokenFile.map(PrometheusClient::token);
    this.deadline = deadline;
  }

  private static String token(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > TOKEN_BYTES_MAX) {
        throw CommandException.usage(file + " is no file of at most 16 KiB.");
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read.");
    }
  }

  /** An answer was longer than is read; a shorter range may do. */
  static final class TooLong extends Exception {
    private static final long serialVersionUID = 1L;

    TooLong() {
      super("an answer has more than 16 MiB");
    }
  }

  /**
   * Evaluates an expression at {@code from} and every {@code step} until {@code to}, included.
   *
   * @throws CommandException if it cannot be had
   */
  PrometheusAnswer range(String expression, Instant from, Instant to, Duration step)
      throws TooLong {
    String form =
        "query="
            + URLEncoder.encode(expression, StandardCharsets.UTF_8)
            + "&start="
            + from.getEpochSecond()
            + "&end="
            + to.getEpochSecond()
            + "&step="
            + step.toSeconds();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(query)
            .timeout(deadline)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form));
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    byte[] body = fetch(request.build());
    if (body.length > PrometheusAnswer.BYTES_MAX) {
      throw new TooLong();
    }
    try {
      return PrometheusAnswer.parse(Bytes.of(body));
    } catch (MalformedException e) {
      throw new CommandException(
          Exit.REFUSED, query + ": " + Text.clean(String.valueOf(e.getMessage())) + ".");
    }
  }

  private byte[] fetch(HttpRequest request) {
    Future<byte[]> answer =
        threads.submit(
            () -> {
              HttpResponse<InputStream> response =
                  client.send(request, HttpResponse.BodyHandlers.ofInputStream());
              try (InputStream in = response.body()) {
                int status = response.statusCode();
                // A query that Prometheus refuses is answered in the same form.
                if (status != 200 && status != 400 && status != 422) {
                  throw new IOException("it answered " + status);
                }
                return in.readNBytes(PrometheusAnswer.BYTES_MAX + 1);
              }
            });
    try {
      return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new CommandException(
          Exit.UNREACHABLE, query + " cannot be asked: " + Refusal.deepest(e) + ".");
    } catch (TimeoutException e) {
      throw new CommandException(
          Exit.UNREACHABLE, query + " did not answer within " + Spans.print(deadline) + ".");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(Exit.UNREACHABLE, "interrupted");
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    client.shutdownNow();
  }
}
