package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.reference.Comid;
import dev.holdfast.attestation.reference.CorimProfile;
import dev.holdfast.attestation.reference.CorimVerifier;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Judges manifests of reference values: format {@code corim}. */
public final class CorimJudge implements Judge {
  @Override
  public String format() {
    return "corim";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("document", "key");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of("profile", "kind");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    JsonNode policy = inputs.policy();
    String kind = policy.path("kind").asText("corim");
    Optional<CorimProfile> profile = CorimProfile.ofLabel(policy.path("profile").asText(""));
    if (profile.isEmpty() && policy.has("profile")) {
      return new Answer.Unsupported("profile " + policy.get("profile") + " is not known");
    }
    boolean appraise = question.operation() == Operation.APPRAISE;
    if (!kind.equals("corim") && (appraise || !kind.equals("comid"))) {
      return new Answer.Unsupported("kind " + kind + " is not known, or not appraised");
    }
    Bytes document = inputs.bytes("document");
    if (appraise) {
      return switch (CorimVerifier.signed(
          document, List.of(Inputs.key(inputs.bytes("key"), "key")), question.at())) {
        case CorimVerifier.Refused(List<Finding> findings) -> Answer.of(findings.getFirst());
        case CorimVerifier.Accepted accepted -> kept(profile, accepted.corim().modules());
      };
    }
    if (kind.equals("comid")) {
      return switch (CorimVerifier.readModule(document)) {
        case CorimVerifier.RefusedModule(List<Finding> findings) -> Answer.of(findings.getFirst());
        case CorimVerifier.LegibleModule(Comid module) -> kept(profile, List.of(module));
      };
    }
    return switch (CorimVerifier.read(document)) {
      case CorimVerifier.Refused(List<Finding> findings) -> Answer.of(findings.getFirst());
      case CorimVerifier.Legible legible -> kept(profile, legible.corim().modules());
    };
  }

  private static Answer kept(Optional<CorimProfile> profile, List<Comid> modules) {
    List<Finding> findings = profile.map(rules -> rules.check(modules)).orElse(List.of());
    return findings.isEmpty()
        ? new Answer.Accepted(modules.size() + " modules read")
        : Answer.of(findings.getFirst());
  }
}
