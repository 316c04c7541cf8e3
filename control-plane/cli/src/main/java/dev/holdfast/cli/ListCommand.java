package dev.holdfast.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the resources of one kind. */
@Command(name = "list", description = "Lists resources of one kind.")
final class ListCommand implements Callable<Integer> {
  private static final List<String> KINDS =
      List.of("reservations", "nodes", "pathways", "chains", "profiles", "grants");

  private final Holdfast root;

  @Parameters(
      paramLabel = "KIND",
      description = "reservations, nodes, pathways, chains, profiles or grants.",
      completionCandidates = Kinds.class)
  private String kind = "";

  @Option(names = "--tenant", paramLabel = "TENANT", description = "Of one tenant. Default: all.")
  private String tenant = "-";

  @Option(names = "--zone", paramLabel = "ZONE", description = "Of one trust zone. Default: all.")
  private String zone = "-";

  @Option(names = "--pathway", paramLabel = "NAME", description = "For chains: of one pathway.")
  private String pathway = "";

  @Option(names = "--reservation", paramLabel = "NAME", description = "For grants. Required.")
  private String reservation = "";

  ListCommand(Holdfast root) {
    this.root = root;
  }

  /** What may be listed, for completion. */
  static final class Kinds implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return KINDS.iterator();
    }
  }

  @Override
  public Integer call() {
    String plural = kind.endsWith("s") ? kind : kind + "s";
    if (!KINDS.contains(plural)) {
      throw CommandException.usage(
          "\""
              + Text.clean(kind)
              + "\" cannot be listed."
              + Nearest.question(kind, KINDS)
              + " Kinds: "
              + String.join(", ", KINDS)
              + ".");
    }
    if (plural.equals("grants") && reservation.isEmpty()) {
      throw CommandException.usage("Grants belong to a reservation: name it by --reservation.");
    }
    return root.call(
        remote -> {
          Lookup lookup = new Lookup(root, remote);
          switch (plural) {
            case "reservations" -> lookup.reservations(Names.TENANT.full(tenant));
            case "nodes" -> lookup.nodes(Names.ZONE.full(zone));
            case "pathways" -> lookup.pathways(Names.ZONE.full(zone));
            case "chains" ->
                lookup.chains(Names.PATHWAY.full(pathway.isEmpty() ? everyPathway(zone) : pathway));
            case "profiles" -> lookup.profiles(Names.TENANT.full(tenant));
            default -> lookup.grants(Names.RESERVATION.full(reservation));
          }
          return Exit.OK.code();
        });
  }

  /** All pathways of a zone. */
  private static String everyPathway(String zone) {
    return Names.ZONE.full(zone) + "/pathways/-";
  }
}
