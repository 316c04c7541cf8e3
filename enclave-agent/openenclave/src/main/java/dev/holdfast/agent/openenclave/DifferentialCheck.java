package dev.holdfast.agent.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.ReportDataRule;
import dev.holdfast.attestation.openenclave.OpenEnclaveVerifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Both verifiers on the same evidence: our own in Java, whose verdict counts, and the SDK's, which
 * can only show that they differ.
 */
public final class DifferentialCheck {
  private static final int DEBUG_BIT = 1;
  private static final String UP_TO_DATE = "UpToDate";

  private final OpenEnclave sdk;

  /** A check that asks the SDK too. */
  public DifferentialCheck(OpenEnclave sdk) {
    this.sdk = sdk;
  }

  /** What comparing came to. */
  public sealed interface Comparison {
    /** What our own verifier says: the verdict that counts, whatever the SDK says. */
    Outcome outcome();
  }

  /**
   * Both say the same.
   *
   * @param outcome ours
   */
  public record Same(Outcome outcome) implements Comparison {}

  /**
   * They differ: one of the two has a fault, or their collateral is not the same.
   *
   * @param outcome ours
   * @param differences at least one
   */
  public record Different(Outcome outcome, List<Difference> differences) implements Comparison {
    /** Copies the list. */
    public Different {
      differences = List.copyOf(differences);
    }

    /** All of it, for a log. */
    public String words() {
      return differences.stream().map(Difference::words).collect(Collectors.joining("; "));
    }
  }

  /**
   * The SDK gave no verdict.
   *
   * @param outcome ours
   * @param words why there is none
   */
  public record NotCompared(Outcome outcome, String words) implements Comparison {}

  /** What can differ. */
  public enum Subject {
    /** Whether the evidence is believed. */
    VERDICT("verdict"),
    /** MRENCLAVE. */
    UNIQUE_ID("unique identifier"),
    /** MRSIGNER. */
    SIGNER_ID("signer identifier"),
    /** ISVPRODID. */
    PRODUCT_ID("product identifier"),
    /** ISVSVN. */
    SECURITY_VERSION("security version"),
    /** Whether the enclave can be debugged. */
    DEBUG("debug attribute");

    private final String words;

    Subject(String words) {
      this.words = words;
    }
  }

  /**
   * One difference.
   *
   * @param subject in what
   * @param ours what our own verifier says
   * @param theirs what the SDK says
   */
  public record Difference(Subject subject, String ours, String theirs) {
    /** As a sentence without its end. */
    public String words() {
      return subject.words + ": " + ours + " by Holdfast, " + theirs + " by the Open Enclave SDK";
    }
  }

  /**
   * Verifies evidence twice.
   *
   * @param evidence with its header
   * @param endorsements with theirs: without them the SDK would fetch its own, and nothing is
   *     compared
   * @param at the time of judgement, for both
   */
  public Comparison verify(
      Bytes evidence, Bytes endorsements, DcapExpectation expectation, Instant at) {
    Outcome ours = OpenEnclaveVerifier.verify(evidence, endorsements, expectation, at);
    if (endorsements.isEmpty()) {
      return new NotCompared(ours, "there are no endorsements that both could judge by");
    }
    Verification theirs =
        sdk.verify(evidence, endorsements, List.of(new VerifierPolicy.EndorsementsTime(at)));
    // The SDK knows nothing of what a site allows: what we refuse for that alone is no difference.
    Outcome sound =
        ours instanceof Outcome.Refused && theirs instanceof Verification.Verified
            ? OpenEnclaveVerifier.verify(evidence, endorsements, soundness(expectation), at)
            : ours;
    return compare(ours, sound, theirs);
  }

  private static DcapExpectation soundness(DcapExpectation expectation) {
    return expectation
        .withDebugAllowed()
        .withMeasurements(Map.of())
        .withReportData(new ReportDataRule.Free());
  }

  /**
   * Compares verdicts.
   *
   * @param ours our own verdict
   * @param sound our own verdict on soundness alone, with any enclave allowed
   * @param theirs the SDK's
   */
  static Comparison compare(Outcome ours, Outcome sound, Verification theirs) {
    List<Difference> differences = new ArrayList<>();
    switch (theirs) {
      case Verification.Unavailable(String words) -> {
        return new NotCompared(ours, words);
      }
      case Verification.Refused refused -> {
        if (sound instanceof Outcome.Proven proven && !agreesOnTcb(proven, refused)) {
          differences.add(new Difference(Subject.VERDICT, "proven", "refused: " + refused.words()));
        }
      }
      case Verification.Verified verified -> {
        switch (sound) {
          case Outcome.Refused(List<Finding> findings) ->
              differences.add(
                  new Difference(
                      Subject.VERDICT, "refused: " + findings.getFirst().message(), "verified"));
          case Outcome.Proven proven -> compareClaims(proven, verified, differences);
        }
      }
    }
    return differences.isEmpty() ? new Same(ours) : new Different(ours, differences);
  }

  /** A policy of ours may let a platform pass that both know to be out of date. */
  private static boolean agreesOnTcb(Outcome.Proven ours, Verification.Refused theirs) {
    return theirs.result().equals(ResultCode.TCB_LEVEL_INVALID)
        && ours.claims().stream()
            .anyMatch(
                claim ->
                    claim instanceof Claim.Word(String name, String text)
                        && name.equals("tcb/status")
                        && !text.equals(UP_TO_DATE));
  }

  private static void compareClaims(
      Outcome.Proven ours, Verification.Verified theirs, List<Difference> differences) {
    compare(
        Subject.UNIQUE_ID,
        our(ours, "sgx/mrenclave"),
        theirs.claim(EvidenceClaim.UNIQUE_ID).map(claim -> claim.value().hex()),
        differences);
    compare(
        Subject.SIGNER_ID,
        our(ours, "sgx/mrsigner"),
        theirs.claim(EvidenceClaim.SIGNER_ID).map(claim -> claim.value().hex()),
        differences);
    compare(
        Subject.PRODUCT_ID,
        our(ours, "sgx/isv-prod-id"),
        number(theirs, EvidenceClaim.PRODUCT_ID),
        differences);
    compare(
        Subject.SECURITY_VERSION,
        our(ours, "sgx/isv-svn"),
        number(theirs, EvidenceClaim.SECURITY_VERSION),
        differences);
    compare(
        Subject.DEBUG,
        our(ours, "tee/debug"),
        theirs
            .claim(EvidenceClaim.ATTRIBUTES)
            .filter(claim -> claim.value().length() == Long.BYTES)
            .map(claim -> (claim.value().at(0) & DEBUG_BIT) != 0 ? "set" : "not set"),
        differences);
  }

  private static void compare(
      Subject subject,
      Optional<String> ours,
      Optional<String> theirs,
      List<Difference> differences) {
    if (!ours.equals(theirs)) {
      differences.add(new Difference(subject, ours.orElse("none"), theirs.orElse("none")));
    }
  }

  private static Optional<String> our(Outcome.Proven outcome, String name) {
    return outcome.claims().stream()
        .filter(claim -> claim.name().equals(name))
        .findFirst()
        .flatMap(
            claim ->
                switch (claim) {
                  case Claim.Measurement(String _, Bytes value) -> Optional.of(value.hex());
                  case Claim.Version(String _, long value) -> Optional.of(Long.toString(value));
                  case Claim.Flag(String _, boolean set) -> Optional.of(set ? "set" : "not set");
                  case Claim.Word(String _, String text) -> Optional.of(text);
                  case Claim.RegisterDigest _,
                      Claim.BoundData _,
                      Claim.BoundMetrics _,
                      Claim.Boot _,
                      Claim.MeasuredEvent _,
                      Claim.Endorsed _,
                      Claim.OfDevice _ ->
                      Optional.empty();
                });
  }

  /** A little-endian number of any length, as versions of the SDK pad it differently. */
  private static Optional<String> number(Verification.Verified verified, String name) {
    return verified
        .claim(name)
        .map(
            claim -> {
              byte[] bigEndian = new byte[claim.value().length() + 1];
              for (int i = 0; i < claim.value().length(); i++) {
                bigEndian[bigEndian.length - 1 - i] = (byte) claim.value().at(i);
              }
              return new java.math.BigInteger(bigEndian).toString();
            });
  }
}
