package dev.holdfast.attestation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What verifying an evidence bundle came to: proven claims, or why nothing is believed. */
public sealed interface Verification {
  /** The claim that says which format the node's own statement has. */
  String FORMAT = "evidence/format";

  /** SHA-256 of the bundle that it is about. */
  Bytes evidenceDigest();

  /**
   * Signed by the enrolled key, fresh, bound to its channel and whole.
   *
   * @param evidenceDigest SHA-256 of the bundle
   * @param answered the challenge that it answers
   * @param claims what it proves
   * @param notAfter when the first certificate, revocation list or other item that the proof rests
   *     on ends; empty if it rests on none
   */
  record Verified(
      Bytes evidenceDigest, Nonce answered, List<Claim> claims, Optional<Instant> notAfter)
      implements Verification {
    /** Copies the list. */
    public Verified {
      claims = List.copyOf(claims);
    }

    /** What rests on nothing that ends. */
    public Verified(Bytes evidenceDigest, Nonce answered, List<Claim> claims) {
      this(evidenceDigest, answered, claims, Optional.empty());
    }

    /** The same, and what manifests endorse of whoever proved it. */
    public Verified endorsed(List<Claim.Endorsed> endorsed) {
      List<Claim> all = new ArrayList<>(claims);
      all.addAll(endorsed);
      return new Verified(evidenceDigest, answered, all, notAfter);
    }

    /** The format of the node's own statement, if it is known. */
    public Optional<EvidenceFormat> format() {
      for (Claim claim : claims) {
        if (claim instanceof Claim.Word(String name, String text) && name.equals(FORMAT)) {
          return EvidenceFormat.of(text);
        }
      }
      return Optional.empty();
    }

    /** The counters of this boot, if the format has any. */
    public Optional<BootCounters> boot() {
      return claims.stream()
          .filter(Claim.Boot.class::isInstance)
          .map(claim -> ((Claim.Boot) claim).counters())
          .findFirst();
    }

    /** The proven runtime metrics, if the evidence bound any. */
    public Optional<Bytes> runtimeMetrics() {
      return claims.stream()
          .filter(Claim.BoundMetrics.class::isInstance)
          .map(claim -> ((Claim.BoundMetrics) claim).metrics())
          .findFirst();
    }
  }

  /**
   * Not believed.
   *
   * @param evidenceDigest SHA-256 of the bundle
   * @param findings why: at least one, all of the stage that verification reached, at most 256
   */
  record Rejected(Bytes evidenceDigest, List<Finding> findings) implements Verification {
    /** Most findings kept. */
    public static final int FINDINGS_MAX = 256;

    /** Copies the list, cut to its limit. */
    public Rejected {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a rejection says why");
      }
      findings = List.copyOf(findings.subList(0, Math.min(FINDINGS_MAX, findings.size())));
    }
  }
}
