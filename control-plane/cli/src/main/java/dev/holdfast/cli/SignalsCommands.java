package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.ListSignalsResponse;
import dev.holdfast.proto.forecast.v1.Signal;
import dev.holdfast.proto.forecast.v1.UndoSignalRemedyRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsRequest;
import dev.holdfast.proto.forecast.v1.WatchSignalsResponse;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on signals: what usage did that was not to be expected. */
final class SignalsCommands {
  private SignalsCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "signals",
        "Shows what usage did that was not to be expected, and takes back what was done about it.",
        new ListSignals(root),
        new WatchSignals(root),
        new Undo(root),
        new EvaluateSignals(root));
  }

  @Command(name = "list", description = "Lists signals, newest first.")
  private static final class ListSignals implements Callable<Integer> {
    private final Holdfast root;

    @Option(names = "--tenant", paramLabel = "TENANT", description = "Of one tenant. Default: all.")
    private String tenant = "-";

    ListSignals(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String parent = Names.TENANT.full(tenant);
      return Group.run(
              root,
              remote -> {
                ListSignalsResponse all = new Lookup(root, remote).signals(parent);
                root.print(all, () -> SignalViews.list(all.getSignalsList(), root.now()));
              })
          .call();
    }
  }

  @Command(
      name = "watch",
      description = "Shows signals as they come, until interrupted or for a span of time.")
  private static final class WatchSignals implements Callable<Integer> {
    private final Holdfast root;

    @Option(names = "--tenant", paramLabel = "TENANT", description = "Of one tenant. Default: all.")
    private String tenant = "-";

    @Option(names = "--for", paramLabel = "SPAN", description = "How long. Default: without end.")
    private Duration span = Duration.ZERO;

    @Option(
        names = "--after",
        paramLabel = "REVISION",
        description = "Only changes after this revision. Default: the signals there are first.")
    private long after;

    WatchSignals(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() {
      WatchSignalsRequest request =
          WatchSignalsRequest.newBuilder()
              .setParent(Names.TENANT.full(tenant))
              .setAfterRevision(after)
              .build();
      return root.call(
          remote -> {
            var stub = remote.forecastStreams();
            if (!span.isZero()) {
              stub = stub.withDeadlineAfter(span.toMillis(), TimeUnit.MILLISECONDS);
            }
            BlockingClientCall<?, WatchSignalsResponse> call = stub.watchSignals(request);
            long[] revision = {after};
            Watching.End end = Watching.read(call, !span.isZero(), next -> told(next, revision));
            if (end == Watching.End.CLOSED) {
              throw new CommandException(
                  Exit.UNREACHABLE,
                  "PAM ended the watch. Go on with: holdfast signals watch --after " + revision[0]);
            }
            return Exit.OK.code();
          });
    }

    private boolean told(WatchSignalsResponse next, long[] revision) {
      revision[0] = Math.max(revision[0], next.getRevision());
      if (next.hasSignal()) {
        root.printEvent(next, () -> SignalViews.line(next.getSignal()));
      }
      return false;
    }
  }

  @Command(
      name = "undo",
      description = {
        "Takes back what was done about a signal: a THROTTLE or an ISOLATE.",
        "A reservation that was released does not come back."
      })
  private static final class Undo implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "tenants/T/signals/S, or T/S.")
    private String name = "";

    Undo(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      var request = UndoSignalRemedyRequest.newBuilder().setName(Names.SIGNAL.full(name)).build();
      return Group.run(
              root,
              remote -> {
                Signal undone = remote.forecasts().undoSignalRemedy(request);
                root.print(undone, () -> SignalViews.line(undone));
              })
          .call();
    }
  }
}
