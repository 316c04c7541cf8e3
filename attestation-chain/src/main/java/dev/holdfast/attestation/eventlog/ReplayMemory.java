package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Register;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bounded memory of logs that led to their registers; whoever judges the same machines again and
 * again makes one and hands it in.
 *
 * <p>A machine sends the log of its boot with every quote, and replay depends on nothing but the
 * log, the registers and the rules: where all three are the same, byte for byte, so is what comes
 * of it. Only proofs are remembered, under the registers that they lead to, one log for each; a log
 * that differs in one byte is replayed. The least recently used are forgotten first. Threads may
 * share it.
 */
public final class ReplayMemory {
  private static final ReplayMemory NONE = new ReplayMemory(0);

  private final Map<Map<Register, Bytes>, Proof> proofs = new LinkedHashMap<>(16, 0.75f, true);
  private final long bytesMax;
  private long bytes;

  private record Proof(Bytes log, EventLogRules rules, VerifiedEvents events) {
    boolean isOf(Bytes otherLog, EventLogRules otherRules) {
      return log.length() == otherLog.length()
          && log.startsWith(otherLog)
          && rules.equals(otherRules);
    }
  }

  /**
   * An empty memory.
   *
   * @param bytesMax most bytes of all logs that it holds together; what they prove takes up to five
   *     times as much again
   */
  public ReplayMemory(long bytesMax) {
    if (bytesMax < 0) {
      throw new IllegalArgumentException("a memory of " + bytesMax + " bytes");
    }
    this.bytesMax = bytesMax;
  }

  /** One that remembers nothing. */
  public static ReplayMemory none() {
    return NONE;
  }

  /**
   * Reads and replays a log, unless this very log was found to lead to these registers before.
   *
   * @param log at most 4 MiB
   * @param quoted as {@link Replay#replay} takes them
   * @param rules how much the log must keep to its specification
   */
  public Replay.Outcome replay(
      Bytes log, Map<? extends Register, Bytes> quoted, EventLogRules rules) {
    synchronized (proofs) {
      Proof proof = proofs.get(quoted);
      if (proof != null && proof.isOf(log, rules)) {
        return proof.events();
      }
    }
    // In memory of its own: what is remembered keeps nothing else.
    Bytes own = log.length() <= bytesMax ? Bytes.concat(log) : log;
    return switch (EventLogParser.parse(own, rules.paddingAllowed())) {
      case EventLogParser.Illegible(var finding) -> new Replay.Mismatched(List.of(finding));
      case EventLogParser.Legible(EventLog read) -> {
        Replay.Outcome outcome = Replay.replay(read, quoted, rules);
        if (outcome instanceof VerifiedEvents events) {
          remember(quoted, new Proof(own, rules, events));
        }
        yield outcome;
      }
    };
  }

  private void remember(Map<? extends Register, Bytes> quoted, Proof proof) {
    if (proof.log().length() > bytesMax) {
      return;
    }
    synchronized (proofs) {
      Proof before = proofs.put(Map.copyOf(quoted), proof);
      bytes += proof.log().length() - (before == null ? 0 : before.log().length());
      Iterator<Proof> eldest = proofs.values().iterator();
      while (bytes > bytesMax) {
        bytes -= eldest.next().log().length();
        eldest.remove();
      }
    }
  }

  /** How many logs it holds. */
  public int size() {
    synchronized (proofs) {
      return proofs.size();
    }
  }
}
