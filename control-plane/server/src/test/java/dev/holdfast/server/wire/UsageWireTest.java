package dev.holdfast.server.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.ApiCallCount;
import dev.holdfast.proto.usage.v1.HardwareCounters;
import dev.holdfast.store.series.UsageRow;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class UsageWireTest {
  private static final Instant ENDED = Instant.parse("2026-03-01T10:00:00Z");

  private static dev.holdfast.proto.usage.v1.UsageSample message() {
    return dev.holdfast.proto.usage.v1.UsageSample.newBuilder()
        .setSubject("s")
        .setSequence(7)
        .setEndTime(Write.time(ENDED))
        .setPeriod(Write.span(Duration.ofSeconds(10)))
        .setUsage(ResourceVector.newBuilder().setCpuMillicores(250).setMemoryBytes(1 << 20))
        .setCounters(HardwareCounters.newBuilder().setInstructions(9).setCycles(8))
        .addApiCalls(ApiCallCount.newBuilder().setMethod("Place").setCallCount(5).setErrorCount(2))
        .putInputs("rows", InputValue.newBuilder().setNumber(3).build())
        .setSampleCount(1)
        .setResourceProfile("p")
        .build();
  }

  private static UsageSample read(dev.holdfast.proto.usage.v1.UsageSample message) {
    return UsageWire.read(message.getSubject(), message.getSequence(), ENDED, message);
  }

  @Test
  void aSampleComesBackAsItWasSent() {
    UsageSample sample = read(message());
    var row =
        new UsageRow(
            "p",
            sample.subject(),
            sample.sequence(),
            sample.endedAt(),
            sample.period(),
            1,
            sample.usage(),
            sample.counters(),
            sample.apiCalls(),
            new TreeMap<>(sample.inputs()));
    assertEquals(message(), UsageWire.write(row));
  }

  @Test
  void callsThatCannotBeAreRefused() {
    refused(calls -> calls.addApiCalls(ApiCallCount.newBuilder().setMethod("Place")));
    refused(calls -> calls.addApiCalls(ApiCallCount.newBuilder().setCallCount(1)));
    refused(calls -> calls.getApiCallsBuilder(0).setErrorCount(6));
    refused(calls -> calls.getApiCallsBuilder(0).setErrorCount(-1));
    refused(calls -> calls.getApiCallsBuilder(0).setMethod("m".repeat(257)));
    refused(
        calls -> {
          for (int i = 0; i < UsageSample.METHODS_MAX; i++) {
            calls.addApiCalls(ApiCallCount.newBuilder().setMethod("m" + i));
          }
        });
  }

  private static void refused(Consumer<dev.holdfast.proto.usage.v1.UsageSample.Builder> change) {
    var changed = message().toBuilder();
    change.accept(changed);
    assertThrows(Refusal.class, () -> read(changed.build()));
  }
}
