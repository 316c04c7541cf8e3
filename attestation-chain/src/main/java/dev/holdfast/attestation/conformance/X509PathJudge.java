package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.Certificates;
import java.security.cert.X509CRL;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Judges paths of certificates, and the revocation lists that come with them. */
public final class X509PathJudge implements Judge {
  @Override
  public String format() {
    return "x509-path";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.PATH);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("certificate", "certificates", "anchors", "crls");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    List<Bytes> certificates = new ArrayList<>(List.of(inputs.bytes("certificate")));
    certificates.addAll(inputs.list("certificates"));
    Anchors anchors = anchors(inputs.list("anchors"));
    try {
      List<X509CRL> crls = new ArrayList<>();
      inputs.list("crls").forEach(list -> crls.addAll(Certificates.parseCrls(list)));
      anchors = anchors.with(crls);
    } catch (MalformedException e) {
      return Answer.of(Finding.against(Reason.DER_MALFORMED, e.words()));
    }
    return switch (CertificatePath.find(certificates, anchors, question.at())) {
      case CertificatePath.Unsound unsound -> Answer.of(unsound.finding());
      case CertificatePath.Sound sound ->
          inputs.has("crls") && sound.crls().isEmpty()
              ? Answer.of(
                  Finding.against(
                      Reason.CRL_MISSING, "no revocation list given is of an issuer of the path"))
              : new Answer.Accepted("a path of " + sound.chain().size() + " certificates");
    };
  }

  /**
   * Anchors belong to the question, not to the evidence: if they cannot be read, neither can it.
   */
  static Anchors anchors(List<Bytes> anchors) {
    try {
      return Anchors.parse(anchors, List.of());
    } catch (IllegalArgumentException e) {
      throw new CaseException("the anchors cannot be read: " + e.getMessage());
    }
  }
}
