package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.ExplainForecastResponse;
import dev.holdfast.proto.resource.v1.Quantile;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says why a forecast is what it is. */
@Command(
    name = "explain",
    description = {
      "Says why a workload that goes on is expected to need what it is: who said what, how much",
      "each word weighs, and which features moved the model's, by how much."
    })
final class ForecastExplainCommand implements Callable<Integer> {
  private final Holdfast root;

  @Mixin private WorkloadOptions workload = new WorkloadOptions();

  @Option(
      names = "--resource",
      paramLabel = "RESOURCE",
      description = "cpu, memory, disk-read, disk-write, network, storage, gpu or gpu-memory.")
  private String resource = "cpu";

  @Option(
      names = "--in",
      paramLabel = "SPAN",
      description = "How far ahead: at most 24h. Default: the next five minutes.")
  private Duration ahead = Duration.ZERO;

  @Option(
      names = "--quantile",
      paramLabel = "QUANTILE",
      description = "p50, p90, p95 or p99. Default: p95.")
  private String quantile = "p95";

  ForecastExplainCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() throws Exception {
    ExplainForecastRequest request =
        ExplainForecastRequest.newBuilder()
            .setParent(workload.parent())
            .setWorkload(workload.workload())
            .setResource(AmountOptions.resource(resource))
            .setQuantile(quantile())
            .setTimeAhead(Spans.onWire(ahead))
            .build();
    return Group.run(
            root,
            remote -> {
              ExplainForecastResponse answer = remote.forecasts().explainForecast(request);
              root.print(answer, () -> ExplanationViews.forecast(answer));
            })
        .call();
  }

  private Quantile quantile() {
    return switch (quantile.toLowerCase(Locale.ROOT)) {
      case "p50" -> Quantile.QUANTILE_P50;
      case "p90" -> Quantile.QUANTILE_P90;
      case "p95" -> Quantile.QUANTILE_P95;
      case "p99" -> Quantile.QUANTILE_P99;
      default ->
          throw CommandException.usage(
              "\"" + Text.clean(quantile) + "\" is no quantile. Write p50, p90, p95 or p99.");
    };
  }
}
