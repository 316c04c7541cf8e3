package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.cli.PrometheusAnswer;
import java.util.List;

/** Answers of Prometheus: finite values at times that there are, or malformed. */
final class PrometheusTarget implements Target {
  private static final String GOOD =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":"
          + "{\"__name__\":\"cores\",\"pod\":\"a\"},\"values\":[[1767225600,\"0.5\"],"
          + "[1767225660.5,\"NaN\"],[1767225720,\"1e-3\"]]}]}}";

  @Override
  public Class<?> reader() {
    return PrometheusAnswer.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8(GOOD),
        Bytes.utf8("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}"));
  }

  /** One answer. */
  @Override
  public void read(byte[] data) {
    PrometheusAnswer answer;
    try {
      answer = PrometheusAnswer.parse(Bytes.of(data));
    } catch (MalformedException malformed) {
      return;
    }
    for (PrometheusAnswer.Series series : answer.series()) {
      series
          .points()
          .forEach(
              (time, value) -> {
                if (time < 0 || !Double.isFinite(value)) {
                  throw new IllegalStateException(value + " at " + time);
                }
              });
    }
  }
}
