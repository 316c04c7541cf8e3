package dev.holdfast.server.wire;

import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.proto.usage.v1.ApiCallCount;
import dev.holdfast.store.series.UsageRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Usage on the wire. */
public final class UsageWire {
  private UsageWire() {}

  /** A sample of a subject; that and the sequence are what the caller says. */
  public static UsageSample read(
      String subject,
      long sequence,
      Instant ended,
      dev.holdfast.proto.usage.v1.UsageSample message) {
    return new UsageSample(
        subject,
        sequence,
        ended,
        period(message),
        ResourceWire.read(message.getUsage()),
        message.hasCounters()
            ? Optional.of(
                new HardwareCounters(
                    message.getCounters().getInstructions(),
                    message.getCounters().getCycles(),
                    message.getCounters().getCacheMisses(),
                    message.getCounters().getBranchMisses()))
            : Optional.empty(),
        calls(message.getApiCallsList()),
        ResourceWire.inputs(message.getInputsMap()));
  }

  /** The period of a sample. */
  public static Duration period(dev.holdfast.proto.usage.v1.UsageSample message) {
    return Read.span(
        "usage.period",
        true,
        message.getPeriod(),
        UsageSample.PERIOD_MIN,
        UsageSample.PERIOD_MIN,
        UsageSample.PERIOD_MAX);
  }

  private static Map<String, ApiCalls> calls(List<ApiCallCount> counts) {
    Map<String, ApiCalls> calls = new TreeMap<>();
    for (ApiCallCount count : counts) {
      var one = new ApiCalls(count.getCallCount(), count.getErrorCount());
      if (calls.put(Read.required("usage.api_calls.method", count.getMethod()), one) != null) {
        throw new Refusal(new Problem.IdFormat("usage.api_calls", "each method once"));
      }
    }
    return calls;
  }

  /** A row of the series for the wire. */
  public static dev.holdfast.proto.usage.v1.UsageSample write(UsageRow row) {
    var message =
        dev.holdfast.proto.usage.v1.UsageSample.newBuilder()
            .setSubject(row.subject())
            .setSequence(row.sequence())
            .setEndTime(Write.time(row.endedAt()))
            .setPeriod(Write.span(row.covered()))
            .setUsage(ResourceWire.write(row.usage()))
            .putAllInputs(ResourceWire.writeInputs(row.inputs()))
            .setSampleCount(row.samples())
            .setResourceProfile(row.profile());
    row.counters()
        .ifPresent(
            counters ->
                message.setCounters(
                    dev.holdfast.proto.usage.v1.HardwareCounters.newBuilder()
                        .setInstructions(counters.instructions())
                        .setCycles(counters.cycles())
                        .setCacheMisses(counters.cacheMisses())
                        .setBranchMisses(counters.branchMisses())));
    new TreeMap<>(row.apiCalls())
        .forEach(
            (method, calls) ->
                message.addApiCalls(
                    ApiCallCount.newBuilder()
                        .setMethod(method)
                        .setCallCount(calls.ended())
                        .setErrorCount(calls.failed())));
    return message.build();
  }
}
