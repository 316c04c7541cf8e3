package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AppraisalView;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.reservation.v1.ExplainReservationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Says why something stands where it does. */
@Command(
    name = "explain",
    description = {
      "Says why a reservation, a node or a chain stands where it does:",
      "what was expected, what was found, which register or event, and what would change it."
    })
final class ExplainCommand implements Callable<Integer> {
  private final Holdfast root;

  @Parameters(paramLabel = "NAME", description = "The full name of a reservation, node or chain.")
  private String name = "";

  ExplainCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Names kind = Names.of(name);
    return root.call(
        remote -> {
          Lookup lookup = new Lookup(root, remote);
          switch (kind) {
            case RESERVATION -> {
              var answer =
                  remote
                      .reservations()
                      .explainReservation(
                          ExplainReservationRequest.newBuilder().setName(name).build());
              root.print(answer, () -> ReservationViews.explanation(answer, root.now()));
            }
            case NODE -> node(lookup);
            case CHAIN, APPRAISAL -> lookup.show(name);
            case GRANT, PROFILE, MODEL, PATHWAY, TENANT, ZONE, SIGNAL, IMAGE ->
                throw CommandException.usage(
                    "Only reservations, nodes, appraisals and chains are explained. For the rest,"
                        + " see \"holdfast get\".");
          }
          return Exit.OK.code();
        });
  }

  private void node(Lookup lookup) {
    Node node = lookup.node(name);
    if (node.getAppraisal().isEmpty()) {
      root.print(
          node,
          () ->
              TopologyViews.node(node, root.now())
                  + "\nIt has not been appraised yet. Enrol it: see \"holdfast nodes token\".\n");
      return;
    }
    Appraisal newest = lookup.appraisal(node.getAppraisal(), AppraisalView.APPRAISAL_VIEW_BASIC);
    root.print(
        newest,
        () ->
            TopologyViews.node(node, root.now())
                + "\n"
                + AttestationViews.appraisal(newest, root.now()));
  }
}
