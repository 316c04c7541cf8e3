package dev.holdfast.cli;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.attestation.v1.GetAppraisalRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.forecast.v1.ActivateModelRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.GetModelRequest;
import dev.holdfast.proto.forecast.v1.GetResourceProfileRequest;
import dev.holdfast.proto.forecast.v1.GetTrainingRequest;
import dev.holdfast.proto.forecast.v1.ImportModelRequest;
import dev.holdfast.proto.forecast.v1.ImportModelResponse;
import dev.holdfast.proto.forecast.v1.ListModelsRequest;
import dev.holdfast.proto.forecast.v1.ListModelsResponse;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesResponse;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.PinModelRequest;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.forecast.v1.RollbackModelRequest;
import dev.holdfast.proto.forecast.v1.TrainModelRequest;
import dev.holdfast.proto.forecast.v1.TrainModelResponse;
import dev.holdfast.proto.forecast.v1.Training;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.DeleteNodeRequest;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.policy.v1.ListCollateralRequest;
import dev.holdfast.proto.policy.v1.ListCollateralResponse;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.ListNodesResponse;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.policy.v1.TrustZoneServiceGrpc;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.ExplainReservationRequest;
import dev.holdfast.proto.reservation.v1.ExplainReservationResponse;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsResponse;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.reservation.v1.WatchReservationsRequest;
import dev.holdfast.proto.reservation.v1.WatchReservationsResponse;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback that keeps reservations and nodes in memory and demands TLS 1.3. */
final class LoopbackServer implements AutoCloseable {
  /** A name that is never answered. */
  static final String SILENT = "tenants/acme/reservations/silent";

  /** How many nodes there are before any is created, which is more than a page. */
  static final int NODES = 3;

  final List<Message> requests = Collections.synchronizedList(new ArrayList<>());
  final Map<String, Reservation> reservations = new ConcurrentHashMap<>();
  ExplainReservationResponse explanation = ExplainReservationResponse.getDefaultInstance();
  Appraisal appraisal = Appraisal.getDefaultInstance();
  AttestationChain chain = AttestationChain.getDefaultInstance();
  PreviewPolicyResponse preview = PreviewPolicyResponse.getDefaultInstance();
  ListCollateralResponse collateral = ListCollateralResponse.getDefaultInstance();

  Forecast forecast = Forecast.getDefaultInstance();
  ExplainForecastResponse account = ExplainForecastResponse.getDefaultInstance();
  List<ResourceProfile> profiles = List.of();
  List<Model> models = List.of();

  /** Rows to train on, as they are sent. */
  List<ExportTrainingRowsResponse> rows = List.of();

  /** Whether that is all of them: else the server is lost then. */
  boolean rowsEnd = true;

  /** What a training is in turn, each time it is asked about. */
  final Deque<Training> trainings = new ArrayDeque<>();

  /** How many calls are answered by a server that does not lead, from now on. */
  final AtomicInteger following = new AtomicInteger();

  /** Who leads, as it says then; empty: it does not know. */
  String leader = "";

  /** Whether it takes requests and dies of them. */
  boolean deadly;

  private final Server server;
  private final int port;

  LoopbackServer(Path credentials) throws IOException {
    var tls =
        SslContextBuilder.forServer(
                credentials.resolve("cert.pem").toFile(), credentials.resolve("key.pem").toFile())
            .trustManager(credentials.resolve("ca.pem").toFile())
            .clientAuth(ClientAuth.REQUIRE);
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(tls, SslProvider.JDK).protocols("TLSv1.3").build())
            .addService(new Reservations())
            .addService(new Topology())
            .addService(new Attestation())
            .addService(new TrustZones())
            .addService(new Forecasts())
            .intercept(new Follower())
            .build()
            .start();
    port = server.getPort();
  }

  String address() {
    return "localhost:" + port;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static <T> void answer(StreamObserver<T> observer, T value) {
    observer.onNext(value);
    observer.onCompleted();
  }

  private static StatusRuntimeException refusal(
      Code code, String reason, String message, String... facts) {
    ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(reason).setDomain("holdfast.dev");
    for (int i = 0; i < facts.length; i += 2) {
      info.putMetadata(facts[i], facts[i + 1]);
    }
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(Any.pack(info.build()))
            .build());
  }

  private final class Follower implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (following.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
        return next.startCall(call, headers);
      }
      String[] facts = leader.isEmpty() ? new String[0] : new String[] {"leader", leader};
      StatusRuntimeException refusal =
          refusal(Code.UNAVAILABLE, "NOT_LEADER", "this replica does not lead", facts);
      call.close(refusal.getStatus(), Objects.requireNonNull(refusal.getTrailers()));
      return new ServerCall.Listener<>() {};
    }
  }

  private final class Reservations extends ReservationServiceGrpc.ReservationServiceImplBase {
    @Override
    public void createReservation(
        CreateReservationRequest request, StreamObserver<Reservation> observer) {
      requests.add(request);
      if (deadly) {
        close();
        return;
      }
      if (request.getReservationId().equals("too-much")) {
        observer.onError(
            refusal(
                Code.RESOURCE_EXHAUSTED,
                "NO_ROOM",
                "node \"sw-3\" has 3MB/s free and 10MB/s were asked for",
                "node",
                "trustZones/edge/nodes/sw-3",
                "resource",
                "network"));
        return;
      }
      Reservation made =
          request.getReservation().toBuilder()
              .setName(request.getParent() + "/reservations/" + request.getReservationId())
              .setState(Reservation.State.STATE_PROVISIONING)
              .setRevision(41)
              .build();
      reservations.put(made.getName(), made);
      answer(observer, made);
    }

    @Override
    public void getReservation(
        GetReservationRequest request, StreamObserver<Reservation> observer) {
      requests.add(request);
      Reservation found = reservations.get(request.getName());
      if (found != null) {
        answer(observer, found);
      } else if (!request.getName().equals(SILENT)) {
        observer.onError(
            refusal(Code.NOT_FOUND, "NOT_FOUND", "there is no \u001b[31mred\u001b[0m"));
      }
    }

    @Override
    public void listReservations(
        ListReservationsRequest request, StreamObserver<ListReservationsResponse> observer) {
      answer(
          observer,
          ListReservationsResponse.newBuilder()
              .addAllReservations(reservations.values())
              .setRevision(7)
              .build());
    }

    @Override
    public void watchReservations(
        WatchReservationsRequest request, StreamObserver<WatchReservationsResponse> observer) {
      requests.add(request);
      long revision = request.getAfterRevision();
      for (Reservation reservation : reservations.values()) {
        observer.onNext(
            WatchReservationsResponse.newBuilder()
                .setReservation(
                    reservation.toBuilder()
                        .setState(
                            reservation.getName().endsWith("doomed")
                                ? Reservation.State.STATE_FAILED
                                : Reservation.State.STATE_ACTIVE))
                .setRevision(++revision)
                .build());
      }
      observer.onNext(WatchReservationsResponse.newBuilder().setRevision(revision).build());
    }

    @Override
    public void explainReservation(
        ExplainReservationRequest request, StreamObserver<ExplainReservationResponse> observer) {
      answer(observer, explanation);
    }
  }

  private final class Topology extends TopologyServiceGrpc.TopologyServiceImplBase {
    @Override
    public void createNode(CreateNodeRequest request, StreamObserver<Node> observer) {
      requests.add(request);
      if (deadly) {
        close();
        return;
      }
      answer(
          observer,
          request.getNode().toBuilder()
              .setName(request.getParent() + "/nodes/" + request.getNodeId())
              .build());
    }

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> observer) {
      int page = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      ListNodesResponse.Builder answer =
          ListNodesResponse.newBuilder()
              .addNodes(Node.newBuilder().setName("trustZones/edge/nodes/n" + page));
      if (page + 1 < NODES) {
        answer.setNextPageToken(Integer.toString(page + 1));
      }
      answer(observer, answer.build());
    }

    @Override
    public void createJoinToken(
        CreateJoinTokenRequest request, StreamObserver<JoinToken> observer) {
      requests.add(request);
      answer(
          observer,
          JoinToken.newBuilder()
              .setToken("t".repeat(43))
              .setServerRootDigest(ByteString.copyFrom(HexFormat.of().parseHex("0a".repeat(32))))
              .build());
    }

    @Override
    public void deleteNode(DeleteNodeRequest request, StreamObserver<Empty> observer) {
      requests.add(request);
      answer(observer, Empty.getDefaultInstance());
    }
  }

  private final class Attestation extends AttestationServiceGrpc.AttestationServiceImplBase {
    @Override
    public void getAppraisal(GetAppraisalRequest request, StreamObserver<Appraisal> observer) {
      requests.add(request);
      answer(observer, appraisal);
    }

    @Override
    public void appraiseEvidence(
        AppraiseEvidenceRequest request, StreamObserver<Appraisal> observer) {
      requests.add(request);
      answer(observer, appraisal);
    }

    @Override
    public void previewPolicy(
        PreviewPolicyRequest request, StreamObserver<PreviewPolicyResponse> observer) {
      requests.add(request);
      answer(observer, preview);
    }

    @Override
    public void attestPathway(
        AttestPathwayRequest request, StreamObserver<AttestationChain> observer) {
      requests.add(request);
      answer(observer, chain);
    }
  }

  private final class TrustZones extends TrustZoneServiceGrpc.TrustZoneServiceImplBase {
    @Override
    public void listCollateral(
        ListCollateralRequest request, StreamObserver<ListCollateralResponse> observer) {
      requests.add(request);
      answer(observer, collateral);
    }
  }

  private final class Forecasts extends ForecastServiceGrpc.ForecastServiceImplBase {
    @Override
    public void forecastDemand(ForecastDemandRequest request, StreamObserver<Forecast> observer) {
      requests.add(request);
      answer(observer, forecast);
    }

    @Override
    public void explainForecast(
        ExplainForecastRequest request, StreamObserver<ExplainForecastResponse> observer) {
      requests.add(request);
      answer(observer, account);
    }

    @Override
    public void listResourceProfiles(
        ListResourceProfilesRequest request,
        StreamObserver<ListResourceProfilesResponse> observer) {
      requests.add(request);
      answer(
          observer,
          ListResourceProfilesResponse.newBuilder().addAllResourceProfiles(profiles).build());
    }

    @Override
    public void getResourceProfile(
        GetResourceProfileRequest request, StreamObserver<ResourceProfile> observer) {
      requests.add(request);
      answer(observer, profiles.getFirst());
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
      answer(observer, ListModelsResponse.newBuilder().addAllModels(models).build());
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<Model> observer) {
      requests.add(request);
      answer(observer, models.getFirst());
    }

    @Override
    public void trainModel(TrainModelRequest request, StreamObserver<TrainModelResponse> observer) {
      requests.add(request);
      answer(observer, TrainModelResponse.newBuilder().setTraining(trainings.remove()).build());
    }

    @Override
    public void importModel(
        ImportModelRequest request, StreamObserver<ImportModelResponse> observer) {
      requests.add(request);
      answer(observer, ImportModelResponse.newBuilder().setTraining(trainings.remove()).build());
    }

    @Override
    public void exportTrainingRows(
        ExportTrainingRowsRequest request, StreamObserver<ExportTrainingRowsResponse> observer) {
      requests.add(request);
      rows.forEach(observer::onNext);
      if (rowsEnd) {
        observer.onCompleted();
      } else {
        observer.onError(io.grpc.Status.UNAVAILABLE.asRuntimeException());
      }
    }

    @Override
    public void getTraining(GetTrainingRequest request, StreamObserver<Training> observer) {
      answer(observer, trainings.remove());
    }

    @Override
    public void activateModel(ActivateModelRequest request, StreamObserver<Model> observer) {
      requests.add(request);
      answer(observer, models.getFirst());
    }

    @Override
    public void rollbackModel(RollbackModelRequest request, StreamObserver<Model> observer) {
      requests.add(request);
      answer(observer, models.getFirst());
    }

    @Override
    public void pinModel(PinModelRequest request, StreamObserver<Model> observer) {
      requests.add(request);
      answer(observer, models.getFirst());
    }
  }
}
