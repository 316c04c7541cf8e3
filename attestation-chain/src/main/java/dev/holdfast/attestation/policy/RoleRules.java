package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.ima.ImaVerifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What evidence of one role must show.
 *
 * @param verdictMax the worst verdict that grants may rest on: AFFIRMING or WARNING
 * @param formats what the node's own statement may be; at least one
 * @param pcrSelections registers that a TPM quote must cover, at most one entry for each bank; no
 *     SHA-1; at least one register where {@code formats} holds TPM quotes
 * @param measurements claims of other formats that must hold a reference value; empty for those
 *     that say what was started ({@link EvidenceFormat#launchMeasurements()})
 * @param evidenceAgeMax how old evidence may grow: 10 seconds to 24 hours
 * @param eventsRequired whether the event log must be sent and appraised, and not just the
 *     registers
 * @param eventLog how much an event log must keep to its specification
 * @param ima how the files that a node used are judged; they are not looked at where there are none
 * @param tee what a trusted execution environment must show beside
 */
public record RoleRules(
    Verdict verdictMax,
    Set<EvidenceFormat> formats,
    List<PcrSelection> pcrSelections,
    List<String> measurements,
    Duration evidenceAgeMax,
    boolean eventsRequired,
    EventLogRules eventLog,
    Optional<ImaRules> ima,
    TeeRules tee) {
  private static final Duration AGE_LEAST = Duration.ofSeconds(10);
  private static final Duration AGE_MOST = Duration.ofHours(24);

  /**
   * The strict rules: affirmed, a TPM quote over SHA-256 registers 0 to 7, 10 minutes, events not
   * required.
   */
  public static final RoleRules DEFAULT =
      quotes(
          Verdict.AFFIRMING,
          List.of(PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7)),
          Duration.ofMinutes(10),
          false);

  /** Refuses rules that would trust anything. */
  public RoleRules {
    formats = Set.copyOf(formats);
    pcrSelections = List.copyOf(pcrSelections);
    measurements = List.copyOf(measurements);
    if (verdictMax == Verdict.CONTRAINDICATED) {
      throw new IllegalArgumentException("no policy rests on what is contraindicated");
    }
    if (formats.isEmpty()) {
      throw new IllegalArgumentException("a role accepts at least one format");
    }
    if (evidenceAgeMax.compareTo(AGE_LEAST) < 0 || evidenceAgeMax.compareTo(AGE_MOST) > 0) {
      throw new IllegalArgumentException("evidence may grow 10 seconds to 24 hours old");
    }
    if (formats.contains(EvidenceFormat.TPM2_QUOTE)
        && pcrSelections.stream().allMatch(selection -> selection.indexes().isEmpty())) {
      throw new IllegalArgumentException("a quote must cover at least one register");
    }
    if (pcrSelections.stream().anyMatch(selection -> selection.bank() == PcrBank.SHA1)) {
      throw new IllegalArgumentException("SHA-1 is never enough for a policy");
    }
    if (pcrSelections.stream().map(PcrSelection::bank).distinct().count() != pcrSelections.size()) {
      throw new IllegalArgumentException("registers of one bank belong in one selection");
    }
  }

  /** Rules by which files are not looked at. */
  public RoleRules(
      Verdict verdictMax,
      Set<EvidenceFormat> formats,
      List<PcrSelection> pcrSelections,
      List<String> measurements,
      Duration evidenceAgeMax,
      boolean eventsRequired,
      EventLogRules eventLog,
      TeeRules tee) {
    this(
        verdictMax,
        formats,
        pcrSelections,
        measurements,
        evidenceAgeMax,
        eventsRequired,
        eventLog,
        ImaRules.NONE,
        tee);
  }

  /** Rules for nodes that vouch for themselves by TPM quotes. */
  public static RoleRules quotes(
      Verdict verdictMax,
      List<PcrSelection> pcrSelections,
      Duration evidenceAgeMax,
      boolean eventsRequired) {
    return new RoleRules(
        verdictMax,
        Set.of(EvidenceFormat.TPM2_QUOTE),
        pcrSelections,
        List.of(),
        evidenceAgeMax,
        eventsRequired,
        EventLogRules.STRICT,
        TeeRules.STRICT);
  }

  /** The same with other rules for files. */
  public RoleRules withIma(ImaRules rules) {
    return new RoleRules(
        verdictMax,
        formats,
        pcrSelections,
        measurements,
        evidenceAgeMax,
        eventsRequired,
        eventLog,
        Optional.of(rules),
        tee);
  }

  /**
   * What a TPM quote must cover: {@code pcrSelections}, and where files are judged also the
   * registers of their list and of its {@code boot_aggregate}, 0 to 10, in the same banks.
   */
  public List<PcrSelection> quotedSelections() {
    if (ima.isEmpty()) {
      return pcrSelections;
    }
    List<PcrSelection> quoted = new ArrayList<>();
    for (PcrSelection selection : pcrSelections) {
      SortedSet<Integer> indexes = new TreeSet<>(selection.indexes());
      for (int index = 0; index <= ImaVerifier.REGISTER; index++) {
        indexes.add(index);
      }
      quoted.add(new PcrSelection(selection.bank(), List.copyOf(indexes)));
    }
    return List.copyOf(quoted);
  }

  /** The claims that must hold a reference value in evidence of a format other than TPM quotes. */
  public List<String> measurements(EvidenceFormat format) {
    return measurements.isEmpty() ? format.launchMeasurements() : measurements;
  }
}
