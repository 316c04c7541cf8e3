package dev.holdfast.pam.model;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a pathway's current attestation chain stands: what holds and grants rest on.
 *
 * @param name the chain
 * @param verdict the worst of its links and of what holds them together
 * @param findings what speaks against it, worst first
 * @param expiresAt when its earliest link expires
 */
public record CurrentChain(
    ChainName name, Verdict verdict, List<Finding> findings, Instant expiresAt) {
  /** Copies the list. */
  public CurrentChain {
    findings = List.copyOf(findings);
  }

  /** A chain that affirms. */
  public static CurrentChain affirming(ChainName name, Instant expiresAt) {
    return new CurrentChain(name, Verdict.AFFIRMING, List.of(), expiresAt);
  }

  /** Why nothing may rest on it at this time; empty if something may. */
  public Optional<Problem> refusal(Instant now) {
    if (verdict == Verdict.CONTRAINDICATED) {
      return Optional.of(new Problem.ChainRefused(name.pathway(), findings));
    }
    if (!now.isBefore(expiresAt)) {
      return Optional.of(new Problem.AttestationExpired(name.pathway(), expiresAt));
    }
    return Optional.empty();
  }
}
