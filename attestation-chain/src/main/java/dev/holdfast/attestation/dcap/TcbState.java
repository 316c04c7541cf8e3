package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.TcbStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** What is said of the parts of a platform, and what they come to together. */
public final class TcbState {
  private final List<Part> parts = new ArrayList<>();
  private Optional<TcbStatus> now = Optional.empty();

  TcbState() {}

  /**
   * A part of the platform.
   *
   * @param name what it is: {@code platform}, {@code quoting enclave}, {@code TDX module}
   * @param status what is said of it
   * @param advisories the advisories that concern it
   */
  public record Part(String name, TcbStatus status, List<String> advisories) {
    /** Copies the list. */
    public Part {
      advisories = List.copyOf(advisories);
    }
  }

  /** Adds what is said of a part. */
  public void add(Part part) {
    parts.add(part);
  }

  /** Sets what the same platform comes to with what runs on it now. */
  void nowIs(TcbState other) {
    now = Optional.of(other.status());
  }

  /** What all parts come to. */
  TcbStatus status() {
    return onPlatform(
        parts.stream().map(Part::status).reduce(TcbStatus::converge).orElse(TcbStatus.REVOKED));
  }

  private TcbStatus onPlatform(TcbStatus status) {
    return now.map(status::onPlatform).orElse(status);
  }

  /** The advisories that concern any part. */
  List<String> advisories() {
    TreeSet<String> all = new TreeSet<>();
    parts.forEach(part -> all.addAll(part.advisories()));
    return List.copyOf(all);
  }

  /** Finds against the state what a policy does not accept. */
  void judge(TcbPolicy policy, List<Finding> findings) {
    List<Part> judged = parts.stream().filter(part -> !policy.waives(part)).toList();
    TcbStatus rest =
        onPlatform(
            judged.stream()
                .map(Part::status)
                .reduce(TcbStatus::converge)
                .orElse(TcbStatus.UP_TO_DATE));
    if (judged.isEmpty() || policy.accepted().contains(rest)) {
      return;
    }
    List<String> words = new ArrayList<>();
    for (Part part : judged) {
      if (part.status() != TcbStatus.UP_TO_DATE) {
        words.add(
            "the "
                + part.name()
                + " is "
                + part.status().word()
                + (part.advisories().isEmpty() ? "" : " " + part.advisories()));
      }
    }
    boolean revoked = rest == TcbStatus.REVOKED;
    findings.add(
        Finding.against(
                revoked ? Reason.TCB_REVOKED : Reason.TCB_OUT_OF_DATE,
                "the state of the platform is not accepted: " + String.join(", ", words))
            .at("tcb/status")
            .expecting(policy.accepted().stream().map(TcbStatus::word).sorted().toList())
            .finding(rest.word())
            .remedy(
                revoked
                    ? "Take the platform out of service: nothing makes it trustworthy again."
                    : (rest.isOfLevel() ? "Update the platform" : "Start the domain anew")
                        + ", accept "
                        + rest.word()
                        + ", or waive "
                        + (advisories().isEmpty() ? "nothing" : String.join(", ", advisories()))
                        + "."));
  }
}
