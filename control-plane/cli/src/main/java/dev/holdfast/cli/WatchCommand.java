package dev.holdfast.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Follows reservations as they change. */
@Command(
    name = "watch",
    description = "Shows reservations as they change, until interrupted or for a span of time.")
final class WatchCommand implements Callable<Integer> {
  private final Holdfast root;

  @Option(names = "--tenant", paramLabel = "TENANT", description = "Of one tenant. Default: all.")
  private String tenant = "-";

  @Option(names = "--for", paramLabel = "SPAN", description = "How long. Default: without end.")
  private Duration span = Duration.ZERO;

  @Option(
      names = "--after",
      paramLabel = "REVISION",
      description = "Only changes after this revision. Default: the present state first.")
  private long after;

  WatchCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    String parent = Names.TENANT.full(tenant);
    return root.call(
        remote -> {
          long[] revision = {after};
          Watching.End end =
              new Watching(root, remote)
                  .watch(
                      parent,
                      after,
                      span,
                      event -> {
                        revision[0] = Math.max(revision[0], event.getRevision());
                        if (event.hasReservation()) {
                          root.printEvent(
                              event,
                              () -> ReservationViews.change(event.getReservation(), root.now()));
                        }
                        return false;
                      });
          if (end == Watching.End.CLOSED) {
            throw new CommandException(
                Exit.UNREACHABLE,
                "PAM ended the watch. Go on with: holdfast watch --after " + revision[0]);
          }
          return Exit.OK.code();
        });
  }
}
