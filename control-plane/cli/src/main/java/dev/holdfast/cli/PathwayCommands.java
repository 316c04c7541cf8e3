package dev.holdfast.cli;

import dev.holdfast.proto.policy.v1.CreatePathwayRequest;
import dev.holdfast.proto.policy.v1.DeletePathwayRequest;
import dev.holdfast.proto.policy.v1.FlowSet;
import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.Pathway;
import dev.holdfast.proto.resource.v1.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on pathways. */
final class PathwayCommands {
  private PathwayCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "pathways",
        "Keeps the pathways: the nodes that serve one workload, in order.",
        new ListPathways(root),
        new GetPathway(root),
        new Create(root),
        new Delete(root));
  }

  @Command(name = "list", description = "Lists pathways.")
  private static final class ListPathways implements Callable<Integer> {
    private final Holdfast root;

    @Option(names = "--zone", paramLabel = "ZONE", description = "Of one trust zone. Default: all.")
    private String zone = "-";

    ListPathways(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String parent = Names.ZONE.full(zone);
      return Group.run(root, remote -> new Lookup(root, remote).pathways(parent)).call();
    }
  }

  @Command(name = "get", description = "Shows a pathway.")
  private static final class GetPathway implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "PATHWAY", description = "trustZones/Z/pathways/P, or Z/P.")
    private String pathway = "";

    GetPathway(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String name = Names.PATHWAY.full(pathway);
      return Group.run(root, remote -> new Lookup(root, remote).show(name)).call();
    }
  }

  @Command(
      name = "create",
      description = {
        "Creates a pathway from its hops, in order, ending in one enclave:",
        "  --hop hv-1,machine=vm7 --hop sw-3,source=10.2.0.0/16,protocol=6,port=443 --hop e-1"
      })
  private static final class Create implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "PATHWAY", description = "trustZones/Z/pathways/P, or Z/P.")
    private String pathway = "";

    @Option(
        names = "--hop",
        required = true,
        paramLabel = "NODE[,KEY=VALUE...]",
        description = {
          "A node, by its last part or in full, and what the workload is called there.",
          "Hypervisor: machine. Storage controller: volume. Switch: source, destination, protocol,",
          "source-port, port, ingress; a further flow of the same hop after \"+\"."
        })
    private List<String> hops = new ArrayList<>();

    Create(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String name = Names.PATHWAY.full(pathway);
      String zone = Names.parent(name);
      Pathway.Builder made = Pathway.newBuilder();
      hops.forEach(text -> made.addHops(hop(zone, text)));
      CreatePathwayRequest request =
          CreatePathwayRequest.newBuilder()
              .setParent(zone)
              .setPathwayId(name.substring(name.lastIndexOf('/') + 1))
              .setPathway(made)
              .build();
      return Group.run(
              root,
              remote -> {
                Pathway created = remote.topology().createPathway(request);
                root.print(created, () -> TopologyViews.pathway(created));
              })
          .call();
    }
  }

  /** Reads {@code NODE[,KEY=VALUE...][+KEY=VALUE...]}. */
  static Hop hop(String zone, String text) {
    int comma = text.indexOf(',');
    String node = comma < 0 ? text : text.substring(0, comma);
    Hop.Builder hop =
        Hop.newBuilder()
            .setNode(Names.NODE.full(node.contains("/") ? node : zone + "/nodes/" + node));
    if (comma < 0) {
      return hop.build();
    }
    String attachment = text.substring(comma + 1);
    if (attachment.startsWith("machine=")) {
      return hop.setMachine(attachment.substring("machine=".length())).build();
    }
    if (attachment.startsWith("volume=")) {
      return hop.setVolume(attachment.substring("volume=".length())).build();
    }
    FlowSet.Builder flows = FlowSet.newBuilder();
    for (String flow : attachment.split("\\+", -1)) {
      flows.addFlows(flow(flow));
    }
    return hop.setFlows(flows).build();
  }

  private static Flow flow(String text) {
    List<String> keys =
        List.of(
            "machine",
            "volume",
            "source",
            "destination",
            "protocol",
            "source-port",
            "port",
            "ingress");
    Flow.Builder flow = Flow.newBuilder();
    for (String pair : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      switch (key) {
        case "source" -> flow.setSourcePrefix(value);
        case "destination" -> flow.setDestinationPrefix(value);
        case "protocol" -> flow.setIpProtocol(number(key, value, 255));
        case "source-port" -> flow.setSourcePort(number(key, value, 65_535));
        case "port" -> flow.setDestinationPort(number(key, value, 65_535));
        case "ingress" -> flow.setIngressPort(value);
        default ->
            throw CommandException.usage(
                "\""
                    + Text.clean(key)
                    + "\" says nothing about a hop."
                    + Nearest.question(key, keys)
                    + " Known: "
                    + String.join(", ", keys)
                    + ".");
      }
    }
    return flow.build();
  }

  private static int number(String key, String value, int max) {
    if (!value.matches("\\d{1,5}")
        || Integer.parseInt(value) < 1
        || Integer.parseInt(value) > max) {
      throw CommandException.usage(
          "\"" + Text.clean(value) + "\" is no " + key + ": a number from 1 to " + max + ".");
    }
    return Integer.parseInt(value);
  }

  @Command(name = "delete", description = "Deletes a pathway without holds.")
  private static final class Delete implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "PATHWAY", description = "trustZones/Z/pathways/P, or Z/P.")
    private String pathway = "";

    @Option(names = "--etag", paramLabel = "ETAG", description = "Only if it is this version.")
    private String etag = "";

    Delete(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      DeletePathwayRequest request =
          DeletePathwayRequest.newBuilder()
              .setName(Names.PATHWAY.full(pathway))
              .setEtag(etag)
              .build();
      return Group.run(
              root,
              remote -> {
                var empty = remote.topology().deletePathway(request);
                root.print(empty, () -> "Deleted " + request.getName() + "\n");
              })
          .call();
    }
  }
}
