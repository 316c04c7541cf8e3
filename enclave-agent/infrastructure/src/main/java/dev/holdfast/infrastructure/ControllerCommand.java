package dev.holdfast.infrastructure;

import dev.holdfast.infrastructure.cache.AttestedCache;
import dev.holdfast.infrastructure.cache.ContentOrigin;
import dev.holdfast.node.NodeOptions;
import dev.holdfast.node.NodeParts;
import dev.holdfast.node.NodeProcess;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMounts;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.UsageMeter;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code holdfast controller}: a hypervisor's, a switch's or a storage system's, until told to end.
 */
@Command(
    name = "holdfast controller",
    mixinStandardHelpOptions = true,
    description =
        "Runs a controller of infrastructure: a session with PAM that makes allocations real.")
public final class ControllerCommand {
  private static final String SOFTWARE_VERSION = "holdfast-controller/0.1.0";

  private ControllerCommand() {}

  /** What runs a node until it ends. */
  @FunctionalInterface
  public interface NodeRunner {
    /** Runs it; returns the program's exit status when it has ended. */
    int run(NodeOptions options, NodeParts parts) throws Exception;
  }

  /** The command with its subcommands, on top of what runs nodes. */
  public static CommandLine commandLine(NodeRunner runner) {
    return new CommandLine(new ControllerCommand())
        .addSubcommand(new HypervisorCommand(runner))
        .addSubcommand(new SwitchCommand(runner))
        .addSubcommand(new StorageCommand(runner));
  }

  /** Runs a controller until SIGTERM. */
  public static void main(String[] arguments) {
    System.exit(commandLine(NodeProcess::runUntilTerminated).execute(arguments));
  }

  private static NodeParts parts(Allocator allocator, UsageMeter meter) {
    return new NodeParts(allocator, meter, GrantListener.NONE, SOFTWARE_VERSION);
  }

  private static Path allocations(NodeOptions node) {
    return node.state().resolve("allocations");
  }

  /** {@code holdfast controller hypervisor}. */
  @Command(
      name = "hypervisor",
      mixinStandardHelpOptions = true,
      description = "Gives machines, which are control groups, their CPU and memory.")
  static final class HypervisorCommand implements Callable<Integer> {
    private final NodeRunner runner;

    @Mixin private final NodeOptions node = new NodeOptions();

    @Option(
        names = "--cgroup-root",
        required = true,
        paramLabel = "NAME",
        description = "The control group that the machines are below, such as machines.")
    private String cgroupRoot = "";

    @Option(
        names = "--cpu-millicores",
        paramLabel = "N",
        description = "CPU to allot, in thousandths of a core. Default: all processors.")
    private long cpuMillicores = Runtime.getRuntime().availableProcessors() * 1000L;

    @Option(
        names = "--memory-bytes",
        required = true,
        paramLabel = "N",
        description = "Memory to allot, in bytes.")
    private long memoryBytes;

    HypervisorCommand(NodeRunner runner) {
      this.runner = runner;
    }

    @Override
    public Integer call() throws Exception {
      HypervisorController controller =
          new HypervisorController(
              Cgroup.below(CgroupMounts.ofThisProcess(), cgroupRoot),
              ResourceVector.newBuilder()
                  .setCpuMillicores(cpuMillicores)
                  .setMemoryBytes(memoryBytes)
                  .build(),
              allocations(node));
      return runner.run(node, parts(controller, new MachineUsageMeter(controller)));
    }
  }

  /** {@code holdfast controller switch}. */
  @Command(
      name = "switch",
      mixinStandardHelpOptions = true,
      description = "Gives flows their place and rate on one port of a Linux switch.")
  static final class SwitchCommand implements Callable<Integer> {
    private final NodeRunner runner;

    @Mixin private final NodeOptions node = new NodeOptions();

    @Option(
        names = "--namespace",
        paramLabel = "NAME",
        description = "The network namespace of the port. Default: this process's own.")
    private @Nullable String namespace;

    @Option(
        names = "--device",
        required = true,
        paramLabel = "NAME",
        description = "The port's device. Whatever shapes it now is replaced.")
    private String device = "";

    @Option(
        names = "--line-rate",
        required = true,
        paramLabel = "N",
        description = "What the line carries, in bytes per second.")
    private long lineRate;

    SwitchCommand(NodeRunner runner) {
      this.runner = runner;
    }

    @Override
    public Integer call() throws Exception {
      SwitchController controller =
          new SwitchController(Optional.ofNullable(namespace), device, lineRate, allocations(node));
      return runner.run(node, parts(controller, UsageMeter.NONE));
    }
  }

  /** {@code holdfast controller storage}. */
  @Command(
      name = "storage",
      mixinStandardHelpOptions = true,
      description = "Brings content near, into a cache that serves no byte unverified.")
  static final class StorageCommand implements Callable<Integer> {
    private final NodeRunner runner;

    @Mixin private final NodeOptions node = new NodeOptions();

    @Option(names = "--cache", required = true, paramLabel = "DIR", description = "The cache.")
    private Path cache = Path.of("");

    @Option(
        names = "--origin",
        required = true,
        paramLabel = "DIR",
        description = "Where content comes from: files named by their lowercase hex SHA-256.")
    private Path origin = Path.of("");

    @Option(
        names = "--uri-prefix",
        paramLabel = "DIR",
        description = "The folder below which file: URIs may point. Default: none may.")
    private @Nullable Path uriPrefix;

    @Option(
        names = "--cache-bytes",
        required = true,
        paramLabel = "N",
        description = "The most that the cache holds, in bytes.")
    private long cacheBytes;

    @Option(
        names = "--item-bytes",
        paramLabel = "N",
        description = "The longest content taken, in bytes. Default: as much as the cache holds.")
    private long itemBytes;

    @Option(
        names = "--storage-bytes",
        paramLabel = "N",
        description = "Space to allot, in bytes. Default: ${DEFAULT-VALUE}.")
    private long storageBytes;

    @Option(
        names = "--read-rate",
        paramLabel = "N",
        description = "Reading to allot, in bytes per second. Default: ${DEFAULT-VALUE}.")
    private long readRate;

    @Option(
        names = "--write-rate",
        paramLabel = "N",
        description = "Writing to allot, in bytes per second. Default: ${DEFAULT-VALUE}.")
    private long writeRate;

    StorageCommand(NodeRunner runner) {
      this.runner = runner;
    }

    @Override
    public Integer call() throws Exception {
      AttestedCache opened =
          new AttestedCache(
              cache,
              new AttestedCache.Limits(cacheBytes, itemBytes > 0 ? itemBytes : cacheBytes),
              new ContentOrigin(
                  origin, Optional.ofNullable(uriPrefix).map(p -> p.toAbsolutePath().normalize())));
      ResourceVector capacity =
          ResourceVector.newBuilder()
              .setStorageBytes(storageBytes)
              .setDiskReadBytesPerSecond(readRate)
              .setDiskWriteBytesPerSecond(writeRate)
              .build();
      try (StorageController controller =
          new StorageController(opened, capacity, allocations(node))) {
        return runner.run(node, parts(controller, UsageMeter.NONE));
      }
    }
  }
}
