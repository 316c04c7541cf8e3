package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.resource.v1.Workload;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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

  @Option(names = "--tenant", paramLabel = "TENANT", description = "Whose. Required.")
  private String tenant = "";

  @Option(
      names = "--image",
      paramLabel = "SHA256",
      description = "What will run: the SHA-256 of the image's manifest. Required.")
  private String image = "";

  @Option(names = "--user", paramLabel = "USER", description = "Who runs it, as the tenant says.")
  private String user = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "What kind of work it is. Default: the image's.")
  private String type = "";

  @Option(
      names = "--input",
      paramLabel = "KEY=VALUE",
      description = "A parameter that bears on demand: rows=5000000, mode=full, cold=true.")
  private Map<String, String> inputs = new LinkedHashMap<>();

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
    // Not marked as required: the commands below this one need neither.
    if (tenant.isEmpty() || image.isEmpty()) {
      throw CommandException.usage("Say whose forecast, and of what: --tenant and --image.");
    }
    Workload.Builder workload =
        Workload.newBuilder().setImage(Names.image(image)).setUser(user).setWorkloadType(type);
    inputs.forEach((key, value) -> workload.putInputs(key, ReserveCommand.input(value)));
    ForecastDemandRequest.Builder request =
        ForecastDemandRequest.newBuilder()
            .setParent(Names.TENANT.full(tenant))
            .setWorkload(workload);
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
