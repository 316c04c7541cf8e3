package dev.holdfast.attestation.eventlog;

import java.util.EnumSet;
import java.util.Set;

/**
 * How much an event log must keep to its specification, beyond replaying to the quoted registers.
 *
 * <p>Replay alone proves the digests, not the types or data beside them (they are not covered by
 * the digest). Real firmware breaks the specification in places, so a fleet that was measured to do
 * so may be given softer rules; each softening is named in the policy that uses it.
 *
 * @param demands what is asked
 * @param dataUnchecked types whose data need not hash to the digest, though the specification says
 *     so
 * @param scope which registers must follow from the log
 */
public record EventLogRules(Set<Demand> demands, Set<EventType> dataUnchecked, Scope scope) {
  /** Everything is demanded. */
  public static final EventLogRules STRICT =
      new EventLogRules(EnumSet.allOf(Demand.class), Set.of(), Scope.LOGGED);

  /** The log must replay, to the last byte; what it says beside is not judged. */
  public static final EventLogRules REPLAY_ONLY =
      new EventLogRules(Set.of(Demand.NO_PADDING), Set.of(), Scope.LOGGED);

  /**
   * What logs of TDX domains keep to: firmware folds PCR 0 to 7 into two run-time registers, and so
   * ends several stages in one, and the log area is padded to its length.
   */
  public static final EventLogRules CONFIDENTIAL_COMPUTING =
      STRICT.without(Demand.SEPARATOR_ONCE).without(Demand.NO_PADDING);

  /** Which registers must follow from the log. */
  public enum Scope {
    /** Those that firmware and boot loader log whole: PCR 0 to 9 and 14, RTMR 0 to 3. */
    FIRMWARE,
    /** Those, and any other that the log has events for. */
    LOGGED,
    /** Every register given. */
    EVERY
  }

  /** Copies the sets. */
  public EventLogRules {
    demands = Set.copyOf(demands);
    dataUnchecked = Set.copyOf(dataUnchecked);
  }

  /** Whether something is asked. */
  public boolean demands(Demand demand) {
    return demands.contains(demand);
  }

  /** Whether 0x00 or 0xff may follow the last event up to the end. */
  public boolean paddingAllowed() {
    return !demands(Demand.NO_PADDING);
  }

  /** The same rules with one demand more. */
  public EventLogRules with(Demand demand) {
    EnumSet<Demand> more = EnumSet.of(demand);
    more.addAll(demands);
    return new EventLogRules(more, dataUnchecked, scope);
  }

  /** The same rules with one demand less. */
  public EventLogRules without(Demand demand) {
    EnumSet<Demand> fewer = EnumSet.noneOf(Demand.class);
    fewer.addAll(demands);
    fewer.remove(demand);
    return new EventLogRules(fewer, dataUnchecked, scope);
  }

  /** The same rules with padding allowed or not. */
  public EventLogRules withPaddingAllowed(boolean allowed) {
    return allowed ? without(Demand.NO_PADDING) : with(Demand.NO_PADDING);
  }

  /** The same rules, where the data of some types need not hash to the digest. */
  public EventLogRules withDataUnchecked(Set<EventType> types) {
    return new EventLogRules(demands, types, scope);
  }

  /** The same rules for other registers. */
  public EventLogRules withScope(Scope other) {
    return new EventLogRules(demands, dataUnchecked, other);
  }
}
