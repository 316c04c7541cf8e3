package dev.holdfast.quickstart;

import com.google.protobuf.Duration;
import dev.holdfast.cli.Console;
import dev.holdfast.cli.Main;
import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.AttestationServiceGrpc;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.policy.v1.CreateJoinTokenRequest;
import dev.holdfast.proto.policy.v1.CreateNodeRequest;
import dev.holdfast.proto.policy.v1.CreatePathwayRequest;
import dev.holdfast.proto.policy.v1.FlowSet;
import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.policy.v1.TopologyServiceGrpc;
import dev.holdfast.proto.reservation.v1.ListReservationsRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ReservationServiceGrpc;
import dev.holdfast.proto.resource.v1.Flow;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.quickstart.Site.Machine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What an operator of the site asks of the server, over mutual TLS as anybody would. */
record Operator(Site site) {
  /** Creates a machine's node, and makes the token that lets it in. */
  JoinToken admit(String zone, Machine machine, String tenant) {
    Node.Builder node = Node.newBuilder().setRole(role(machine));
    if (machine == Machine.ENCLAVE) {
      node.setTenant(tenant);
    }
    topology()
        .createNode(
            CreateNodeRequest.newBuilder()
                .setParent(zone)
                .setNodeId(machine.id())
                .setNode(node)
                .build());
    return topology()
        .createJoinToken(CreateJoinTokenRequest.newBuilder().setNode(machine.node()).build());
  }

  private static NodeRole role(Machine machine) {
    return switch (machine) {
      case HYPERVISOR -> NodeRole.NODE_ROLE_HYPERVISOR;
      case SWITCH -> NodeRole.NODE_ROLE_SWITCH;
      case STORAGE -> NodeRole.NODE_ROLE_STORAGE_CONTROLLER;
      case ENCLAVE -> NodeRole.NODE_ROLE_ENCLAVE;
    };
  }

  /** Creates the pathway over all machines. */
  void createPathway(String zone) {
    topology()
        .createPathway(
            CreatePathwayRequest.newBuilder()
                .setParent(zone)
                .setPathwayId("main")
                .setPathway(
                    Pathway.newBuilder()
                        .addHops(
                            Hop.newBuilder().setNode(Machine.HYPERVISOR.node()).setMachine("app"))
                        .addHops(
                            Hop.newBuilder()
                                .setNode(Machine.SWITCH.node())
                                .setFlows(
                                    FlowSet.newBuilder()
                                        .addFlows(
                                            Flow.newBuilder()
                                                .setDestinationPrefix("192.0.2.2/32")
                                                .setIpProtocol(6)
                                                .setDestinationPort(8443))))
                        .addHops(Hop.newBuilder().setNode(Machine.STORAGE.node()).setVolume("data"))
                        .addHops(Hop.newBuilder().setNode(Machine.ENCLAVE.node())))
                .build());
  }

  /** Attests a pathway. */
  AttestationChain attest(String pathway) {
    return AttestationServiceGrpc.newBlockingStub(site.operator())
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .attestPathway(AttestPathwayRequest.newBuilder().setPathway(pathway).build());
  }

  /** Asks what the next seconds of a workload will need. */
  Forecast forecast(String tenant, String image, String user) {
    return ForecastServiceGrpc.newBlockingStub(site.operator())
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .forecastDemand(
            ForecastDemandRequest.newBuilder()
                .setParent(tenant)
                .setWorkload(Workload.newBuilder().setImage(image).setUser(user))
                .setHorizon(Duration.newBuilder().setSeconds(6))
                .build());
  }

  /** A reservation as it stands. */
  Reservation reservation(String tenant, String name) {
    return ReservationServiceGrpc.newBlockingStub(site.operator())
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .listReservations(ListReservationsRequest.newBuilder().setParent(tenant).build())
        .getReservationsList()
        .stream()
        .filter(one -> one.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " is gone"));
  }

  /** What an operator would type, and what it prints. */
  String types(String... arguments) {
    StringWriter text = new StringWriter();
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server",
                "127.0.0.1:" + site.port(),
                "--credentials",
                site.operatorCredentials().toString()));
    all.addAll(List.of(arguments));
    PrintWriter writer = new PrintWriter(text);
    Main.run(
        new Console(writer, writer, InstantSource.system(), Map.of(), site.directory()),
        all.toArray(String[]::new));
    return text.toString();
  }

  private TopologyServiceGrpc.TopologyServiceBlockingStub topology() {
    return TopologyServiceGrpc.newBlockingStub(site.operator())
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }
}
