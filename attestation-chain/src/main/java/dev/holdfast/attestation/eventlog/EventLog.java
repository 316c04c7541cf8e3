package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A TCG event log as read, which proves nothing by itself (PC Client Platform Firmware Profile
 * 1.06, section 10). Only {@link Replay} turns it into {@link VerifiedEvents}.
 *
 * @param banks the banks that it keeps digests for
 * @param events what was logged, in order; at most 3072
 */
public record EventLog(Set<PcrBank> banks, List<LoggedEvent> events) {
  /** Most bytes of a log. */
  public static final int MAX_BYTES = 4 * 1024 * 1024;

  /** Most bytes of one event's data. */
  public static final int EVENT_MAX_BYTES = 1024 * 1024;

  /** Most digests of one event. */
  public static final int DIGESTS_MAX = 16;

  /** Most events: with 120 registers they stay below the 4096 claims of an appraisal. */
  public static final int EVENTS_MAX = 3072;

  /** Copies the lists. */
  public EventLog {
    banks = Set.copyOf(banks);
    events = List.copyOf(events);
  }

  /**
   * An entry of a log as read.
   *
   * @param register the register it names, unsigned 32 bits; 0 to 23 unless it is EV_NO_ACTION; a
   *     run-time register by one more than its number
   * @param type the type it names, unsigned 32 bits
   * @param digests what it says was extended
   * @param data what it says of itself
   */
  public record LoggedEvent(long register, long type, Map<PcrBank, Bytes> digests, Bytes data) {
    /** Copies the map. */
    public LoggedEvent {
      digests = Map.copyOf(digests);
    }

    boolean extended() {
      return type != EventType.EV_NO_ACTION.number();
    }
  }
}
