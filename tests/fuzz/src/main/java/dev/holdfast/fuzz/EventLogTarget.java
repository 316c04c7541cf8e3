package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.eventlog.EventLogParser;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.Replay;
import dev.holdfast.attestation.eventlog.VerifiedEvents;
import java.util.Map;
import java.util.TreeMap;

/** Event logs: never an exception, and never proof of a register that no log leads to. */
public final class EventLogTarget {
  private static final Map<Pcr, Bytes> UNREACHABLE = new TreeMap<>();

  static {
    for (PcrBank bank : PcrBank.values()) {
      for (int i = 0; i < 8; i++) {
        byte[] value = new byte[bank.digestLength()];
        value[0] = 1;
        UNREACHABLE.put(new Pcr(bank, i), Bytes.of(value));
      }
    }
  }

  private EventLogTarget() {}

  /** One log. */
  public static void fuzzerTestOneInput(byte[] data) {
    for (boolean padding : new boolean[] {false, true}) {
      if (EventLogParser.parse(Bytes.of(data), padding) instanceof EventLogParser.Legible legible) {
        EventLogRules rules = EventLogRules.STRICT.withPaddingAllowed(padding);
        if (Replay.replay(legible.log(), UNREACHABLE, rules) instanceof VerifiedEvents) {
          throw new IllegalStateException("a log led to a register that nothing leads to");
        }
      }
    }
  }
}
