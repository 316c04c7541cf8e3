package dev.holdfast.enclave;

import dev.holdfast.node.NodeOptions;
import dev.holdfast.node.NodeParts;
import dev.holdfast.node.NodeProcess;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.UsageMeter;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.usage.v1.UsageSample;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast agent}: the agent in an enclave, until it is told to end. */
@Command(
    name = "holdfast agent",
    mixinStandardHelpOptions = true,
    description =
        "Runs the agent in an enclave: a session with PAM, and a broker for applications.")
public final class AgentCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(AgentCommand.class);
  private static final String SOFTWARE_VERSION = "holdfast-agent/0.1.0";

  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(
      names = "--socket",
      required = true,
      paramLabel = "PATH",
      description =
          "The socket for applications. Its directory must not be writable by group or others.")
  private @Nullable Path socket;

  @Option(
      names = "--socket-group",
      description =
          "Let the socket's group connect as well as its user: mode 0660 in place of 0600.")
  private boolean group;

  /** The session hears and meters through this, as the broker needs the session to begin. */
  private static final class Wiring implements GrantListener, UsageMeter {
    private volatile Optional<BrokerServer> broker = Optional.empty();

    @Override
    public void updated(GrantUpdate update, long countsFromNanoTime) {
      // Before the broker serves there is no grant that could change.
      broker.ifPresent(server -> server.listener().updated(update, countsFromNanoTime));
    }

    @Override
    public List<UsageSample> sample(Duration period) {
      return broker.map(server -> server.meter().sample(period)).orElse(List.of());
    }
  }

  /** Runs the agent until SIGTERM. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new AgentCommand()).execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    if (socket == null) {
      throw new IllegalStateException("--socket is required; parse the command line first");
    }
    Wiring wiring = new Wiring();
    NodeParts parts = new NodeParts(new EnclaveAllocator(), wiring, wiring, SOFTWARE_VERSION);
    try (NodeProcess started = NodeProcess.start(node, parts);
        BrokerServer broker = BrokerServer.start(started.grants(), socket, group)) {
      wiring.broker = Optional.of(broker);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform().name("end of the agent").unstarted(() -> end(broker, started)));
      started.awaitEnd();
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      LOG.error("the agent cannot start: {}", e.getMessage());
      return 1;
    }
  }

  /** Grants are given back while there still is a session to say so. */
  private static void end(BrokerServer broker, NodeProcess node) {
    broker.close();
    node.close();
  }
}
