package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.ActivateModelRequest;
import dev.holdfast.proto.forecast.v1.GetTrainingRequest;
import dev.holdfast.proto.forecast.v1.ListModelsRequest;
import dev.holdfast.proto.forecast.v1.ListModelsResponse;
import dev.holdfast.proto.forecast.v1.Model;
import dev.holdfast.proto.forecast.v1.PinModelRequest;
import dev.holdfast.proto.forecast.v1.RollbackModelRequest;
import dev.holdfast.proto.forecast.v1.TrainModelRequest;
import dev.holdfast.proto.forecast.v1.Training;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands on models. */
final class ModelCommands {
  private static final int PAGE = 500;
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private ModelCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "models",
        "Trains the models that forecasts are made by, and says which of them is used for what.",
        new ListModels(root),
        new ShowModel(root),
        new TrainModel(root),
        new ModelRowsCommand(root),
        new ImportModelCommand(root),
        new ActivateModel(root),
        new RollbackModel(root),
        new PinModel(root));
  }

  @Command(name = "list", description = "Lists every model, newest first.")
  private static final class ListModels implements Callable<Integer> {
    private final Holdfast root;

    ListModels(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      return Group.run(
              root,
              remote -> {
                ListModelsResponse answer =
                    Remote.all(
                        ListModelsResponse.class,
                        ListModelsResponse.getDefaultInstance(),
                        token ->
                            remote
                                .forecasts()
                                .listModels(
                                    ListModelsRequest.newBuilder()
                                        .setPageSize(PAGE)
                                        .setPageToken(token)
                                        .build()));
                root.print(answer, () -> ModelViews.list(answer.getModelsList(), root.now()));
              })
          .call();
    }
  }

  @Command(
      name = "show",
      description = "Shows the card of a model: what it learnt, and how it did.")
  private static final class ShowModel implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "Its name: xgb-…, or the full one.")
    private String name = "";

    ShowModel(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      String full = Names.MODEL.full(name);
      return Group.run(root, remote -> new Lookup(root, remote).show(full)).call();
    }
  }

  @Command(
      name = "train",
      description = {
        "Trains a challenger in the background, and compares it with the champions.",
        "While one is trained, shows that one and begins nothing."
      })
  private static final class TrainModel implements Callable<Integer> {
    private final Holdfast root;

    /** How a model learns, as an option. */
    private enum Kind {
      XGBOOST,
      LSTM
    }

    @Option(names = "--kind", paramLabel = "KIND", description = "xgboost or lstm.")
    private Kind kind = Kind.XGBOOST;

    @Option(names = "--seed", paramLabel = "N", description = "Of every random choice. Default: 0.")
    private long seed;

    @Option(names = "--activate", description = "Use it at once where it is better.")
    private boolean activate;

    @Option(names = "--wait", description = "Wait until it has ended.")
    private boolean wait;

    TrainModel(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() {
      TrainModelRequest request =
          TrainModelRequest.newBuilder()
              .setKind(kind == Kind.LSTM ? Model.Kind.KIND_LSTM : Model.Kind.KIND_XGBOOST)
              .setSeed(seed)
              .setActivateIfBetter(activate)
              .build();
      return root.call(
          remote -> {
            Training begun = remote.forecasts().trainModel(request).getTraining();
            return shown(root, remote, begun, wait);
          });
    }
  }

  /** Shows a training, once it has ended if that is to be waited for. */
  static int shown(Holdfast root, Remote remote, Training begun, boolean wait) {
    Training seen = begun;
    try {
      while (wait && seen.getState() == Training.State.STATE_RUNNING) {
        Thread.sleep(LOOK_AGAIN);
        seen = remote.forecasts().getTraining(GetTrainingRequest.getDefaultInstance());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CommandException(Exit.REFUSED, "Stopped waiting. The training goes on.");
    }
    Training shown = seen;
    root.print(shown, () -> ModelViews.training(shown, root.now()));
    return shown.getState() == Training.State.STATE_FAILED ? Exit.REFUSED.code() : Exit.OK.code();
  }

  @Command(
      name = "activate",
      description = "Makes a model champion in each resource in which it is better.")
  private static final class ActivateModel implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "Its name.")
    private String name = "";

    @Option(
        names = "--force",
        description = "In all that it forecasts, better or not, pinned or not.")
    private boolean force;

    ActivateModel(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      var request =
          ActivateModelRequest.newBuilder().setName(Names.MODEL.full(name)).setForce(force).build();
      return changed(root, remote -> remote.forecasts().activateModel(request));
    }
  }

  @Command(name = "rollback", description = "Puts the predecessor of a champion back.")
  private static final class RollbackModel implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "The champion to step back from.")
    private String name = "";

    RollbackModel(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      var request = RollbackModelRequest.newBuilder().setChampion(Names.MODEL.full(name)).build();
      return changed(root, remote -> remote.forecasts().rollbackModel(request));
    }
  }

  @Command(name = "pin", description = "Keeps a champion from challengers, or lets it go.")
  private static final class PinModel implements Callable<Integer> {
    private final Holdfast root;

    @Parameters(paramLabel = "NAME", description = "The champion.")
    private String name = "";

    @Option(names = "--release", description = "Let it go.")
    private boolean release;

    PinModel(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      var request =
          PinModelRequest.newBuilder().setName(Names.MODEL.full(name)).setRelease(release).build();
      return changed(root, remote -> remote.forecasts().pinModel(request));
    }
  }

  private static int changed(Holdfast root, Function<Remote, Model> change) throws Exception {
    return Group.run(
            root,
            remote -> {
              Model model = change.apply(remote);
              root.print(model, () -> ModelViews.one(model, root.now()));
            })
        .call();
  }
}
