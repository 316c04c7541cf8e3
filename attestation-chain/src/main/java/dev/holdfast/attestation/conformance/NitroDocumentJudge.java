package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.nitro.NitroExpectation;
import dev.holdfast.attestation.nitro.NitroVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Judges attestation documents of AWS Nitro Enclaves: format {@code nitro-document}. */
public final class NitroDocumentJudge implements Judge {
  private static final String BANK = "sha384";
  private static final String DEBUG = "debug_allowed";

  @Override
  public String format() {
    return "nitro-document";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("document", "anchors", "pcrs", "nonce", "user_data", "public_key");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of(DEBUG);
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    NitroExpectation expectation =
        new NitroExpectation(
            pcrs(inputs.json("pcrs")),
            inputs.optional("nonce"),
            inputs.optional("user_data"),
            inputs.optional("public_key"),
            inputs.policy().path(DEBUG).asBoolean(false));
    CertificatePath.Anchors anchors;
    try {
      anchors = CertificatePath.Anchors.parse(inputs.list("anchors"), List.of());
    } catch (IllegalArgumentException e) {
      throw new CaseException("input anchors holds what is no certificate: " + e.getMessage());
    }
    return Answer.of(
        NitroVerifier.verify(inputs.bytes("document"), expectation, anchors, question.at()));
  }

  private static Map<Integer, Bytes> pcrs(JsonNode banks) {
    Map<Integer, Bytes> pcrs = new HashMap<>();
    banks
        .fieldNames()
        .forEachRemaining(
            bank -> {
              if (!bank.equals(BANK)) {
                throw new CaseException("input pcrs: Nitro keeps its registers by " + BANK);
              }
            });
    banks
        .path(BANK)
        .properties()
        .forEach(
            entry ->
                pcrs.put(index(entry.getKey()), Inputs.hex(entry.getValue().asText(), "pcrs")));
    return pcrs;
  }

  private static int index(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new CaseException("input pcrs: " + text + " is no index");
    }
  }
}
