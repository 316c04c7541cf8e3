package dev.holdfast.server.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AccessTest {
  /** They span tenants. */
  @Test
  void modelsAndWhatTheyAreTrainedOnAreForOperatorsAlone() {
    for (MethodDescriptor<?, ?> method :
        List.of(
            ForecastServiceGrpc.getListModelsMethod(),
            ForecastServiceGrpc.getTrainModelMethod(),
            ForecastServiceGrpc.getImportModelMethod(),
            ForecastServiceGrpc.getExportTrainingRowsMethod(),
            ForecastServiceGrpc.getActivateModelMethod())) {
      assertEquals(
          Set.of(Access.Right.OPERATOR),
          Access.to(method.getFullMethodName()),
          method.getFullMethodName());
    }
  }
}
