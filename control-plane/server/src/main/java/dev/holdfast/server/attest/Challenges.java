package dev.holdfast.server.attest;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The challenges that are open: each for one node, used once, and gone after its lifetime.
 *
 * <p>A used nonce is remembered until it lapses or its node is given another challenge; what comes
 * later with it is unknown, as is every nonce that was never issued. At most {@value #OPEN_MAX} are
 * open for one node: the oldest gives way.
 */
public final class Challenges {
  /** Challenges that one node may have open. */
  public static final int OPEN_MAX = 8;

  /** Why evidence was asked for. */
  public enum Occasion {
    /** The node is being enrolled. */
    ENROLMENT,
    /** It opened a session. */
    SESSION,
    /** A pathway that it is on is being attested. */
    PATHWAY,
    /** What a pathway rests on would expire before long. */
    EXPIRY,
    /** A large adjustment waits for it. */
    ADJUSTMENT,
    /** Someone asked. */
    CALLER
  }

  /**
   * A demand for evidence.
   *
   * @param pathways what the round attests; empty outside one
   */
  public record Issued(
      Nonce nonce,
      NodeName node,
      Occasion occasion,
      List<PathwayName> pathways,
      Duration lifetime) {
    /** Copies the list. */
    public Issued {
      pathways = List.copyOf(pathways);
    }
  }

  /** What became of a nonce that a node answered. */
  public sealed interface Taken {
    /** It was open, and is now used. */
    record Fresh(Issued challenge) implements Taken {}

    /** It was not the node's to answer. */
    record Stale(Finding finding) implements Taken {}
  }

  private record Entry(Issued challenge, long lapsesAtNanos, boolean used) {}

  private final LongSupplier nanoTime;
  private final Map<Bytes, Entry> byNonce = new HashMap<>();
  private final Map<NodeName, Deque<Bytes>> byNode = new HashMap<>();

  /**
   * @param nanoTime a monotonic clock, in nanoseconds
   */
  public Challenges(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Opens a challenge. */
  public synchronized void open(Issued challenge) {
    forgetLapsed();
    Deque<Bytes> nonces = byNode.computeIfAbsent(challenge.node(), _ -> new ArrayDeque<>());
    nonces.removeIf(
        nonce -> {
          Entry entry = byNonce.get(nonce);
          if (entry == null || entry.used()) {
            byNonce.remove(nonce);
            return true;
          }
          return false;
        });
    while (nonces.size() >= OPEN_MAX) {
      byNonce.remove(nonces.removeFirst());
    }
    nonces.addLast(challenge.nonce().value());
    byNonce.put(
        challenge.nonce().value(),
        new Entry(challenge, nanoTime.getAsLong() + challenge.lifetime().toNanos(), false));
  }

  /** How many are remembered, used ones among them. */
  public synchronized int remembered() {
    forgetLapsed();
    return byNonce.size();
  }

  /** Uses up the nonce that a node answered. Of two at once, exactly one is fresh. */
  public synchronized Taken take(Bytes nonce, NodeName node) {
    forgetLapsed();
    if (nonce.isEmpty()) {
      return stale(Reason.NONCE_MISSING, "the evidence answers no challenge: it holds no nonce");
    }
    Entry entry = byNonce.get(nonce);
    if (entry == null) {
      return stale(
          Reason.NONCE_UNKNOWN,
          "the evidence answers a challenge that is not open: it was never issued, has lapsed, or"
              + " was followed by another");
    }
    if (!entry.challenge().node().equals(node)) {
      boolean round = !entry.challenge().pathways().isEmpty();
      return stale(
          round ? Reason.CHAIN_SPLICE : Reason.NONCE_SUBJECT_MISMATCH,
          "node \""
              + node
              + "\" answered a challenge that was issued to another node"
              + (round ? ", in a round of another pathway or place" : ""));
    }
    if (entry.used()) {
      return stale(Reason.NONCE_REUSED, "the challenge was answered before: each is used once");
    }
    byNonce.put(nonce, new Entry(entry.challenge(), entry.lapsesAtNanos(), true));
    return new Taken.Fresh(entry.challenge());
  }

  private static Taken stale(Reason reason, String message) {
    return new Taken.Stale(
        Finding.against(reason, message)
            .at("bound/nonce")
            .remedy("Answer the newest challenge that the node itself was given."));
  }

  private void forgetLapsed() {
    long now = nanoTime.getAsLong();
    Iterator<Map.Entry<NodeName, Deque<Bytes>>> nodes = byNode.entrySet().iterator();
    while (nodes.hasNext()) {
      Deque<Bytes> nonces = nodes.next().getValue();
      nonces.removeIf(
          nonce -> {
            Entry entry = byNonce.get(nonce);
            if (entry == null || entry.lapsesAtNanos() - now <= 0) {
              byNonce.remove(nonce);
              return true;
            }
            return false;
          });
      if (nonces.isEmpty()) {
        nodes.remove();
      }
    }
  }
}
