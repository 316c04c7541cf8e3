package dev.holdfast.attestation.policy;

import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.reference.Corroboration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Judges what trusted execution environments and devices prove beside their measurements: whether
 * they can be debugged, and how current their platform is.
 *
 * <p>It goes by the names of claims: {@code tee/debug}, {@code tcb/status}, {@code
 * tcb/advisory/ID}, {@code snp/vmpl}, {@code snp/signer}, {@code snp/firmware/provisional}, and the
 * versions and words that the policy names, those that manifests endorse among them.
 */
final class TeeJudge {
  private static final String DEBUG = "tee/debug";
  private static final String STATUS = "tcb/status";
  private static final String ADVISORY = "tcb/advisory/";
  private static final String UP_TO_DATE = "UpToDate";
  private static final String VMPL = "snp/vmpl";
  private static final String SNP_KEY = "snp/signer";
  private static final String VCEK = "VCEK";
  private static final String PROVISIONAL = "snp/firmware/provisional";

  private final Appraiser.Subject subject;
  private final Verification.Verified verified;
  private final TeeRules rules;
  private final Corroboration manifests;
  private Optional<Instant> waivedUntil = Optional.empty();

  TeeJudge(
      Appraiser.Subject subject,
      Verification.Verified verified,
      TeeRules rules,
      Corroboration manifests) {
    this.subject = subject;
    this.verified = verified;
    this.rules = rules;
    this.manifests = manifests;
  }

  void judge(List<Finding> findings) {
    Map<String, Long> versions = new HashMap<>();
    Map<String, String> words = new HashMap<>();
    for (Claim claim : verified.claims()) {
      String component = Appraiser.component(claim);
      switch (Appraiser.stated(claim)) {
        case Claim.Version(String _, long version) -> versions.put(claim.name(), version);
        case Claim.Word(String _, String text) -> words.put(claim.name(), text);
        default -> {}
      }
      switch (Appraiser.bare(claim)) {
        case Claim.Flag(String name, boolean set) when name.equals(DEBUG) && set ->
            debug(component).ifPresent(findings::add);
        case Claim.Flag(String name, boolean set) when name.equals(PROVISIONAL) && set ->
            provisional(component).ifPresent(findings::add);
        case Claim.Word(String name, String status) when name.equals(STATUS) ->
            status(component, status).ifPresent(findings::add);
        case Claim.Word(String name, String key) when name.equals(SNP_KEY) ->
            key(component, key).ifPresent(findings::add);
        case Claim.Version(String name, long version) when name.equals(VMPL) ->
            vmpl(component, version).ifPresent(findings::add);
        default -> {}
      }
    }
    rules
        .versionFloors()
        .forEach(
            (name, floor) ->
                floor(name, floor, Optional.ofNullable(versions.get(name)))
                    .ifPresent(findings::add));
    rules
        .words()
        .forEach(
            (name, allowed) ->
                word(name, allowed, Optional.ofNullable(words.get(name))).ifPresent(findings::add));
    if (rules.siteAttestationRequired() && !subject.siteAttested()) {
      findings.add(
          Finding.against(
                  Reason.PHYSICAL_TRUST,
                  "nobody vouches for the site of node \""
                      + subject.node()
                      + "\", and its protection does not resist physical access")
              .at("site")
              .remedy("Attest the site of the node, or place the work elsewhere."));
    }
  }

  /** When the first waiver used ends. */
  Optional<Instant> waivedUntil() {
    return waivedUntil;
  }

  private Optional<Finding> debug(String component) {
    return rules.debugAllowed()
        ? Optional.empty()
        : Optional.of(
            Finding.against(
                    Reason.TEE_DEBUG,
                    "the environment can be debugged: whoever runs the machine can read it")
                .of(component)
                .at(DEBUG)
                .expecting("false")
                .finding("true")
                .remedy("Start it without debugging, or set debugAllowed for the role."));
  }

  private Optional<Finding> status(String component, String status) {
    if (status.equals(UP_TO_DATE)) {
      return Optional.empty();
    }
    Set<String> open = advisories(component);
    String advisories = open.isEmpty() ? "" : " (" + String.join(", ", open) + ")";
    Optional<TcbWaiver> waiver =
        rules.tcbWaivers().stream()
            .filter(w -> w.covers(status, open, subject.at()))
            .max(java.util.Comparator.comparing(TcbWaiver::expiresAt));
    if (waiver.isPresent()) {
      Instant end = waiver.get().expiresAt();
      waivedUntil = Optional.of(waivedUntil.filter(end::isAfter).orElse(end));
      return Optional.of(
          new Finding(
              Reason.TCB_OUT_OF_DATE,
              Verdict.AFFIRMING,
              "the platform is "
                  + status
                  + advisories
                  + ", waived until "
                  + end
                  + ": "
                  + waiver.get().reason(),
              component,
              STATUS,
              List.of(UP_TO_DATE),
              status,
              "Update the platform before the waiver ends."));
    }
    boolean revoked = status.equals(TcbWaiver.REVOKED);
    return Optional.of(
        Finding.against(
                revoked ? Reason.TCB_REVOKED : Reason.TCB_OUT_OF_DATE,
                "the platform is " + status + advisories)
            .of(component)
            .at(STATUS)
            .expecting(UP_TO_DATE)
            .finding(status)
            .remedy(
                revoked
                    ? "Replace the platform: nothing it signs can be trusted any more."
                    : "Update the platform, or add a waiver for "
                        + status
                        + advisories
                        + " with an end and a reason."));
  }

  private Set<String> advisories(String component) {
    Set<String> open = new TreeSet<>();
    for (Claim claim : verified.claims()) {
      if (Appraiser.component(claim).equals(component)
          && Appraiser.bare(claim) instanceof Claim.Word(String name, String advisory)
          && name.startsWith(ADVISORY)) {
        open.add(advisory);
      }
    }
    return open;
  }

  private Optional<Finding> key(String component, String key) {
    return key.equals(VCEK) || !rules.vcekRequired()
        ? Optional.empty()
        : Optional.of(
            Finding.against(
                    Reason.SNP_KEY, "the report was signed by a " + key + ", not by the chip's own")
                .of(component)
                .at(SNP_KEY)
                .expecting(VCEK)
                .finding(key)
                .remedy("Have the host use the chip's own key, or accept a VLEK in the policy."));
  }

  private Optional<Finding> provisional(String component) {
    return rules.provisionalFirmwareAllowed()
        ? Optional.empty()
        : Optional.of(
            Finding.against(
                    Reason.TCB_OUT_OF_DATE,
                    "the host can still go back from the firmware that it runs")
                .of(component)
                .at(PROVISIONAL)
                .expecting("false")
                .finding("true")
                .remedy(
                    "Commit the firmware on the host, or set provisionalFirmwareAllowed for the"
                        + " role."));
  }

  private Optional<Finding> vmpl(String component, long level) {
    return level <= rules.vmplMax()
        ? Optional.empty()
        : Optional.of(
            Finding.against(Reason.SNP_VMPL, "the report was asked for at a less privileged level")
                .of(component)
                .at(VMPL)
                .expecting("at most " + rules.vmplMax())
                .finding(Long.toString(level))
                .remedy("Ask at VMPL " + rules.vmplMax() + ", or raise vmplMax for the role."));
  }

  private Optional<Finding> floor(String name, long floor, Optional<Long> found) {
    if (found.isPresent() && found.get() >= floor) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.against(
                Reason.VERSION_TOO_LOW, name + (found.isPresent() ? " is too low" : missing(name)))
            .at(name)
            .expecting("at least " + floor)
            .finding(found.map(version -> Long.toString(version)).orElse(""))
            .remedy("Update the component, or lower versionFloors." + name + " in the policy."));
  }

  private Optional<Finding> word(String name, Set<String> allowed, Optional<String> found) {
    if (found.filter(allowed::contains).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.against(
                found.isPresent() ? Reason.CLAIM_REFUSED : Reason.EVIDENCE_MISSING,
                name + (found.isPresent() ? " is none that the policy allows" : missing(name)))
            .at(name)
            .expecting(allowed.stream().sorted().toList())
            .finding(found.orElse(""))
            .remedy("Use what is so, or change words." + name + " in the policy."));
  }

  private String missing(String name) {
    return name.startsWith(Claim.Endorsed.PREFIX)
        ? " is not endorsed" + manifests.withheld(name).map(words -> ": " + words).orElse("")
        : " was not proven";
  }
}
