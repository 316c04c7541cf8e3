package dev.holdfast.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.Code;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.SwitchAllocation;
import dev.holdfast.proto.resource.v1.Flow;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allocations as HTB classes on a real device, with real packets. */
final class SwitchControllerTest {
  private static final long LINE = 125_000_000;

  /** An address that takes packets and answers none: a refusal would end the sender. */
  private static final String NOBODY = "192.0.2.3";

  @TempDir Path state;
  private VethNetwork network;
  private SwitchController controller;

  @BeforeEach
  void open() throws IOException {
    try {
      network = VethNetwork.create("holdfast-" + ProcessHandle.current().pid());
    } catch (IOException e) {
      Assumptions.abort("skipped: network namespaces cannot be made here: " + e.getMessage());
    }
    CommandRun.run(
        List.of(
            "ip",
            "-n",
            network.near(),
            "neigh",
            "add",
            NOBODY,
            "lladdr",
            "02:00:00:00:00:01",
            "dev",
            network.nearDevice()),
        "",
        Duration.ofSeconds(10));
    controller = controller();
  }

  @AfterEach
  void close() {
    if (network != null) {
      network.close();
    }
  }

  private SwitchController controller() throws IOException {
    return new SwitchController(Optional.of(network.near()), network.nearDevice(), LINE, state);
  }

  @Test
  void anAllocationBecomesAClassAndIsReadBack() throws IOException {
    long generation = 0;
    for (long[] rates : new long[][] {{1_234_567, 2_000_001}, {0, 999}, {12_345_678, 99_999_999}}) {
      Allocation desired = allocation("r1", ++generation, rates[0], rates[1], 9000);
      AllocationStatus status = controller.apply(desired);
      assertEquals(AllocationStatus.State.STATE_APPLIED, status.getState(), status::toString);
      assertEquals(desired, status.getObserved());
      assertEquals(status, controller.apply(desired));
    }
    SwitchPort.ShownClass shown = firstClass();
    assertTrue(
        shown.rate().mayBe(12_345_678) && shown.ceiling().mayBe(99_999_999), shown::toString);
    assertEquals(2, shown.priority());
    assertEquals(1, shown.filters());
  }

  @Test
  void packetsOfTheFlowGoThroughItsClassAndOthersDoNot() throws IOException {
    controller.apply(allocation("r1", 1, 1_000_000, 2_000_000, 9000));
    controller.apply(allocation("r2", 1, 1_000_000, 2_000_000, 9001));
    send(9000, 100, 5);
    SwitchController.Sent sent = sent("r1");
    assertEquals(5, sent.packets());
    assertEquals(0, sent("r2").packets());
  }

  @Test
  void noMoreThanTheGreatestRateLeavesThePort() throws IOException {
    controller.apply(allocation("r1", 1, 1_000, 10_000, 9000));
    send(9000, 1000, 3000);
    SwitchController.Sent sent = sent("r1");
    // The sender is held back, as its socket fills: in two seconds it could have sent three
    // megabytes.
    assertTrue(sent.bytes() > 0 && sent.bytes() < 1_000_000, sent::toString);
  }

  @Test
  void aGreatestRateOfZeroLetsNothingPass() throws IOException {
    AllocationStatus status = controller.apply(allocation("r1", 1, 0, 0, 9000));
    assertEquals(AllocationStatus.State.STATE_APPLIED, status.getState(), status::toString);
    send(9000, 100, 10);
    SwitchController.Sent sent = sent("r1");
    assertEquals(0, sent.packets());
    assertEquals(10, sent.dropped());
  }

  @Test
  void whatWasChangedBehindTheControllersBackIsSetAgain() throws IOException {
    controller.apply(allocation("r1", 1, 1000, 2000, 9000));
    port().remove(SwitchPort.MINOR_FIRST);
    assertEquals(AllocationStatus.State.STATE_APPLIED, controller.held().getFirst().getState());
    assertEquals(1, port().classes().size());
  }

  @Test
  void whatIsHeldOutlivesTheProcessAndWithdrawalRemovesIt() throws IOException {
    controller.apply(allocation("r1", 4, 1000, 2000, 9000));
    controller = controller();
    assertEquals(4, controller.held().getFirst().getObserved().getGeneration());
    assertEquals(1, port().classes().size());
    assertEquals(
        4, controller.withdraw("tenants/t/reservations/r1", 3).getObserved().getGeneration());
    controller.withdraw("tenants/t/reservations/r1", 4);
    assertTrue(port().classes().isEmpty());
    assertTrue(controller.held().isEmpty());
  }

  @Test
  void guaranteesTogetherAreNoMoreThanTheLine() {
    controller.apply(allocation("r1", 1, LINE - 1000, LINE, 9000));
    AllocationStatus status = controller.apply(allocation("r2", 1, 1001, LINE, 9001));
    assertEquals(Code.RESOURCE_EXHAUSTED.getNumber(), status.getError().getCode());
    assertEquals(
        AllocationStatus.State.STATE_APPLIED,
        controller.apply(allocation("r2", 2, 1000, LINE, 9001)).getState());
  }

  @Test
  void flowsThatAreNoneAreRefusedBeforeAnyCommandRuns() throws IOException {
    List<Flow> bad =
        List.of(
            Flow.getDefaultInstance(),
            Flow.newBuilder().setDestinationPrefix("10.0.0.0/33").build(),
            Flow.newBuilder().setDestinationPrefix("10.0.0.1").build(),
            Flow.newBuilder().setDestinationPrefix("example.org/8").build(),
            Flow.newBuilder()
                .setDestinationPrefix("1/8 flowid 1:2\nqdisc del dev port0 root")
                .build(),
            Flow.newBuilder().setDestinationPrefix("fd00::1%lo/64").build(),
            Flow.newBuilder()
                .setSourcePrefix("10.0.0.0/8")
                .setDestinationPrefix("fd00::/8")
                .build(),
            Flow.newBuilder().setDestinationPort(80).build(),
            Flow.newBuilder().setIpProtocol(6).setDestinationPort(70_000).build(),
            Flow.newBuilder().setDestinationPrefix("10.0.0.0/8").setIngressPort("p").build());
    for (Flow flow : bad) {
      Allocation.Builder allocation = allocation("r1", 1, 1, 2, 9000).toBuilder();
      allocation.getNetworkBuilder().clearFlows().addFlows(flow);
      assertEquals(
          AllocationStatus.State.STATE_FAILED,
          controller.apply(allocation.build()).getState(),
          flow::toString);
    }
    assertTrue(port().classes().isEmpty());
  }

  @Test
  void aFlowWithoutAddressesMatchesBothVersionsOfIp() throws IOException {
    Allocation.Builder allocation = allocation("r1", 1, 1, 2, 9000).toBuilder();
    allocation
        .getNetworkBuilder()
        .clearFlows()
        .addFlows(Flow.newBuilder().setIpProtocol(6).setDestinationPort(443))
        .addFlows(Flow.newBuilder().setDestinationPrefix("fd00::/8"));
    AllocationStatus status = controller.apply(allocation.build());
    assertEquals(AllocationStatus.State.STATE_APPLIED, status.getState(), status::toString);
    assertEquals(3, firstClass().filters());
  }

  private SwitchPort.ShownClass firstClass() throws IOException {
    return Objects.requireNonNull(port().classes().get(SwitchPort.MINOR_FIRST));
  }

  private SwitchController.Sent sent(String reservation) throws IOException {
    return Objects.requireNonNull(
        controller.traffic().get("tenants/t/reservations/" + reservation));
  }

  private SwitchPort port() {
    return new SwitchPort(Optional.of(network.near()), network.nearDevice(), LINE);
  }

  private void send(int udpPort, int bytes, int count) throws IOException {
    List<String> command = new ArrayList<>(network.nearCommand());
    command.addAll(
        List.of(
            "/bin/bash",
            "-c",
            "exec 3>/dev/udp/%s/%d; timeout 2 dd if=/dev/zero bs=%d count=%d status=none >&3 || true"
                .formatted(NOBODY, udpPort, bytes, count)));
    CommandRun.run(command, "", Duration.ofSeconds(60));
  }

  private static Allocation allocation(
      String reservation, long generation, long least, long most, int udpPort) {
    return Allocation.newBuilder()
        .setReservation("tenants/t/reservations/" + reservation)
        .setGeneration(generation)
        .setNetwork(
            SwitchAllocation.newBuilder()
                .addFlows(
                    Flow.newBuilder()
                        .setDestinationPrefix(NOBODY + "/32")
                        .setIpProtocol(17)
                        .setDestinationPort(udpPort))
                .setQueuePriority(5)
                .setRateBytesPerSecondMin(least)
                .setRateBytesPerSecondMax(most))
        .build();
  }
}
