package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.spdm.DeviceCertificate;
import java.util.Set;

/** Leaf certificates of devices. */
public final class SpdmCertificateJudge implements Judge {
  private static final String ROLE = "role";

  /** The judge. */
  public SpdmCertificateJudge() {}

  @Override
  public String format() {
    return "spdm-certificate";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("certificate");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of(ROLE);
  }

  @Override
  public Answer judge(Question question) {
    String word = question.inputs().policy().path(ROLE).asText("responder");
    DeviceCertificate.Role role =
        switch (word) {
          case "requester" -> DeviceCertificate.Role.REQUESTER;
          case "responder" -> DeviceCertificate.Role.RESPONDER;
          default -> throw new CaseException("no role is called " + word);
        };
    return Answer.of(
        DeviceCertificate.verify(question.inputs().bytes("certificate"), role, question.at()));
  }
}
