package dev.holdfast.server.telemetry;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Calls as the transport sees them, from the arrival of their headers to the end of their answer,
 * whatever stands in between. A call of a method that there is not counts under {@code other}: the
 * caller chose its name.
 */
final class CallMetrics extends ServerStreamTracer.Factory {
  private static final String OTHER = "other";

  private final Histogram seconds;
  private final Counter streams;
  private final Map<String, Method> methods;
  private final Method other;

  private record Method(String name, boolean unary, GaugeDataPoint open) {}

  CallMetrics(Instruments instruments, List<ServerServiceDefinition> services) {
    seconds =
        instruments.seconds(
            "holdfast_calls_seconds",
            "Unary calls, from their arrival to the end of their answer.",
            "method",
            "status");
    streams =
        instruments.counter(
            "holdfast_streams_total", "Streams that have ended.", "method", "status");
    Gauge open = instruments.gauge("holdfast_calls_open", "Calls under way.", "method");
    methods =
        services.stream()
            .flatMap(service -> service.getMethods().stream())
            .map(method -> known(method.getMethodDescriptor(), open))
            .collect(Collectors.toUnmodifiableMap(Method::name, Function.identity()));
    other = new Method(OTHER, true, open.labelValues(OTHER));
  }

  private Method known(MethodDescriptor<?, ?> method, Gauge open) {
    String name = method.getFullMethodName();
    boolean unary = method.getType() == MethodType.UNARY;
    if (unary) {
      seconds.initLabelValues(name, Status.Code.OK.name());
    } else {
      streams.initLabelValues(name, Status.Code.OK.name());
    }
    return new Method(name, unary, open.labelValues(name));
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Call(methods.getOrDefault(fullMethodName, other));
  }

  /** One call, which ends exactly once. */
  private final class Call extends ServerStreamTracer {
    private final Method method;
    private final long began = System.nanoTime();

    Call(Method method) {
      this.method = method;
      method.open().inc();
    }

    @Override
    public void streamClosed(Status status) {
      method.open().dec();
      String code = status.getCode().name();
      if (method.unary()) {
        seconds.labelValues(method.name(), code).observe((System.nanoTime() - began) / 1e9);
      } else {
        streams.labelValues(method.name(), code).inc();
      }
    }
  }
}
