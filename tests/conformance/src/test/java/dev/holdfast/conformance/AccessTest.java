package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.policy.v1.ListNodesRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.RevokeNodeRequest;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.reservation.v1.UpdateReservationRequest;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.server.journal.Event;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who may not call what, and how much (A24, D08, D10, F01, F04). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AccessTest {
  private static final MethodDescriptor.Marshaller<byte[]> RAW =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final CallOptions GZIP = CallOptions.DEFAULT.withCompression("gzip");

  private Site site;

  @TempDir Path elsewhere;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  @Test
  void d08_noCallButEnrolmentIsOpenToWhoShowsNoCertificate() {
    Client nobody = site.anonymous();
    int methods = 0;
    for (ServiceDescriptor service :
        List.of(
            NodeServiceGrpc.getServiceDescriptor(),
            AttestationServiceGrpc.getServiceDescriptor(),
            ReservationServiceGrpc.getServiceDescriptor(),
            ForecastServiceGrpc.getServiceDescriptor(),
            TopologyServiceGrpc.getServiceDescriptor())) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        if (!method.equals(NodeServiceGrpc.getEnrolNodeMethod())) {
          Refused.by(() -> raw(nobody, method.getFullMethodName(), new byte[0]))
              .with(Code.UNAUTHENTICATED, "CLIENT_CERT_REQUIRED");
          methods++;
        }
      }
    }
    assertTrue(methods > 25, methods + " methods");
    site.requireHealthy();
  }

  /** Calls a method with bytes for a message; every kind of stream begins the same. */
  private static void raw(Client caller, String method, byte[] message) {
    raw(caller, method, message, CallOptions.DEFAULT);
  }

  private static void raw(Client caller, String method, byte[] message, CallOptions options) {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder(RAW, RAW)
            .setFullMethodName(method)
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .build();
    Iterator<byte[]> answers =
        ClientCalls.blockingServerStreamingCall(
            caller.channel(), descriptor, options.withDeadlineAfter(20, TimeUnit.SECONDS), message);
    while (answers.hasNext()) {
      answers.next();
    }
  }

  @Test
  void d08_aCertificateOfAnotherAuthorityIsNoCertificate() throws IOException {
    CertificateAuthority other =
        CertificateAuthority.open(elsewhere.resolve("ca"), "holdfast.test", site.clock());
    Path credentials = elsewhere.resolve("mallory");
    other.writeCredentials(credentials, "operators/mallory", Duration.ofDays(1));
    Client mallory = site.remembered(Client.trusting(site.port(), site.root(), credentials));
    StatusRuntimeException failure =
        assertThrows(StatusRuntimeException.class, () -> listNodes(mallory));
    // The handshake ends, before there is a call that could have a reason.
    assertEquals(Code.UNAVAILABLE, failure.getStatus().getCode());
    assertEquals(5, listNodes(site.operator()));
    site.requireHealthy();
  }

  @Test
  void d08_aCertificateThatNamesNoCallerMayCallNothing() throws IOException {
    Client stranger = site.client("printers/third-floor");
    Refused.by(() -> listNodes(stranger)).with(Code.PERMISSION_DENIED, "ROLE");
    Client almost = site.client("tenants/t1");
    Refused.by(() -> list(almost, Site.FIRST_TENANT)).with(Code.PERMISSION_DENIED, "ROLE");
    site.requireHealthy();
  }

  private static int listNodes(Client caller) {
    return caller
        .topology()
        .listNodes(ListNodesRequest.newBuilder().setParent(Site.ZONE).build())
        .getNodesCount();
  }

  private static int list(Client caller, String tenant) {
    return caller
        .reservations()
        .listReservations(ListReservationsRequest.newBuilder().setParent(tenant).build())
        .getReservationsCount();
  }

  @Test
  void d10_aNodeMayNotDoWhatOperatorsDo() {
    Client node = site.session(Site.SWITCH).client();
    Refused.by(() -> listNodes(node)).with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(
            () ->
                node.topology()
                    .revokeNode(
                        RevokeNodeRequest.newBuilder()
                            .setName(Site.HYPERVISOR)
                            .setReason("because")
                            .build()))
        .with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(
            () ->
                node.reservations()
                    .createReservation(
                        CreateReservationRequest.newBuilder()
                            .setParent(Site.FIRST_TENANT)
                            .setReservation(site.wish())
                            .build()))
        .with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(() -> listNodes(site.firstTenant())).with(Code.PERMISSION_DENIED, "ROLE");
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.HYPERVISOR));
    site.requireHealthy();
  }

  @Test
  void d10_aTenantNeitherSeesNorTouchesWhatIsAnothers() {
    Reservation held = site.reserveUntilActive(site.wish());
    Client other = site.secondTenant();
    Refused.by(
            () ->
                other
                    .reservations()
                    .getReservation(
                        GetReservationRequest.newBuilder().setName(held.getName()).build()))
        .with(Code.NOT_FOUND, "NOT_FOUND");
    Refused.by(() -> list(other, Site.FIRST_TENANT)).with(Code.NOT_FOUND, "NOT_FOUND");
    Refused.by(() -> list(other, "tenants/-")).with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(
            () ->
                other
                    .reservations()
                    .releaseReservation(
                        ReleaseReservationRequest.newBuilder().setName(held.getName()).build()))
        .with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(
            () ->
                other
                    .reservations()
                    .updateReservation(
                        UpdateReservationRequest.newBuilder().setReservation(held).build()))
        .with(Code.PERMISSION_DENIED, "ROLE");
    Refused.by(
            () ->
                other
                    .reservations()
                    .createReservation(
                        CreateReservationRequest.newBuilder()
                            .setParent(Site.FIRST_TENANT)
                            .setReservation(site.wish())
                            .build()))
        .with(Code.PERMISSION_DENIED, "ROLE");
    assertEquals(held, site.get(held.getName()));
    site.releaseUntilEnded(held.getName());
    site.requireHealthy();
  }

  @Test
  void f01_aMessageAboveTheLimitIsRefusedInWords() {
    int before = site.ledger().reservations().size();
    String method = ReservationServiceGrpc.getCreateReservationMethod().getFullMethodName();
    Refused.by(() -> raw(site.firstTenant(), method, request(5 << 20)))
        .with(Code.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE");
    // What is far above it does not even reach our own check.
    assertEquals(
        Code.RESOURCE_EXHAUSTED,
        Refused.by(() -> raw(site.firstTenant(), method, request(20 << 20))).code());
    PaperSession session = site.session(Site.STORAGE);
    session.answer(ByteString.copyFrom(new byte[5 << 20]));
    session.refused().with(Code.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE");
    session.close();
    site.connect(site.node(Site.STORAGE));
    assertEquals(before, site.ledger().reservations().size());
    site.requireHealthy();
  }

  /**
   * What counts is what a message unpacks to, and no more of it is unpacked than may be: what is
   * far above the limit is refused for the same reason, not by the transport's own, larger one.
   */
  @Test
  void a24_aHighlyCompressedMessageIsRefusedByWhatItUnpacksTo() {
    String reserve = ReservationServiceGrpc.getCreateReservationMethod().getFullMethodName();
    String appraise = AttestationServiceGrpc.getAppraiseEvidenceMethod().getFullMethodName();
    String enrol = NodeServiceGrpc.getEnrolNodeMethod().getFullMethodName();
    int reservations = site.ledger().reservations().size();
    int told = site.told();
    for (int unpacked : new int[] {5 << 20, 32 << 20}) {
      byte[] evidence =
          AppraiseEvidenceRequest.newBuilder()
              .setNode(Site.STORAGE)
              .setEvidenceBundle(ByteString.copyFrom(new byte[unpacked]))
              .build()
              .toByteArray();
      bomb(site.firstTenant(), reserve, request(unpacked));
      bomb(site.session(Site.STORAGE).client(), appraise, evidence);
      bomb(site.anonymous(), enrol, new byte[unpacked]);
    }
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.STORAGE));
    assertEquals(reservations, site.ledger().reservations().size());
    assertEquals(told, site.told());
    // What unpacks to less is served.
    raw(
        site.firstTenant(),
        ReservationServiceGrpc.getListReservationsMethod().getFullMethodName(),
        ListReservationsRequest.newBuilder().setParent(Site.FIRST_TENANT).build().toByteArray(),
        GZIP);
    site.requireHealthy();
  }

  private void bomb(Client caller, String method, byte[] message) {
    int heard = site.events().count();
    Refused.by(() -> raw(caller, method, message, GZIP))
        .with(Code.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE");
    site.events()
        .await(
            heard,
            Event.Rejected.class,
            event -> event.reason().equals("MESSAGE_TOO_LARGE") && event.method().equals(method));
  }

  private byte[] request(int bytes) {
    return CreateReservationRequest.newBuilder()
        .setParent(Site.FIRST_TENANT)
        .setReservation(
            site.wish().setWorkload(site.wish().getWorkloadBuilder().setUser("u".repeat(bytes))))
        .build()
        .toByteArray();
  }

  @Test
  void f04_bytesThatAreNoMessageAreRefused() {
    Bytes junk = Bytes.of((byte) 0xff, (byte) 0xff, (byte) 0xff);
    String method = ReservationServiceGrpc.getCreateReservationMethod().getFullMethodName();
    Refused.by(() -> raw(site.firstTenant(), method, junk.toByteArray()))
        .with(Code.INVALID_ARGUMENT, "MESSAGE_MALFORMED");
    byte[] deep = new byte[20_000];
    java.util.Arrays.fill(deep, (byte) 0x0b);
    Refused.by(() -> raw(site.firstTenant(), method, deep))
        .with(Code.INVALID_ARGUMENT, "MESSAGE_MALFORMED");
    site.requireHealthy();
  }
}
