package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Verdict;
import java.time.Duration;
import java.util.List;

/**
 * What evidence of one role must show.
 *
 * @param verdictMax the worst verdict that grants may rest on: AFFIRMING or WARNING
 * @param pcrSelections registers that a TPM quote must cover, at most one entry for each bank; no
 *     SHA-1
 * @param evidenceAgeMax how old evidence may grow: 10 seconds to 24 hours
 * @param eventsRequired whether the event log must be sent and appraised, and not just the
 *     registers
 */
public record RoleRules(
    Verdict verdictMax,
    List<PcrSelection> pcrSelections,
    Duration evidenceAgeMax,
    boolean eventsRequired) {
  private static final Duration AGE_LEAST = Duration.ofSeconds(10);
  private static final Duration AGE_MOST = Duration.ofHours(24);

  /** The strict rules: affirmed, SHA-256 registers 0 to 7, 10 minutes, events not required. */
  public static final RoleRules DEFAULT =
      new RoleRules(
          Verdict.AFFIRMING,
          List.of(PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7)),
          Duration.ofMinutes(10),
          false);

  /** Refuses rules that would trust anything. */
  public RoleRules {
    pcrSelections = List.copyOf(pcrSelections);
    if (verdictMax == Verdict.CONTRAINDICATED) {
      throw new IllegalArgumentException("no policy rests on what is contraindicated");
    }
    if (evidenceAgeMax.compareTo(AGE_LEAST) < 0 || evidenceAgeMax.compareTo(AGE_MOST) > 0) {
      throw new IllegalArgumentException("evidence may grow 10 seconds to 24 hours old");
    }
    if (pcrSelections.stream().allMatch(selection -> selection.indexes().isEmpty())) {
      throw new IllegalArgumentException("a quote must cover at least one register");
    }
    if (pcrSelections.stream().anyMatch(selection -> selection.bank() == PcrBank.SHA1)) {
      throw new IllegalArgumentException("SHA-1 is never enough for a policy");
    }
    if (pcrSelections.stream().map(PcrSelection::bank).distinct().count() != pcrSelections.size()) {
      throw new IllegalArgumentException("registers of one bank belong in one selection");
    }
  }
}
