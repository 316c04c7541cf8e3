package dev.holdfast.cli;

import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** An amount of every resource, as options; and the same as words. */
final class AmountOptions {
  @Option(names = "--cpu", paramLabel = "CORES", description = "CPU time per second: 1500m or 1.5.")
  private String cpu = "";

  @Option(names = "--memory", paramLabel = "BYTES", description = "Resident memory: 512Mi.")
  private String memory = "";

  @Option(names = "--disk-read", paramLabel = "RATE", description = "Read from storage: 10MB/s.")
  private String diskRead = "";

  @Option(names = "--disk-write", paramLabel = "RATE", description = "Written to storage: 10MB/s.")
  private String diskWrite = "";

  @Option(names = "--network", paramLabel = "RATE", description = "Sent and received: 100Mbit/s.")
  private String network = "";

  @Option(names = "--storage", paramLabel = "BYTES", description = "Space on storage: 20Gi.")
  private String storage = "";

  @Option(names = "--gpu", paramLabel = "DEVICES", description = "GPU time per second: 500m.")
  private String gpu = "";

  @Option(names = "--gpu-memory", paramLabel = "BYTES", description = "GPU memory: 8Gi.")
  private String gpuMemory = "";

  /** What was given; empty if no option was. */
  Optional<ResourceVector> vector() {
    ResourceVector.Builder amount = ResourceVector.newBuilder();
    boolean any = false;
    for (Resource resource : printable()) {
      String text = text(resource);
      if (!text.isEmpty()) {
        any = true;
        set(amount, resource, quantity(resource).parse(text));
      }
    }
    return any ? Optional.of(amount.build()) : Optional.empty();
  }

  /** An amount in words, only what is not zero: {@code cpu 1500m, memory 512Mi}. */
  static String print(ResourceVector amount) {
    List<String> words = new ArrayList<>();
    for (Resource resource : printable()) {
      long value = get(amount, resource);
      if (value != 0) {
        words.add(word(resource) + " " + quantity(resource).print(value));
      }
    }
    return words.isEmpty() ? "-" : String.join(", ", words);
  }

  /** One resource's amount in words. */
  static String print(Resource resource, long value) {
    return quantity(resource).print(value);
  }

  /** What a resource is called here, and as an option. */
  static String word(Resource resource) {
    return switch (resource) {
      case RESOURCE_CPU_MILLICORES -> "cpu";
      case RESOURCE_MEMORY_BYTES -> "memory";
      case RESOURCE_DISK_READ_BYTES_PER_SECOND -> "disk-read";
      case RESOURCE_DISK_WRITE_BYTES_PER_SECOND -> "disk-write";
      case RESOURCE_NETWORK_BYTES_PER_SECOND -> "network";
      case RESOURCE_STORAGE_BYTES -> "storage";
      case RESOURCE_GPU_MILLIDEVICES -> "gpu";
      case RESOURCE_GPU_MEMORY_BYTES -> "gpu-memory";
      case RESOURCE_UNSPECIFIED, UNRECOGNIZED -> "(unknown to this version)";
    };
  }

  /** The resource of a {@link #word}. */
  static Resource resource(String word) {
    return printable().stream()
        .filter(resource -> word(resource).equals(word))
        .findFirst()
        .orElseThrow(
            () -> {
              List<String> words = printable().stream().map(AmountOptions::word).toList();
              return CommandException.usage(
                  "\""
                      + Text.clean(word)
                      + "\" is no resource. Write one of "
                      + String.join(", ", words)
                      + "."
                      + Nearest.question(word, words));
            });
  }

  /** The resources that have a unit, in the wire's order. */
  static List<Resource> printable() {
    return List.of(
        Resource.RESOURCE_CPU_MILLICORES,
        Resource.RESOURCE_MEMORY_BYTES,
        Resource.RESOURCE_DISK_READ_BYTES_PER_SECOND,
        Resource.RESOURCE_DISK_WRITE_BYTES_PER_SECOND,
        Resource.RESOURCE_NETWORK_BYTES_PER_SECOND,
        Resource.RESOURCE_STORAGE_BYTES,
        Resource.RESOURCE_GPU_MILLIDEVICES,
        Resource.RESOURCE_GPU_MEMORY_BYTES);
  }

  private String text(Resource resource) {
    return switch (resource) {
      case RESOURCE_CPU_MILLICORES -> cpu;
      case RESOURCE_MEMORY_BYTES -> memory;
      case RESOURCE_DISK_READ_BYTES_PER_SECOND -> diskRead;
      case RESOURCE_DISK_WRITE_BYTES_PER_SECOND -> diskWrite;
      case RESOURCE_NETWORK_BYTES_PER_SECOND -> network;
      case RESOURCE_STORAGE_BYTES -> storage;
      case RESOURCE_GPU_MILLIDEVICES -> gpu;
      case RESOURCE_GPU_MEMORY_BYTES -> gpuMemory;
      case RESOURCE_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static Quantity quantity(Resource resource) {
    return switch (resource) {
      case RESOURCE_CPU_MILLICORES, RESOURCE_GPU_MILLIDEVICES -> Quantity.MILLI;
      case RESOURCE_DISK_READ_BYTES_PER_SECOND,
          RESOURCE_DISK_WRITE_BYTES_PER_SECOND,
          RESOURCE_NETWORK_BYTES_PER_SECOND ->
          Quantity.RATE;
      case RESOURCE_MEMORY_BYTES,
          RESOURCE_STORAGE_BYTES,
          RESOURCE_GPU_MEMORY_BYTES,
          RESOURCE_UNSPECIFIED,
          UNRECOGNIZED ->
          Quantity.BYTES;
    };
  }

  /** The fields of ResourceVector have the numbers of the values of Resource. */
  private static void set(ResourceVector.Builder amount, Resource resource, long value) {
    amount.setField(ResourceVector.getDescriptor().findFieldByNumber(resource.getNumber()), value);
  }

  /** One resource of an amount. */
  static long get(ResourceVector amount, Resource resource) {
    return (Long)
        amount.getField(ResourceVector.getDescriptor().findFieldByNumber(resource.getNumber()));
  }
}
