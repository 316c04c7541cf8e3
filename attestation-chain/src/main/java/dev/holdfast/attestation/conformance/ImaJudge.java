package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaKey;
import dev.holdfast.attestation.ima.ImaList;
import dev.holdfast.attestation.ima.ImaProgress;
import dev.holdfast.attestation.ima.ImaVerifier;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The judge of file measurement lists in text form. */
public final class ImaJudge implements Judge {
  @Override
  public String format() {
    return "ima-log";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.APPRAISE, Operation.REPLAY);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("list", "keys", "allowed", "keyrings", "pcr10");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of("excludes");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    ImaExpectation expectation;
    try {
      expectation = expectation(inputs);
    } catch (IllegalArgumentException e) {
      return new Answer.Unsupported(String.valueOf(e.getMessage()));
    }
    return switch (ImaList.parseText(inputs.bytes("list"))) {
      case ImaList.Illegible illegible -> Answer.of(illegible.finding());
      case ImaList.Legible legible ->
          question.operation() == Operation.REPLAY
              ? of(
                  ImaVerifier.replay(legible.list(), ImaProgress.BOOT, quoted(inputs), expectation))
              : appraise(legible.list(), inputs, expectation);
    };
  }

  private static Map<PcrBank, Bytes> quoted(Inputs inputs) {
    Map<PcrBank, Bytes> quoted = new EnumMap<>(PcrBank.class);
    inputs
        .json("pcr10")
        .properties()
        .forEach(
            bank ->
                quoted.put(
                    TpmInputs.bank(bank.getKey(), "pcr10"),
                    TpmInputs.hex(bank.getValue(), "pcr10")));
    return quoted;
  }

  /** An input that is absent is not judged: without a register, the entries are. */
  private static Answer appraise(ImaList list, Inputs inputs, ImaExpectation expectation) {
    if (inputs.has("pcr10")) {
      return of(ImaVerifier.judge(list, ImaProgress.BOOT, quoted(inputs), expectation));
    }
    List<Finding> findings = ImaVerifier.findings(list, expectation);
    return findings.isEmpty()
        ? new Answer.Accepted(list.entries().size() + " entries allowed")
        : Answer.of(findings.getFirst());
  }

  private static Answer of(ImaVerifier.Judgement judgement) {
    return switch (judgement) {
      case ImaVerifier.Unsound unsound -> Answer.of(unsound.findings().getFirst());
      case ImaVerifier.Sound sound ->
          new Answer.Accepted(sound.proven().size() + " entries lead to the register");
    };
  }

  private static ImaExpectation expectation(Inputs inputs) {
    List<ImaKey> keys = new ArrayList<>();
    for (Bytes key : inputs.list("keys")) {
      keys.add(new ImaKey(Inputs.key(key, "keys")));
    }
    List<String> excludes = new ArrayList<>();
    inputs.policy().path("excludes").forEach(one -> excludes.add(one.asText()));
    return ImaExpectation.STRICT
        .withKeys(keys)
        .withAllowed(digests(inputs.json("allowed"), "allowed"))
        .withKeyrings(digests(inputs.json("keyrings"), "keyrings"))
        .withExcludes(excludes);
  }

  private static Map<String, Set<Bytes>> digests(JsonNode names, String input) {
    Map<String, Set<Bytes>> digests = new HashMap<>();
    names
        .properties()
        .forEach(
            name -> {
              Set<Bytes> values = new HashSet<>();
              name.getValue().forEach(value -> values.add(TpmInputs.hex(value, input)));
              digests.put(name.getKey(), values);
            });
    return digests;
  }
}
