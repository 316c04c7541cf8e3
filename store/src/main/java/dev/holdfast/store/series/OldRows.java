package dev.holdfast.store.series;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.proto.CountersRow;
import dev.holdfast.store.proto.SampleRow;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Optional;

/** Samples as files of the first schema hold them: one protobuf message for each. */
final class OldRows {
  private OldRows() {}

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
        .getByNameMap()
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
