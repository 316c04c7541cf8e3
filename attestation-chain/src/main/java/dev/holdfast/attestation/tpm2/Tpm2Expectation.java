package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.eventlog.EventLogRules;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a TPM quote of one node must show.
 *
 * @param key the enrolled attestation key
 * @param selections registers that the quote must cover at least
 * @param banks the only banks that it may cover
 * @param lastAccepted the counters of the last accepted quote; empty where a first one, or one
 *     after a reboot, is asked for
 * @param eventLogRequired whether an event log must be there; one that is there is always replayed
 * @param eventLogRules how much the log must keep to its specification
 */
public record Tpm2Expectation(
    AttestationKey key,
    List<PcrSelection> selections,
    Set<PcrBank> banks,
    Optional<BootCounters> lastAccepted,
    boolean eventLogRequired,
    EventLogRules eventLogRules) {
  /** Copies the lists. */
  public Tpm2Expectation {
    selections = List.copyOf(selections);
    banks = Set.copyOf(banks);
  }

  /** Strict in everything; a first quote; an event log may be left out. */
  public static Tpm2Expectation of(AttestationKey key, List<PcrSelection> selections) {
    return new Tpm2Expectation(
        key,
        selections,
        EnumSet.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512),
        Optional.empty(),
        false,
        EventLogRules.STRICT);
  }

  /** The same in the boot of an earlier quote. */
  public Tpm2Expectation after(BootCounters counters) {
    return new Tpm2Expectation(
        key, selections, banks, Optional.of(counters), eventLogRequired, eventLogRules);
  }

  /** The same with an event log that must be there. */
  public Tpm2Expectation withEventLog(EventLogRules rules) {
    return new Tpm2Expectation(key, selections, banks, lastAccepted, true, rules);
  }

  /** The same with other rules for an event log that is there. */
  public Tpm2Expectation withEventLogRules(EventLogRules rules) {
    return new Tpm2Expectation(key, selections, banks, lastAccepted, eventLogRequired, rules);
  }

  /** The same with other banks. */
  public Tpm2Expectation withBanks(Set<PcrBank> allowed) {
    return new Tpm2Expectation(
        key, selections, allowed, lastAccepted, eventLogRequired, eventLogRules);
  }
}
