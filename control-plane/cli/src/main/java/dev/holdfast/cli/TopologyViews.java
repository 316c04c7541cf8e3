package dev.holdfast.cli;

import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.policy.v1.Pathway;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Nodes and pathways for people. */
final class TopologyViews {
  private TopologyViews() {}

  static String nodes(List<Node> nodes, Instant now) {
    Table table =
        new Table("NAME", "ROLE", "STATE", "VERDICT", "CONNECTED", "CAPACITY", "HELD", "APPRAISED");
    for (Node node : nodes) {
      table.row(
          Text.orDash(node.getName()),
          Text.word(node.getRole()),
          Text.word(node.getState()),
          Text.word(node.getVerdict()),
          node.getConnected() ? "yes" : "no",
          AmountOptions.print(node.getCapacity()),
          AmountOptions.print(node.getHeld()),
          Spans.until(node.hasAppraiseTime(), node.getAppraiseTime(), now));
    }
    return table.toString();
  }

  static String node(Node node, Instant now) {
    return new Facts("Node " + node.getName())
        .fact("role", Text.word(node.getRole()))
        .fact("tenant", node.getTenant())
        .fact("state", Text.word(node.getState()))
        .fact("verdict", Text.word(node.getVerdict()))
        .fact("appraisal", node.getAppraisal())
        .fact("appraised", Spans.until(node.hasAppraiseTime(), node.getAppraiseTime(), now))
        .fact("connected", node.getConnected() ? "yes" : "no")
        .fact("last seen", Spans.until(node.hasLastSeenTime(), node.getLastSeenTime(), now))
        .fact("capacity", AmountOptions.print(node.getCapacity()))
        .fact("at most", AmountOptions.print(node.getCapacityMax()))
        .fact("held", AmountOptions.print(node.getHeld()))
        .fact("hardware", Text.hex(node.getHardwareDigest()))
        .fact("software", node.getSoftwareVersion())
        .toString();
  }

  static String pathways(List<Pathway> pathways) {
    Table table = new Table("NAME", "HOPS", "FREE", "CHAIN");
    for (Pathway pathway : pathways) {
      table.row(
          Text.orDash(pathway.getName()),
          pathway.getHopsList().stream()
              .map(hop -> Text.last(hop.getNode()))
              .collect(Collectors.joining(" > ")),
          AmountOptions.print(pathway.getFree()),
          Text.last(pathway.getAttestationChain()));
    }
    return table.toString();
  }

  static String pathway(Pathway pathway) {
    Facts facts =
        new Facts("Pathway " + pathway.getName())
            .fact("chain", pathway.getAttestationChain())
            .fact("free", AmountOptions.print(pathway.getFree()));
    int number = 1;
    for (Hop hop : pathway.getHopsList()) {
      facts.fact("hop " + number++, hop.getNode() + attachment(hop));
    }
    return facts.toString();
  }

  private static String attachment(Hop hop) {
    return switch (hop.getAttachmentCase()) {
      case MACHINE -> "  machine " + hop.getMachine();
      case VOLUME -> "  volume " + hop.getVolume();
      case FLOWS -> "  " + hop.getFlows().getFlowsCount() + " flows";
      case ATTACHMENT_NOT_SET -> "";
    };
  }
}
