package dev.holdfast.attestation.eventlog;

/**
 * How much an event log must keep to its specification, beyond replaying to the quoted registers.
 *
 * <p>Replay alone proves the digests, not the types or data beside them (they are not covered by
 * the digest). Real firmware breaks the specification in places, so a fleet that was measured to do
 * so may be given softer rules; each softening is named in the policy that uses it.
 *
 * @param contentsChecked whether data must hash to the digest where the type promises so,
 *     separators hold what they may, and types in quoted registers are known
 * @param separatorsRequired whether each quoted register 0 to 7 with events must have exactly one
 *     EV_SEPARATOR
 * @param knownNoActionOnly whether EV_NO_ACTION entries must be of a known kind
 * @param paddingAllowed whether 0x00 or 0xff may follow the last event up to the end
 */
public record EventLogRules(
    boolean contentsChecked,
    boolean separatorsRequired,
    boolean knownNoActionOnly,
    boolean paddingAllowed) {
  /** Everything is demanded. */
  public static final EventLogRules STRICT = new EventLogRules(true, true, true, false);

  /** The log must replay, to the last byte; what it says beside is not judged. */
  public static final EventLogRules REPLAY_ONLY = new EventLogRules(false, false, false, false);

  /** The same rules with padding allowed or not. */
  public EventLogRules withPaddingAllowed(boolean allowed) {
    return new EventLogRules(contentsChecked, separatorsRequired, knownNoActionOnly, allowed);
  }
}
