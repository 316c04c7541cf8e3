package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.eventlog.EventLogParser;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.attestation.eventlog.Replay;
import dev.holdfast.attestation.eventlog.VerifiedEvents;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Event logs: never an exception, and never proof of a register that no log leads to. */
final class EventLogTarget implements Target {
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

  @Override
  public Class<?> reader() {
    return EventLogParser.class;
  }

  @Override
  public List<Bytes> seeds() {
    EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA1, PcrBank.SHA256));
    writer.startupLocality(3);
    writer.event(0, EventType.EV_S_CRTM_VERSION, Bytes.utf8("version"));
    for (int register : List.of(0, 7)) {
      writer.separator(register);
    }
    return List.of(writer.log());
  }

  /** One log. */
  @Override
  public void read(byte[] data) {
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
