package dev.holdfast.store.series;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.proto.AmountsRow;
import dev.holdfast.store.proto.CountersRow;
import dev.holdfast.store.proto.InputRow;
import dev.holdfast.store.proto.SampleRow;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Optional;

/** Usage samples as rows and back. */
final class SampleRows {
  private SampleRows() {}

  static byte[] body(UsageSample sample) {
    AmountsRow.Builder usage = AmountsRow.newBuilder();
    for (Resource resource : sample.usage().present()) {
      usage.putAmounts(resource.name(), sample.usage().get(resource));
    }
    SampleRow.Builder row = SampleRow.newBuilder().setUsage(usage);
    sample
        .counters()
        .ifPresent(
            counters ->
                row.setCounters(
                    CountersRow.newBuilder()
                        .setInstructions(counters.instructions())
                        .setCycles(counters.cycles())
                        .setCacheMisses(counters.cacheMisses())
                        .setBranchMisses(counters.branchMisses())));
    sample.inputs().forEach((name, value) -> row.putInputs(name, input(value)));
    return row.build().toByteArray();
  }

  private static InputRow input(InputValue value) {
    return switch (value) {
      case InputValue.Quantity(double quantity) ->
          InputRow.newBuilder().setQuantity(quantity).build();
      case InputValue.Text(String text) -> InputRow.newBuilder().setText(text).build();
      case InputValue.Flag(boolean flag) -> InputRow.newBuilder().setFlag(flag).build();
    };
  }

  static UsageSample sample(
      String subject, long sequence, Instant endedAt, Duration period, byte[] body) {
    SampleRow row;
    try {
      row = SampleRow.parseFrom(body);
    } catch (InvalidProtocolBufferException e) {
      throw new StoreUnavailable("sample %d of %s is damaged".formatted(sequence, subject), e);
    }
    var usage = new EnumMap<Resource, Long>(Resource.class);
    row.getUsage()
        .getAmountsMap()
        .forEach((name, amount) -> usage.put(Resource.valueOf(name), amount));
    var inputs = new HashMap<String, InputValue>();
    row.getInputsMap()
        .forEach(
            (name, value) -> {
              switch (value.getValueCase()) {
                case QUANTITY -> inputs.put(name, new InputValue.Quantity(value.getQuantity()));
                case TEXT -> inputs.put(name, new InputValue.Text(value.getText()));
                case FLAG -> inputs.put(name, new InputValue.Flag(value.getFlag()));
                case VALUE_NOT_SET -> {
                  // Nothing to take from it.
                }
              }
            });
    CountersRow counters = row.getCounters();
    return new UsageSample(
        subject,
        sequence,
        endedAt,
        period,
        ResourceVector.of(usage),
        row.hasCounters()
            ? Optional.of(
                new HardwareCounters(
                    counters.getInstructions(),
                    counters.getCycles(),
                    counters.getCacheMisses(),
                    counters.getBranchMisses()))
            : Optional.empty(),
        inputs);
  }
}
