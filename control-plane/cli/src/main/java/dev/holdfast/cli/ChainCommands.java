package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.AttestPathwayRequest;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on attestation chains. */
final class ChainCommands {
  private ChainCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "chains",
        "Shows the attestation chains of pathways, and makes new ones.",
        new ListChains(root),
        new GetChain(root),
        new Attest(root));
  }

  @Command(name = "list", description = "Lists chains, newest first.")
  private static final class ListChains implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(arity = "0..1", paramLabel = "PATHWAY", description = "Default: every pathway.")
    private String pathway = "-/-";

    ListChains(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String parent = Names.PATHWAY.full(pathway);
      return Group.run(root, remote -> new Lookup(root, remote).chains(parent)).call();
    }
  }

  @Command(name = "get", description = "Shows a chain link by link.")
  private static final class GetChain implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(
        paramLabel = "CHAIN",
        description = "The full name of a chain, or a pathway (Z/P) for its newest.")
    private String chain = "";

    GetChain(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String name =
          Names.CHAIN.matches(chain) ? chain : Names.PATHWAY.full(chain) + "/attestationChains/-";
      return Group.run(root, remote -> new Lookup(root, remote).show(name)).call();
    }
  }

  @Command(name = "attest", description = "Challenges every node of a pathway and makes a chain.")
  private static final class Attest implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "PATHWAY", description = "trustZones/Z/pathways/P, or Z/P.")
    private String pathway = "";

    @Option(names = "--jws", description = "Write only the signed attestation result, a JWS.")
    private boolean jws;

    Attest(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      AttestPathwayRequest request =
          AttestPathwayRequest.newBuilder().setPathway(Names.PATHWAY.full(pathway)).build();
      return Group.run(
              root,
              remote -> {
                AttestationChain made = remote.attestation().attestPathway(request);
                root.print(
                    made,
                    () ->
                        jws
                            ? made.getAttestationResult() + "\n"
                            : AttestationViews.chain(made, root.now()));
              })
          .call();
    }
  }
}
