package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a workload is expected to need. */
@Command(
    name = "forecast",
    description = {
      "Shows what a workload is expected to need, and how sure that is.",
      "One never seen before is answered from what is known of its image, user, tenant and type."
    })
final class ForecastCommand implements Callable<Integer> {
  private final Holdfast root;

  @Mixin private WorkloadOptions workload = new WorkloadOptions();

  @Option(names = "--horizon", paramLabel = "SPAN", description = "How far ahead. Default: 1h.")
  private Duration horizon = Duration.ZERO;

  @Option(
      names = "--step",
      paramLabel = "SPAN",
      description = "The length of a band. Default: a twelfth of the horizon.")
  private Duration step = Duration.ZERO;

  ForecastCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() throws Exception {
    ForecastDemandRequest.Builder request =
        ForecastDemandRequest.newBuilder()
            .setParent(workload.parent())
            .setWorkload(workload.workload());
    if (horizon.isPositive()) {
      request.setHorizon(Spans.onWire(horizon));
    }
    if (step.isPositive()) {
      request.setStep(Spans.onWire(step));
    }
    return Group.run(
            root,
            remote -> {
              Forecast answer = remote.forecasts().forecastDemand(request.build());
              root.print(answer, () -> ForecastViews.forecast(answer));
            })
        .call();
  }
}
