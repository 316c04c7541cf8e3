package dev.holdfast.node;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.proto.replica.Replicas;
import dev.holdfast.proto.replica.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that every node's program takes; a mixin for its command. */
public final class NodeOptions {
  @Option(
      names = "--state",
      required = true,
      paramLabel = "DIR",
      description = "Where the node keeps its identity and its spool. Made with mode 0700.")
  private @Nullable Path state;

  @Option(
      names = "--server",
      required = true,
      split = ",",
      paramLabel = "HOST:PORT",
      description =
          "Where PAM listens; of several replicas, each: the node finds the one that leads.")
  private List<String> servers = List.of();

  @Option(
      names = "--node",
      required = true,
      paramLabel = "NAME",
      description = "The node's name: trustZones/{trust_zone}/nodes/{node}.")
  private @Nullable String node;

  @Option(
      names = "--join-token-file",
      paramLabel = "FILE",
      description = "The join token, as TOKEN.ROOTDIGEST. Needed once, to enrol.")
  private @Nullable Path joinTokenFile;

  @Mixin private final EvidenceOptions evidence = new EvidenceOptions();

  @Option(
      names = "--sample-period",
      paramLabel = "DURATION",
      description = "How often to meter, such as PT0.5S: 100 ms to 1 hour. Default: what PAM says.")
  private @Nullable Duration samplePeriod;

  /** Where the node keeps its identity and its spool. */
  public Path state() {
    return required(state, "--state");
  }

  /** PAM, as far as the node is told of it. */
  public Replicas servers() {
    return new Replicas(servers.stream().map(ServerAddress::parse).toList());
  }

  /** Who the node is. */
  public NodeName node() {
    return NodeName.parse(required(node, "--node"));
  }

  /** The join token's file. */
  public Optional<Path> joinTokenFile() {
    return Optional.ofNullable(joinTokenFile);
  }

  /** What vouches for the node and its devices. */
  public EvidenceOptions evidence() {
    return evidence;
  }

  /** How often to meter, if otherwise than PAM says. */
  public Optional<Duration> samplePeriod() {
    return Optional.ofNullable(samplePeriod);
  }

  private static <T> T required(@Nullable T value, String option) {
    if (value == null) {
      throw new IllegalStateException(option + " is required; parse the command line first");
    }
    return value;
  }
}
