package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads a file {@code CASES.json}: an array of cases. */
public final class CaseFile {
  private static final int MAX_BYTES = 16 * 1024 * 1024;

  private CaseFile() {}

  /**
   * Reads all cases of a file, in its order. Their inputs are read when they are asked for.
   *
   * @param files the content of a file by its path, relative to the folder of the cases
   * @throws CaseException if it is no array of cases
   */
  public static List<Case> parse(Bytes json, Function<String, Bytes> files) {
    JsonNode array;
    try {
      array = Json.parse(json, MAX_BYTES, "the file of cases");
    } catch (MalformedException e) {
      throw new CaseException(e.words());
    }
    if (!array.isArray()) {
      throw new CaseException("a file of cases holds one array");
    }
    List<Case> cases = new ArrayList<>();
    for (JsonNode node : array) {
      cases.add(read(node, files));
    }
    return List.copyOf(cases);
  }

  private static Case read(JsonNode node, Function<String, Bytes> files) {
    String name = text(node, "case", "a case");
    String operation = text(node, "operation", name);
    String expect = text(node, "expect", name);
    if (!expect.equals("accept") && !expect.equals("reject")) {
      throw new CaseException(name + ": expect is accept or reject, not \"" + expect + "\"");
    }
    if (!node.path("inputs").isObject()) {
      throw new CaseException(name + ": inputs must be an object");
    }
    Question question =
        new Question(
            text(node, "format", name),
            Operation.of(operation)
                .orElseThrow(
                    () -> new CaseException(name + ": no operation is called " + operation)),
            at(text(node, "at", name), name),
            new Inputs(node.get("inputs"), files));
    boolean accepted = expect.equals("accept");
    return new Case(name, question, accepted, accepted ? Optional.empty() : fault(node, name));
  }

  private static Optional<Fault> fault(JsonNode node, String name) {
    if (node.path("fault").isMissingNode() || node.path("fault").isNull()) {
      return Optional.empty();
    }
    String word = text(node, "fault", name);
    return Optional.of(
        Arrays.stream(Fault.values())
            .filter(fault -> fault.word().equals(word))
            .findFirst()
            .orElseThrow(() -> new CaseException(name + ": no class of fault is called " + word)));
  }

  private static Instant at(String text, String name) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new CaseException(name + ": at is a time such as 2026-01-01T00:00:00Z, not " + text);
    }
  }

  private static String text(JsonNode node, String member, String where) {
    JsonNode value = node.path(member);
    if (!value.isTextual()) {
      throw new CaseException(where + " has no text \"" + member + "\"");
    }
    return value.textValue();
  }
}
