package dev.holdfast.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.holdfast.peers.Etcd;
import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.GetReservationRequest;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.Reservation.State;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** An installation that dies and comes back, and what must be there whenever it does. */
final class CrashSite implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final ResourceVector AMOUNT =
      ResourceVector.newBuilder().setCpuMillicores(500).setMemoryBytes(256L << 20).build();

  final Installation site;
  private final Optional<Etcd> etcd;
  private final Map<String, CreateReservationRequest> asked = new HashMap<>();

  /** Those that capacity counts for. */
  private final Set<String> holding = new HashSet<>();

  /** Over the embedded store. */
  CrashSite(Path directory, Installation.Tpms tpms) throws Exception {
    this.etcd = Optional.empty();
    this.site = new Installation(directory, tpms, "{kind: embedded}");
  }

  /** Over etcd, which ends with this. */
  CrashSite(Path directory, Installation.Tpms tpms, Etcd etcd) throws Exception {
    this.etcd = Optional.of(etcd);
    this.site =
        new Installation(
            directory, tpms, "{kind: etcd, endpoints: [\"%s\"]}".formatted(etcd.endpoint()));
  }

  List<GatedAllocator> nodes() {
    return List.of(site.hypervisor, site.enclave);
  }

  static CreateReservationRequest request() {
    return CreateReservationRequest.newBuilder()
        .setParent(Installation.TENANT)
        .setRequestId(UUID.randomUUID().toString())
        .setReservation(
            Reservation.newBuilder()
                .setAmount(AMOUNT)
                .setWorkload(
                    dev.holdfast.proto.resource.v1.Workload.newBuilder()
                        .setImage("images/" + "ab".repeat(32))
                        .setWorkloadType("batch"))
                .setInterval(
                    com.google.type.Interval.newBuilder()
                        .setEndTime(
                            Timestamp.newBuilder()
                                .setSeconds(Instant.now().plusSeconds(3600).getEpochSecond()))))
        .build();
  }

  /** A reservation that nodes are being told of; they apply it where their gates are open. */
  String reserve() {
    CreateReservationRequest request = request();
    String name = site.reservations().createReservation(request).getName();
    asked.put(name, request);
    holding.add(name);
    return name;
  }

  /** A reservation that is in use, behind open gates. */
  String use() {
    nodes().forEach(GatedAllocator::openGate);
    String name = reserve();
    await(name, State.STATE_ACTIVE);
    return name;
  }

  void release(String name) {
    var _ =
        site.reservations()
            .releaseReservation(ReleaseReservationRequest.newBuilder().setName(name).build());
  }

  Reservation get(String name) {
    return site.reservations()
        .getReservation(GetReservationRequest.newBuilder().setName(name).build());
  }

  void await(String name, State state) {
    Installation.await(() -> get(name).getState() == state, name + " to be " + state);
  }

  List<Reservation> all() {
    return site.reservations()
        .listReservations(
            ListReservationsRequest.newBuilder()
                .setParent(Installation.TENANT)
                .setPageSize(500)
                .build())
        .getReservationsList();
  }

  /** A reservation is in this state, and every one counts that has not ended. */
  void assertState(String name, State state) {
    assertEquals(state, get(name).getState(), name + site.log());
    assertHeld(holding.size());
  }

  /** No capacity is counted twice, and none is free that is promised. */
  void assertHeld(int reservations) {
    ResourceVector held = site.node(Installation.HYPERVISOR).getHeld();
    assertEquals(reservations * AMOUNT.getCpuMillicores(), held.getCpuMillicores(), site.log());
    assertEquals(reservations * AMOUNT.getMemoryBytes(), held.getMemoryBytes(), site.log());
  }

  /**
   * Lets nodes say something that the server hears and does not record: etcd stands still until the
   * server is killed. With the embedded store it may hear and record it before it is killed.
   */
  void hearUnrecorded(Consumer<GatedAllocator> saying) {
    etcd.ifPresent(store -> store.process().pause());
    nodes().forEach(saying);
    if (etcd.isPresent()) {
      site.awaitHeard(Installation.HYPERVISOR, Installation.ENCLAVE);
    }
  }

  /** SIGKILL. */
  void kill() {
    site.kill();
    etcd.ifPresent(store -> store.process().resume());
  }

  /** Starts it again: each reservation is there once, and a repeated request makes no other. */
  void restart() throws IOException, InterruptedException {
    site.restart();
    asked.forEach(
        (name, request) ->
            assertEquals(name, site.reservations().createReservation(request).getName()));
    assertEquals(asked.keySet(), names(all()), site.log());
  }

  /** Opens every gate: the reservation comes to be used, and all else is as it was. */
  void assertComesToBeUsed(String name) throws InterruptedException {
    nodes().forEach(GatedAllocator::openGate);
    await(name, State.STATE_ACTIVE);
    assertAllAsPromised();
  }

  /** Opens every gate: the reservation is given back once, and all else is as it was. */
  void assertIsGivenBack(String name) throws InterruptedException {
    nodes().forEach(node -> node.exit(GatedAllocator.Exit.OPEN));
    await(name, State.STATE_RELEASED);
    holding.remove(name);
    release(name);
    assertState(name, State.STATE_RELEASED);
    assertAllAsPromised();
  }

  private void assertAllAsPromised() throws InterruptedException {
    site.awaitNodes();
    for (GatedAllocator node : nodes()) {
      assertTrue(node.awaitTold(holding, PATIENCE), "a node was not told again: " + site.log());
      assertEquals(holding, node.reservations(), site.log());
    }
    holding.forEach(name -> await(name, State.STATE_ACTIVE));
    assertHeld(holding.size());
  }

  static Set<String> names(List<Reservation> reservations) {
    Set<String> names = new HashSet<>();
    reservations.forEach(reservation -> names.add(reservation.getName()));
    assertEquals(reservations.size(), names.size(), "each name stands once");
    return names;
  }

  @Override
  public void close() {
    site.close();
    etcd.ifPresent(Etcd::close);
  }
}
