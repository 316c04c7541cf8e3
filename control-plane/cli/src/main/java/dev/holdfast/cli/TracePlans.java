package dev.holdfast.cli;

import dev.holdfast.pam.forecast.evaluation.Backtest;
import dev.holdfast.pam.forecast.evaluation.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the traces of a folder are trained on, and those of a folder forecast. */
final class TracePlans {
  private static final int REHEARSE_SHARE = 4;
  private static final int HISTORY = 2 * TraceText.DAY;
  private static final int SHORT_HISTORY = 24;
  private static final int BITBRAINS_LAST = 30 * TraceText.DAY - 13;
  private static final int BITBRAINS_EVERY = 5;
  private static final int SHORT_EVERY = 2;
  private static final int PLANETLAB_FROM = TraceText.DAY / 2;
  private static final int GPU_FROM = 136;

  private final Path place;
  private final TraceFolder from;
  private final TraceFolder on;
  private final int trainUntil;

  /**
   * Of two folders, which may be the same.
   *
   * @param from what is trained on
   * @param on what is forecast
   * @param trainUntil the last day of a month to train on, 3 to 29
   */
  TracePlans(Path from, Path on, int trainUntil) {
    if (trainUntil < 3 || trainUntil > 29) {
      throw CommandException.usage("--train-until is 3 to 29, not " + trainUntil + ".");
    }
    place = on;
    this.from = new TraceFolder(from);
    this.on = on.equals(from) ? this.from : new TraceFolder(on);
    this.trainUntil = trainUntil;
  }

  /** One for each set of traces, and for each day of PlanetLab; refuses where there is none. */
  List<Backtest.Plan> all() {
    List<Backtest.Plan> plans = new ArrayList<>();
    bitbrains().ifPresent(plans::add);
    plans.addAll(planetlab());
    gpu().ifPresent(plans::add);
    return required(plans);
  }

  /** One for each set of traces, to be trained on all days that may be. */
  List<Backtest.Plan> taught() {
    List<Backtest.Plan> plans = new ArrayList<>();
    bitbrains().ifPresent(plans::add);
    List<Trace> days = from.planetlab().values().stream().flatMap(List::stream).toList();
    if (!days.isEmpty()) {
      plans.add(day(days, List.of(), false));
    }
    gpu().ifPresent(plans::add);
    return required(plans);
  }

  private List<Backtest.Plan> required(List<Backtest.Plan> plans) {
    if (plans.isEmpty()) {
      throw CommandException.usage(
          "There are no traces below " + place + ": see ops/docs/forecasts.md for the layout.");
    }
    return plans;
  }

  private Optional<Backtest.Plan> bitbrains() {
    List<Trace> learnt = from.bitbrains();
    List<Trace> tried = on == from ? learnt : on.bitbrains();
    int until = trainUntil * TraceText.DAY;
    return tried.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Backtest.Plan(
                learnt,
                tried,
                Math.min(HISTORY, until / 2),
                until - until / REHEARSE_SHARE,
                until - until / REHEARSE_SHARE,
                until,
                until,
                BITBRAINS_LAST,
                BITBRAINS_EVERY,
                false));
  }

  /** Each day is forecast by what the other days taught; a single one by its own first half. */
  private List<Backtest.Plan> planetlab() {
    Map<String, List<Trace>> learnt = from.planetlab();
    Map<String, List<Trace>> tried = on == from ? learnt : on.planetlab();
    List<Backtest.Plan> plans = new ArrayList<>();
    tried.forEach(
        (day, machines) -> {
          List<Trace> others = new ArrayList<>();
          learnt.forEach(
              (name, known) -> {
                if (!name.equals(day)) {
                  others.addAll(known);
                }
              });
          boolean alone = others.isEmpty();
          plans.add(day(alone ? machines : others, machines, alone));
        });
    return plans;
  }

  private static Backtest.Plan day(List<Trace> learnt, List<Trace> tried, boolean alone) {
    return new Backtest.Plan(
        learnt,
        tried,
        PLANETLAB_FROM / 2,
        alone ? PLANETLAB_FROM * 3 / 4 : TraceText.DAY,
        alone ? PLANETLAB_FROM * 3 / 4 : SHORT_HISTORY,
        alone ? PLANETLAB_FROM : TraceText.DAY,
        PLANETLAB_FROM,
        TraceText.DAY,
        SHORT_EVERY,
        false);
  }

  private Optional<Backtest.Plan> gpu() {
    List<Trace> learnt = from.gpu();
    List<Trace> tried = on == from ? learnt : on.gpu();
    return tried.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Backtest.Plan(
                learnt,
                tried,
                SHORT_HISTORY,
                GPU_FROM * 3 / 4,
                GPU_FROM * 3 / 4,
                GPU_FROM,
                GPU_FROM,
                2 * TraceText.DAY,
                SHORT_EVERY,
                true));
  }
}
