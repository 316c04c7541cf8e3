package dev.holdfast.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on profiles. */
final class ProfileCommands {
  private ProfileCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "profiles",
        "Shows what usage has taught about workloads, users, tenants and types of work.",
        new ListProfiles(root),
        new ShowProfile(root));
  }

  @Command(name = "list", description = "Lists the profiles of a tenant, or those of all of them.")
  private static final class ListProfiles implements Callable<Integer> {
    private final Holdfast root;

    @Option(
        names = "--tenant",
        paramLabel = "TENANT",
        description = "Whose. Default: types of work, over all tenants.")
    private String tenant = "-";

    ListProfiles(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      return Group.run(root, remote -> new Lookup(root, remote).profiles(Names.TENANT.full(tenant)))
          .call();
    }
  }

  @Command(name = "show", description = "Shows one profile: its demand, resource by resource.")
  private static final class ShowProfile implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "Its name: acme/p…, or the full one.")
    private String name = "";

    ShowProfile(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String full = Names.PROFILE.full(name);
      return Group.run(root, remote -> new Lookup(root, remote).show(full)).call();
    }
  }
}
