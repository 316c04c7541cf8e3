package dev.holdfast.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one resource by its full name. */
@Command(
    name = "get",
    description = {
      "Shows one resource by its full name.",
      "  tenants/T/reservations/R, .../grants/G, tenants/T/resourceProfiles/P, models/M,",
      "  trustZones/Z/nodes/N, .../appraisals/A, trustZones/Z/pathways/P, .../attestationChains/C"
    })
final class GetCommand implements Callable<Integer> {
  private final Holdfast root;

  @Parameters(paramLabel = "NAME", description = "The full name.")
  private String name = "";

  GetCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Names.of(name);
    return root.call(
        remote -> {
          new Lookup(root, remote).show(name);
          return Exit.OK.code();
        });
  }
}
