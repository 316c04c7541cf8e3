package dev.holdfast.attestation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pathway of four nodes, and appraisals of them, for tests. */
public final class Samples {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final Epoch EPOCH = new Epoch(Sha256.of("an epoch"));
  public static final PolicyName POLICY = new PolicyName("edge", 12);
  public static final PathwayName NAME = PathwayName.parse("trustZones/z1/pathways/p1");
  public static final Pathway PATHWAY =
      new Pathway(
          NAME,
          List.of(
              new Hop(Role.HYPERVISOR, node("hv-1")),
              new Hop(Role.SWITCH, node("sw-3")),
              new Hop(Role.STORAGE_CONTROLLER, node("st-2")),
              new Hop(Role.ENCLAVE, node("en-9"))));
  public static final ChainRules RULES =
      new ChainRules(
          Map.of(
              Role.HYPERVISOR, Verdict.AFFIRMING,
              Role.SWITCH, Verdict.WARNING,
              Role.STORAGE_CONTROLLER, Verdict.AFFIRMING,
              Role.ENCLAVE, Verdict.AFFIRMING),
          java.time.Duration.ofSeconds(30));

  private Samples() {}

  public static NodeName node(String id) {
    return new NodeName("z1", id);
  }

  public static Appraisal appraisal(Hop hop, Finding... findings) {
    return appraisal(hop, NOW, NOW.plusSeconds(600), findings);
  }

  public static Appraisal appraisal(Hop hop, Instant at, Instant end, Finding... findings) {
    return new Appraisal(
        hop.node(),
        hop.role(),
        List.of(findings),
        Sha256.of("evidence of " + hop.node()),
        POLICY,
        at,
        end,
        List.of(),
        Optional.of(EPOCH.nonceFor(hop.role(), hop.node())));
  }

  public static List<Appraisal> appraisals() {
    return PATHWAY.hops().stream().map(hop -> appraisal(hop)).toList();
  }

  public static AttestationChain chain(List<Appraisal> appraisals) {
    return AttestationChain.of(PATHWAY, EPOCH, appraisals, RULES, NOW);
  }
}
