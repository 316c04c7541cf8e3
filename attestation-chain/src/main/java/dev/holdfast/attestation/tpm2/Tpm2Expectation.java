package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.ima.ImaRules;
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
 * @param ima how a list of file measurements is judged; empty if it is not looked at
 * @param firmwareVersions the versions of the TPM's firmware that are allowed, as its quotes state
 *     them; empty for any
 * @param sha1SignaturesAllowed whether the signature, and the digest of the registers with it, may
 *     be over SHA-1
 */
public record Tpm2Expectation(
    AttestationKey key,
    List<PcrSelection> selections,
    Set<PcrBank> banks,
    Optional<BootCounters> lastAccepted,
    boolean eventLogRequired,
    EventLogRules eventLogRules,
    Optional<ImaRules> ima,
    Set<Long> firmwareVersions,
    boolean sha1SignaturesAllowed) {
  /** Copies the lists. */
  public Tpm2Expectation {
    selections = List.copyOf(selections);
    banks = Set.copyOf(banks);
    firmwareVersions = Set.copyOf(firmwareVersions);
  }

  /** Strict in everything; a first quote; any firmware; an event log may be left out. */
  public static Tpm2Expectation of(AttestationKey key, List<PcrSelection> selections) {
    return new Tpm2Expectation(
        key,
        selections,
        EnumSet.of(PcrBank.SHA256, PcrBank.SHA384, PcrBank.SHA512),
        Optional.empty(),
        false,
        EventLogRules.STRICT,
        ImaRules.NONE,
        Set.of(),
        false);
  }

  /** The same in the boot of an earlier quote. */
  public Tpm2Expectation after(BootCounters counters) {
    return new Tpm2Expectation(
        key,
        selections,
        banks,
        Optional.of(counters),
        eventLogRequired,
        eventLogRules,
        ima,
        firmwareVersions,
        sha1SignaturesAllowed);
  }

  /** The same with an event log that must be there. */
  public Tpm2Expectation withEventLog(EventLogRules rules) {
    return withEventLog(true, rules);
  }

  /** The same with other rules for an event log that is there. */
  public Tpm2Expectation withEventLogRules(EventLogRules rules) {
    return withEventLog(eventLogRequired, rules);
  }

  private Tpm2Expectation withEventLog(boolean required, EventLogRules rules) {
    return new Tpm2Expectation(
        key,
        selections,
        banks,
        lastAccepted,
        required,
        rules,
        ima,
        firmwareVersions,
        sha1SignaturesAllowed);
  }

  /** The same with a list of file measurements that is judged. */
  public Tpm2Expectation withIma(ImaRules rules) {
    return new Tpm2Expectation(
        key,
        selections,
        banks,
        lastAccepted,
        eventLogRequired,
        eventLogRules,
        Optional.of(rules),
        firmwareVersions,
        sha1SignaturesAllowed);
  }

  /** The same with other banks. */
  public Tpm2Expectation withBanks(Set<PcrBank> allowed) {
    return new Tpm2Expectation(
        key,
        selections,
        allowed,
        lastAccepted,
        eventLogRequired,
        eventLogRules,
        ima,
        firmwareVersions,
        sha1SignaturesAllowed);
  }

  /** The same with firmware of the TPM that is one of these; empty for any. */
  public Tpm2Expectation withFirmwareVersions(Set<Long> allowed) {
    return new Tpm2Expectation(
        key,
        selections,
        banks,
        lastAccepted,
        eventLogRequired,
        eventLogRules,
        ima,
        allowed,
        sha1SignaturesAllowed);
  }

  /** The same with signatures over SHA-1 allowed. */
  public Tpm2Expectation withSha1Signatures() {
    return new Tpm2Expectation(
        key,
        selections,
        banks,
        lastAccepted,
        eventLogRequired,
        eventLogRules,
        ima,
        firmwareVersions,
        true);
  }
}
