package dev.holdfast.cli;

import dev.holdfast.proto.policy.v1.ListCollateralRequest;
import dev.holdfast.proto.policy.v1.ListCollateralResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands on collateral. */
final class CollateralCommands {
  private static final int PAGE = 500;

  private CollateralCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "collateral",
        "Shows the endorsement and revocation data that verdicts rest on.",
        new ListCollateral(root));
  }

  @Command(name = "list", description = "Lists every item, soonest expiry first.")
  private static final class ListCollateral implements Callable<Integer> {
    private final Holdfast root;

    ListCollateral(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      return Group.run(
              root,
              remote -> {
                ListCollateralResponse answer =
                    Remote.all(
                        ListCollateralResponse.class,
                        ListCollateralResponse.getDefaultInstance(),
                        token ->
                            remote
                                .trustZones()
                                .listCollateral(
                                    ListCollateralRequest.newBuilder()
                                        .setPageSize(PAGE)
                                        .setPageToken(token)
                                        .build()));
                root.print(
                    answer, () -> PreviewViews.collateral(answer.getCollateralList(), root.now()));
              })
          .call();
    }
  }
}
