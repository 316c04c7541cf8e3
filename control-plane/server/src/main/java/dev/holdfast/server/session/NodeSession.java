package dev.holdfast.server.session;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.server.attest.Attestor.Judged;
import dev.holdfast.server.attest.ChallengeMessages;
import dev.holdfast.server.attest.Challenges;
import dev.holdfast.server.config.Asked;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One node's side of the conversation, as the server sees it: what it said of itself, what it
 * holds, and the way to tell it more.
 */
public final class NodeSession {
  /** Allocations that a node may report at most. */
  public static final int ALLOCATIONS_MAX = 10_000;

  /** How long a node that failed is left alone before it is told the same again. */
  private static final long RETRY_NANOS = 1_000_000_000;

  private record Told(long generation, long atNanos) {}

  private final NodeName node;
  private final Role role;
  private final Optional<TenantName> tenant;
  private final Bytes channelKey;
  private final ServerCallStreamObserver<SessionResponse> out;
  private final LongSupplier leaderTerm;
  private final Map<Bytes, Consumer<Judged>> waiting = new ConcurrentHashMap<>();
  private final Map<ReservationName, AllocationStatus> observed = new ConcurrentHashMap<>();
  private final Map<ReservationName, Told> told = new HashMap<>();
  private final AtomicLong desiredGeneration = new AtomicLong();
  private volatile long heardAtNanos = System.nanoTime();
  private volatile boolean trusted;
  private volatile boolean synced;
  private volatile boolean ended;
  private volatile ResourceVector capacity = ResourceVector.ZERO;
  private volatile Bytes bootId = Bytes.EMPTY;
  private volatile String software = "";

  /** Whose session it is, as the certificate and the ledger say. */
  public record Identity(NodeName node, Role role, Optional<TenantName> tenant, Bytes channelKey) {}

  /** A session that was just opened. */
  public NodeSession(
      Identity identity, ServerCallStreamObserver<SessionResponse> out, LongSupplier leaderTerm) {
    this.node = identity.node();
    this.role = identity.role();
    this.tenant = identity.tenant();
    this.channelKey = identity.channelKey();
    this.out = out;
    this.leaderTerm = leaderTerm;
  }

  /** The node. */
  public NodeName node() {
    return node;
  }

  /** What it does. */
  public Role role() {
    return role;
  }

  /** Whose applications it runs. */
  public Optional<TenantName> tenant() {
    return tenant;
  }

  /** The public key of its channel. */
  public Bytes channelKey() {
    return channelKey;
  }

  /** Whether its newest evidence was good. */
  public boolean trusted() {
    return trusted;
  }

  /** Whether it has said what it holds, since it was last told all that it should. */
  public boolean synced() {
    return synced;
  }

  /** What it says that it has to allot. */
  public ResourceVector capacity() {
    return capacity;
  }

  /** Its software, as it names it. */
  public String software() {
    return software;
  }

  /** What the node said of itself in its Hello. */
  public void introduce(ResourceVector announced, Bytes boot, String softwareVersion) {
    capacity = announced;
    bootId = boot;
    software = softwareVersion;
  }

  /** Drawn by the node at boot; another value means that it restarted. */
  public Bytes bootId() {
    return bootId;
  }

  /** What it says that it has to allot, from now on. */
  public void capacity(ResourceVector announced) {
    capacity = announced;
  }

  /** Whether its newest evidence was good. */
  public void trusted(boolean now) {
    trusted = now;
  }

  /** Its evidence was bad, wherever it came: nothing more is told or believed until it is good. */
  public void distrust() {
    trusted = false;
  }

  /** Something came from it. */
  public void heard() {
    heardAtNanos = System.nanoTime();
  }

  /** How long nothing came from it, in nanoseconds. */
  public long silentNanos() {
    return System.nanoTime() - heardAtNanos;
  }

  /** Sends one message; after the end, nothing. */
  public void send(SessionResponse.Builder message) {
    synchronized (out) {
      if (ended || out.isCancelled()) {
        return;
      }
      out.onNext(message.setLeaderTerm(leaderTerm.getAsLong()).build());
    }
  }

  /** Sends a challenge, and hands the verdict on its answer to {@code judged}, at most once. */
  public void challenge(Challenges.Issued issued, Asked asked, Consumer<Judged> judged) {
    waiting.put(issued.nonce().value(), judged);
    send(SessionResponse.newBuilder().setChallenge(ChallengeMessages.challenge(issued, asked)));
  }

  /** To how many challenges somebody waits for the answer. */
  public int awaited() {
    return waiting.size();
  }

  /** Nobody waits for the answer any more. */
  public void forget(Challenges.Issued issued) {
    waiting.remove(issued.nonce().value());
  }

  /** A verdict on the answer to a challenge, for whoever waits for it. */
  public void answered(Bytes nonce, Judged judged) {
    Consumer<Judged> waiter = waiting.remove(nonce);
    if (waiter != null) {
      waiter.accept(judged);
    }
  }

  /**
   * Its evidence was bad. Whoever waits for an answer has it with that: evidence for no challenge,
   * or for another's, is as good as a bad answer to every one that is open.
   */
  public void answeredBadly(Judged judged) {
    for (Bytes nonce : List.copyOf(waiting.keySet())) {
      answered(nonce, judged);
    }
  }

  /** What it says that it holds for a reservation. */
  public Optional<AllocationStatus> observed(ReservationName reservation) {
    return Optional.ofNullable(observed.get(reservation));
  }

  /** Every reservation that it says it holds something for. */
  public List<ReservationName> holding() {
    return List.copyOf(observed.keySet());
  }

  /** Takes a report; the end of a snapshot makes the node synced. */
  public void report(
      Map<ReservationName, AllocationStatus> statuses, boolean snapshot, boolean end) {
    if (snapshot && !synced) {
      observed.putAll(statuses);
    } else {
      statuses.forEach(
          (reservation, status) -> {
            if (status.getState() == AllocationStatus.State.STATE_WITHDRAWN
                && observed.size() >= ALLOCATIONS_MAX) {
              observed.remove(reservation);
            } else {
              observed.put(reservation, status);
            }
          });
    }
    if (end || !snapshot) {
      synced = true;
    }
  }

  /**
   * Whether a generation is to be told for a reservation, now: it is news, or the node could not
   * make it so when it was told, and {@link #RETRY_NANOS} have passed. Remembers that it was told.
   */
  public boolean tell(ReservationName reservation, long generation) {
    AllocationStatus status = observed.get(reservation);
    boolean failed = status != null && status.getState() == AllocationStatus.State.STATE_FAILED;
    long now = System.nanoTime();
    synchronized (told) {
      Told before = told.get(reservation);
      boolean due =
          before == null
              || before.generation() != generation
              || (failed && now - before.atNanos() >= RETRY_NANOS);
      if (due) {
        told.put(reservation, new Told(generation, now));
      }
      return due;
    }
  }

  /** A reservation is over, and nothing more is to be remembered of it here. */
  public void forget(ReservationName reservation) {
    synchronized (told) {
      told.remove(reservation);
    }
    observed.remove(reservation);
  }

  /** The number of the next message of desired allocations. */
  public long nextDesiredGeneration() {
    return desiredGeneration.incrementAndGet();
  }

  boolean ended() {
    return ended;
  }

  /** Ends the conversation with a status; repeating it changes nothing. */
  public void end(StatusRuntimeException why) {
    synchronized (out) {
      if (!ended) {
        ended = true;
        if (!out.isCancelled()) {
          out.onError(why);
        }
      }
    }
    waiting.clear();
  }

  /** Ends the conversation in good order; repeating it changes nothing. */
  public void complete() {
    synchronized (out) {
      if (!ended) {
        ended = true;
        if (!out.isCancelled()) {
          out.onCompleted();
        }
      }
    }
    waiting.clear();
  }

  /** Whether the transport takes no more at present. */
  public boolean congested() {
    synchronized (out) {
      return !out.isReady();
    }
  }

  /** The status of a session that is to be opened again. */
  public static StatusRuntimeException unavailable(String why) {
    return Status.UNAVAILABLE.withDescription(why).asRuntimeException();
  }
}
