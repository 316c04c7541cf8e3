package dev.holdfast.cli;

import picocli.CommandLine;

/** The commands on forecasts. */
final class ForecastCommands {
  private ForecastCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "forecast",
        "Shows what demand is foreseen, and how well such forecasts did.",
        new ForecastEvaluateCommand(root));
  }
}
