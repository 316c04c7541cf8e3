package dev.holdfast.server.wire;

import dev.holdfast.pam.model.Content;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Quantiles;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.proto.resource.v1.QuantileBand;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Amounts and workloads on the wire. */
public final class ResourceWire {
  /** The type of work where none is named. */
  public static final String WORKLOAD_TYPE_DEFAULT = "default";

  private ResourceWire() {}

  /** An amount: every field 0 to 2^50. */
  public static ResourceVector read(dev.holdfast.proto.resource.v1.ResourceVector vector) {
    Map<Resource, Long> amounts = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      amounts.put(resource, get(vector, resource));
    }
    return ResourceVector.of(amounts);
  }

  /** An amount for the wire. */
  public static dev.holdfast.proto.resource.v1.ResourceVector write(ResourceVector vector) {
    return dev.holdfast.proto.resource.v1.ResourceVector.newBuilder()
        .setCpuMillicores(vector.get(Resource.CPU_MILLICORES))
        .setMemoryBytes(vector.get(Resource.MEMORY_BYTES))
        .setDiskReadBytesPerSecond(vector.get(Resource.DISK_READ_BYTES_PER_SECOND))
        .setDiskWriteBytesPerSecond(vector.get(Resource.DISK_WRITE_BYTES_PER_SECOND))
        .setNetworkBytesPerSecond(vector.get(Resource.NETWORK_BYTES_PER_SECOND))
        .setStorageBytes(vector.get(Resource.STORAGE_BYTES))
        .setGpuMillidevices(vector.get(Resource.GPU_MILLIDEVICES))
        .setGpuMemoryBytes(vector.get(Resource.GPU_MEMORY_BYTES))
        .build();
  }

  private static long get(dev.holdfast.proto.resource.v1.ResourceVector vector, Resource resource) {
    return switch (resource) {
      case CPU_MILLICORES -> vector.getCpuMillicores();
      case MEMORY_BYTES -> vector.getMemoryBytes();
      case DISK_READ_BYTES_PER_SECOND -> vector.getDiskReadBytesPerSecond();
      case DISK_WRITE_BYTES_PER_SECOND -> vector.getDiskWriteBytesPerSecond();
      case NETWORK_BYTES_PER_SECOND -> vector.getNetworkBytesPerSecond();
      case STORAGE_BYTES -> vector.getStorageBytes();
      case GPU_MILLIDEVICES -> vector.getGpuMillidevices();
      case GPU_MEMORY_BYTES -> vector.getGpuMemoryBytes();
    };
  }

  /** One resource. */
  public static Resource resource(String field, dev.holdfast.proto.resource.v1.Resource resource) {
    return switch (resource) {
      case RESOURCE_UNSPECIFIED -> throw new Refusal(new Problem.FieldMissing(field));
      case UNRECOGNIZED -> throw new Refusal(new Problem.EnumUnknown(field, -1));
      default -> Resource.valueOf(resource.name().substring("RESOURCE_".length()));
    };
  }

  /** One resource for the wire. */
  public static dev.holdfast.proto.resource.v1.Resource write(Resource resource) {
    return dev.holdfast.proto.resource.v1.Resource.valueOf("RESOURCE_" + resource.name());
  }

  /** One quantile. */
  public static Quantile quantile(String field, dev.holdfast.proto.resource.v1.Quantile quantile) {
    return switch (quantile) {
      case QUANTILE_UNSPECIFIED -> throw new Refusal(new Problem.FieldMissing(field));
      case UNRECOGNIZED -> throw new Refusal(new Problem.EnumUnknown(field, -1));
      case QUANTILE_P50 -> Quantile.P50;
      case QUANTILE_P90 -> Quantile.P90;
      case QUANTILE_P95 -> Quantile.P95;
      case QUANTILE_P99 -> Quantile.P99;
    };
  }

  /** One quantile for the wire. */
  public static dev.holdfast.proto.resource.v1.Quantile write(Quantile quantile) {
    return dev.holdfast.proto.resource.v1.Quantile.valueOf("QUANTILE_" + quantile.name());
  }

  /** A workload. */
  public static Workload read(dev.holdfast.proto.resource.v1.Workload workload) {
    String type = workload.getWorkloadType();
    return Workload.of(
            ImageName.parse(Read.required("workload.image", workload.getImage())),
            workload.getUser().isEmpty() ? Optional.empty() : Optional.of(workload.getUser()),
            type.isEmpty() ? WORKLOAD_TYPE_DEFAULT : type,
            inputs(workload.getInputsMap()))
        .prefetching(
            workload.getPrefetchList().stream()
                .map(
                    content ->
                        new Content(
                            Write.bytes(content.getDigest()),
                            content.getUri().isEmpty()
                                ? Optional.empty()
                                : Optional.of(content.getUri()),
                            content.getSizeBytes()))
                .toList());
  }

  /** A workload for the wire. */
  public static dev.holdfast.proto.resource.v1.Workload write(Workload workload) {
    dev.holdfast.proto.resource.v1.Workload.Builder builder =
        dev.holdfast.proto.resource.v1.Workload.newBuilder()
            .setImage(workload.image().toString())
            .setUser(workload.user().orElse(""))
            .setWorkloadType(workload.workloadType());
    builder.putAllInputs(writeInputs(workload.inputs()));
    return builder.addAllPrefetch(contents(workload.prefetch())).build();
  }

  /** Content for the wire. */
  public static List<dev.holdfast.proto.resource.v1.Content> contents(List<Content> contents) {
    return contents.stream()
        .map(
            content ->
                dev.holdfast.proto.resource.v1.Content.newBuilder()
                    .setDigest(Write.bytes(content.digest()))
                    .setUri(content.uri().orElse(""))
                    .setSizeBytes(content.sizeBytes())
                    .build())
        .toList();
  }

  /** Production inputs. */
  public static Map<String, InputValue> inputs(
      Map<String, dev.holdfast.proto.resource.v1.InputValue> inputs) {
    Map<String, InputValue> read = new HashMap<>();
    inputs.forEach((key, value) -> read.put(key, read(value)));
    return read;
  }

  private static InputValue read(dev.holdfast.proto.resource.v1.InputValue value) {
    return switch (value.getValueCase()) {
      case NUMBER -> new InputValue.Quantity(value.getNumber());
      case TEXT -> new InputValue.Text(value.getText());
      case FLAG -> new InputValue.Flag(value.getFlag());
      case VALUE_NOT_SET -> throw new Refusal(new Problem.FieldMissing("inputs.value"));
    };
  }

  /** Production inputs for the wire. */
  public static Map<String, dev.holdfast.proto.resource.v1.InputValue> writeInputs(
      Map<String, InputValue> inputs) {
    Map<String, dev.holdfast.proto.resource.v1.InputValue> written = new HashMap<>();
    inputs.forEach((key, value) -> written.put(key, write(value)));
    return written;
  }

  private static dev.holdfast.proto.resource.v1.InputValue write(InputValue value) {
    dev.holdfast.proto.resource.v1.InputValue.Builder builder =
        dev.holdfast.proto.resource.v1.InputValue.newBuilder();
    switch (value) {
      case InputValue.Quantity(double number) -> builder.setNumber(number);
      case InputValue.Text(String text) -> builder.setText(text);
      case InputValue.Flag(boolean flag) -> builder.setFlag(flag);
    }
    return builder.build();
  }

  /** A span of time for the wire. */
  public static com.google.type.Interval write(Interval interval) {
    return com.google.type.Interval.newBuilder()
        .setStartTime(Write.time(interval.start()))
        .setEndTime(Write.time(interval.end()))
        .build();
  }

  /** Bands for the wire. */
  public static List<QuantileBand> bands(
      List<Quantiles> bands, java.time.Instant start, java.time.Duration step) {
    List<QuantileBand> written = new java.util.ArrayList<>();
    for (int i = 0; i < bands.size(); i++) {
      Quantiles band = bands.get(i);
      java.time.Instant from = start.plus(step.multipliedBy(i));
      written.add(
          QuantileBand.newBuilder()
              .setInterval(write(Interval.from(from, step)))
              .setP50(write(band.p50()))
              .setP90(write(band.p90()))
              .setP95(write(band.p95()))
              .setP99(write(band.p99()))
              .build());
    }
    return written;
  }
}
