package dev.holdfast.cli;

import picocli.CommandLine;

/** The commands on forecasts: one that shows a forecast, and those below it. */
final class ForecastCommands {
  private ForecastCommands() {}

  static CommandLine of(Holdfast root) {
    CommandLine forecast = new CommandLine(new ForecastCommand(root));
    forecast.addSubcommand(new ForecastExplainCommand(root));
    forecast.addSubcommand(new ForecastEvaluateCommand(root));
    forecast.addSubcommand(new ForecastRowsCommand(root));
    forecast.addSubcommand(new ForecastTrainCommand(root));
    return forecast;
  }
}
