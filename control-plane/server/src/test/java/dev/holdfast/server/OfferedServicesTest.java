package dev.holdfast.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server offers beside its own services. */
class OfferedServicesTest {
  @TempDir private Path directory = Path.of("");

  @ParameterizedTest
  @CsvSource({"production, UNIMPLEMENTED", "development, OK"})
  void healthIsOpenAndReflectionIsOffInProduction(String profile, Status.Code reflection)
      throws Exception {
    ServerConfig config = config(profile);
    try (HoldfastServer server =
        HoldfastServer.start(
            config, ServerCommand.open(config), HoldfastServer.Environment.system())) {
      server.writeOperator(directory.resolve("operator"), "ada");
      ManagedChannel anyone =
          Grpc.newChannelBuilder("127.0.0.1:" + server.port(), trusting().build()).build();
      ManagedChannel operator =
          Grpc.newChannelBuilder(
                  "127.0.0.1:" + server.port(),
                  trusting()
                      .keyManager(
                          directory.resolve("operator/cert.pem").toFile(),
                          directory.resolve("operator/key.pem").toFile())
                      .build())
              .build();
      try {
        assertEquals(
            ServingStatus.SERVING,
            HealthGrpc.newBlockingStub(anyone)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus());
        assertEquals(reflection, reflect(operator));
        assertEquals(
            reflection == Status.Code.OK ? Status.Code.UNAUTHENTICATED : reflection,
            reflect(anyone),
            "it is nobody's but an operator's");
      } finally {
        anyone.shutdownNow();
        operator.shutdownNow();
      }
    }
  }

  private TlsChannelCredentials.Builder trusting() throws IOException {
    return TlsChannelCredentials.newBuilder()
        .trustManager(directory.resolve("operator/ca.pem").toFile());
  }

  private ServerConfig config(String profile) throws IOException {
    CertificateAuthority.open(directory.resolve("tpm"), "tpm.example", InstantSource.system());
    return ConfigReader.read(
        Files.writeString(
            directory.resolve("holdfast.yaml"),
            """
            profile: %s
            listen: {port: 0}
            trustZones:
              edge:
                anchors: [tpm/root.pem]
            """
                .formatted(profile)));
  }

  private static Status.Code reflect(ManagedChannel channel) throws Exception {
    CompletableFuture<Status.Code> ended = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> ask =
        ServerReflectionGrpc.newStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    ended.complete(Status.Code.OK);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    ended.complete(Status.fromThrowable(failure).getCode());
                  }

                  @Override
                  public void onCompleted() {
                    ended.complete(Status.Code.OK);
                  }
                });
    ask.onNext(ServerReflectionRequest.newBuilder().setListServices("*").build());
    return ended.get(30, TimeUnit.SECONDS);
  }
}
