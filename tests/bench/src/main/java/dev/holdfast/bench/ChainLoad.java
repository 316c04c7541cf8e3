package dev.holdfast.bench;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Epoch;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pathway of four nodes: each quote verified and appraised, and all of them joined to a chain.
 */
final class ChainLoad {
  private static final String ZONE = "z1";
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Epoch EPOCH = new Epoch(Sha256.of("epoch"));
  private static final List<Hop> HOPS =
      List.of(
          new Hop(Role.HYPERVISOR, new NodeName(ZONE, "hv-1")),
          new Hop(Role.SWITCH, new NodeName(ZONE, "sw-1")),
          new Hop(Role.STORAGE_CONTROLLER, new NodeName(ZONE, "st-1")),
          new Hop(Role.ENCLAVE, new NodeName(ZONE, "en-1")));

  private final Pathway pathway = new Pathway(new PathwayName(ZONE, "p1"), HOPS);
  private final List<Quotes.Answer> answers;
  private final Policy policy;
  private final ReferenceValues references;

  ChainLoad(long seed) throws Exception {
    List<Nonce> nonces = HOPS.stream().map(hop -> EPOCH.nonceFor(hop.role(), hop.node())).toList();
    this.answers = Quotes.to(nonces, seed);
    Map<Role, RoleRules> rules = new HashMap<>();
    Map<NodeName, Map<String, Set<Bytes>>> registers = new HashMap<>();
    for (int i = 0; i < HOPS.size(); i++) {
      rules.put(HOPS.get(i).role(), RoleRules.DEFAULT);
      Map<String, Set<Bytes>> values = new HashMap<>();
      for (Claim claim : verified(answers.get(i), ReplayMemory.none()).claims()) {
        if (claim instanceof Claim.RegisterDigest register) {
          values.put(register.name(), Set.of(register.value().digest()));
        }
      }
      registers.put(HOPS.get(i).node(), values);
    }
    this.policy = new Policy(new PolicyName("edge", 1), rules, Policy.CLOCK_SKEW_DEFAULT);
    this.references = new ReferenceValues(Map.of(), registers, Map.of());
  }

  /** The four answers. */
  List<Quotes.Answer> answers() {
    return answers;
  }

  /** One chain after the other. */
  Load chains(ReplayMemory memory) {
    return Load.serial(
        () -> {
          List<Appraisal> appraisals = new ArrayList<>();
          for (int i = 0; i < HOPS.size(); i++) {
            Hop hop = HOPS.get(i);
            appraisals.add(
                Appraiser.appraise(
                    new Appraiser.Subject(hop.node(), hop.role(), NOW),
                    verified(answers.get(i), memory),
                    policy,
                    references));
          }
          AttestationChain chain =
              AttestationChain.of(pathway, EPOCH, appraisals, policy.chainRules(), NOW);
          if (chain.verdict() != Verdict.AFFIRMING) {
            throw new IllegalStateException("a good chain was refused: " + chain.findings());
          }
        });
  }

  private static Verification.Verified verified(Quotes.Answer answer, ReplayMemory memory) {
    return switch (Tpm2QuoteVerifier.verify(
        answer.bundle(), answer.challenge(), answer.expectation(), memory)) {
      case Verification.Verified verified -> verified;
      case Verification.Rejected rejected ->
          throw new IllegalStateException("a good quote was refused: " + rejected);
    };
  }
}
