package dev.holdfast.node;

import dev.holdfast.node.enrol.Enrolment;
import dev.holdfast.node.enrol.JoinToken;
import dev.holdfast.node.enrol.NodeIdentity;
import dev.holdfast.node.evidence.EvidenceProducer;
import dev.holdfast.node.evidence.StatementSource;
import dev.holdfast.node.session.Grants;
import dev.holdfast.node.session.NodeSession;
import dev.holdfast.node.session.SessionSetup;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.proto.replica.Replicas;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node at work: what vouches for it, its identity and its session, from start to SIGTERM. */
public final class NodeProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);
  private static final Duration RENEWAL_RETRY = Duration.ofSeconds(30);

  private final StatementSource own;
  private final Enrolment enrolment;
  private final AtomicReference<NodeIdentity> identity;
  private final NodeSession session;
  private final CountDownLatch ended = new CountDownLatch(1);

  private NodeProcess(
      StatementSource own,
      Enrolment enrolment,
      AtomicReference<NodeIdentity> identity,
      NodeSession session) {
    this.own = own;
    this.enrolment = enrolment;
    this.identity = identity;
    this.session = session;
    Thread.ofVirtual().name("renewal").start(this::renew);
  }

  /**
   * Starts the node; enrols it first where it has no identity yet.
   *
   * @throws IOException when what vouches for it or its state cannot be used, or enrolment is
   *     refused
   */
  public static NodeProcess start(NodeOptions options, NodeParts parts)
      throws IOException, InterruptedException {
    StateFiles state = StateFiles.in(options.state());
    Replicas servers = options.servers();
    StatementSource own = options.evidence().choice().open();
    try {
      var evidence =
          new EvidenceProducer(
              own, options.evidence().devices(), state, !parts.allocator().held().isEmpty());
      var enrolment = new Enrolment(options.node(), servers, state);
      Optional<NodeIdentity> known = NodeIdentity.load(state);
      NodeIdentity first;
      if (known.isPresent() && known.get().expiry().isAfter(Instant.now())) {
        first = known.get();
      } else {
        Path file =
            options
                .joinTokenFile()
                .orElseThrow(
                    () ->
                        new IOException(
                            "this node has no valid identity in "
                                + options.state()
                                + "; create a join token and give --join-token-file"));
        first = enrolment.enrol(JoinToken.read(file), own.tpm(), evidence);
        LOG.info("{} is enrolled with {}", options.node(), servers.current());
      }
      var identity = new AtomicReference<>(first);
      NodeSession session =
          NodeSession.start(
              new SessionSetup(
                  options.node(),
                  servers,
                  identity::get,
                  evidence,
                  parts.allocator(),
                  parts.meter(),
                  parts.grantListener(),
                  state,
                  parts.softwareVersion(),
                  options.samplePeriod()));
      return new NodeProcess(own, enrolment, identity, session);
    } catch (IOException | RuntimeException | InterruptedException e) {
      own.close();
      throw e;
    }
  }

  /** Runs a node until SIGTERM; the result is the program's exit status. */
  public static int runUntilTerminated(NodeOptions options, NodeParts parts) {
    try (NodeProcess process = start(options, parts)) {
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::close));
      process.awaitEnd();
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      LOG.error("the node cannot start: {}", e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** The desk where grants are asked for. */
  public Grants grants() {
    return session.grants();
  }

  /** Waits until the node is closed. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  private void renew() {
    try {
      while (true) {
        Duration wait = Duration.between(Instant.now(), identity.get().renewal());
        if (ended.await(Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS)) {
          return;
        }
        try {
          // The session goes on under the old key; the next connection takes the new one.
          identity.set(enrolment.renew(identity.get()));
          LOG.info("the node's certificate is renewed until {}", identity.get().expiry());
        } catch (IOException e) {
          LOG.warn("{}", e.getMessage());
          if (ended.await(RENEWAL_RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the session and lets go of what vouches for the node. */
  @Override
  public void close() {
    if (ended.getCount() > 0) {
      ended.countDown();
      session.close();
      own.close();
    }
  }
}
