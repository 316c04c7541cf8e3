package dev.holdfast.server.desk;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.proto.node.v1.Heartbeat;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.SessionRequest.MessageCase;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.server.allot.GrantDesk;
import dev.holdfast.server.allot.Provisioner;
import dev.holdfast.server.allot.UsageIntake;
import dev.holdfast.server.attest.Attestor;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.chain.Trust;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.server.telemetry.Timings;
import dev.holdfast.store.ledger.Ledger;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where sessions begin and are kept alive, with all that one needs. */
public final class SessionDesk {
  private final ServerConfig config;
  private final Ledger ledger;
  private final Sessions sessions;
  private final Challenges challenges;
  private final Attestor attestor;
  private final Trust trust;
  private final Provisioner provisioner;
  private final UsageIntake usage;
  private final GrantDesk grants;
  private final Journal journal;
  private final Duration answerTimeout;
  private final Timings timings;
  private final Map<NodeName, Bytes> boots = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /**
   * The parts that a session works with.
   *
   * @param timings of what is done for each message of a node
   */
  public record Parts(
      ServerConfig config,
      Ledger ledger,
      Sessions sessions,
      Challenges challenges,
      Attestor attestor,
      Trust trust,
      Provisioner provisioner,
      UsageIntake usage,
      GrantDesk grants,
      Journal journal,
      Duration answerTimeout,
      Timings timings) {}

  /** A desk with these parts. */
  public SessionDesk(Parts parts) {
    this.config = parts.config();
    this.ledger = parts.ledger();
    this.sessions = parts.sessions();
    this.challenges = parts.challenges();
    this.attestor = parts.attestor();
    this.trust = parts.trust();
    this.provisioner = parts.provisioner();
    this.usage = parts.usage();
    this.grants = parts.grants();
    this.journal = parts.journal();
    this.answerTimeout = parts.answerTimeout();
    this.timings = parts.timings();
    for (MessageCase kind : MessageCase.values()) {
      timings.know(word(kind));
    }
  }

  /** Begins a session of the node that calls. */
  public StreamObserver<SessionRequest> begin(
      Caller.Node caller, StreamObserver<SessionResponse> out) {
    return new SessionHandler(this, caller, (ServerCallStreamObserver<SessionResponse>) out);
  }

  /**
   * Sends a heartbeat to every node, and ends the sessions that were silent, or did not take what
   * they were sent, for three intervals. To be called once every heartbeat interval.
   */
  public void beat() {
    long limit = config.pace().heartbeat().multipliedBy(3).toNanos();
    for (NodeSession session : sessions.all()) {
      if (session.silentNanos() > limit || session.congested()) {
        sessions.closed(session);
        session.end(NodeSession.unavailable("the node was silent for three heartbeat intervals"));
      } else {
        session.send(SessionResponse.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()));
      }
    }
  }

  /** Whether the node is in another boot than when it was last here. */
  boolean restarted(NodeSession session) {
    Bytes before = boots.put(session.node(), session.bootId());
    return before == null || !before.equals(session.bootId());
  }

  /** Stores what the node says that it has to allot. */
  void reportCapacity(NodeSession session) {
    ledger.nodes().report(session.node(), session.capacity());
  }

  Bytes randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }

  long leaderTerm() {
    return ledger.term().orElse(0);
  }

  ServerConfig config() {
    return config;
  }

  Ledger ledger() {
    return ledger;
  }

  Sessions sessions() {
    return sessions;
  }

  Challenges challenges() {
    return challenges;
  }

  Attestor attestor() {
    return attestor;
  }

  Trust trust() {
    return trust;
  }

  Provisioner provisioner() {
    return provisioner;
  }

  UsageIntake usage() {
    return usage;
  }

  GrantDesk grants() {
    return grants;
  }

  Journal journal() {
    return journal;
  }

  Duration answerTimeout() {
    return answerTimeout;
  }

  /** Times what is done for a message. */
  void timed(SessionRequest message, Runnable work) {
    timings.run(word(message.getMessageCase()), work::run);
  }

  private static String word(MessageCase kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
