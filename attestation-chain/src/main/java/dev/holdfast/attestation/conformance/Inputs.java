package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.PublicKeys;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The inputs of one case by name: bytes, lists of bytes, and plain JSON.
 *
 * <p>A byte value is {@code {"file": PATH}}, {@code {"hex": H}} or {@code {"text": S}}; an input
 * that is not there is not judged.
 */
public final class Inputs {
  private static final String POLICY = "policy";

  private final JsonNode inputs;
  private final Function<String, Bytes> files;

  /**
   * Inputs that are read when they are asked for.
   *
   * @param inputs the object of them
   * @param files the content of a file by its path in the case
   */
  Inputs(JsonNode inputs, Function<String, Bytes> files) {
    this.inputs = inputs;
    this.files = files;
  }

  /** The names of all that are there, the policy left out. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    inputs.fieldNames().forEachRemaining(names::add);
    names.remove(POLICY);
    return names;
  }

  /** Whether it is there. */
  public boolean has(String name) {
    return inputs.has(name);
  }

  /** Bytes that may be absent. */
  public Optional<Bytes> optional(String name) {
    return has(name) ? Optional.of(bytes(inputs.get(name), name)) : Optional.empty();
  }

  /**
   * Bytes that must be there.
   *
   * @throws CaseException if they are not
   */
  public Bytes bytes(String name) {
    return optional(name).orElseThrow(() -> new CaseException("the case has no input " + name));
  }

  /** A list of bytes; empty if it is absent. A single value is a list of one. */
  public List<Bytes> list(String name) {
    List<Bytes> list = new ArrayList<>();
    JsonNode node = inputs.path(name);
    if (node.isArray()) {
      node.forEach(element -> list.add(bytes(element, name)));
    } else if (has(name)) {
      list.add(bytes(node, name));
    }
    return List.copyOf(list);
  }

  /** Plain JSON; a missing node if it is absent. */
  public JsonNode json(String name) {
    return inputs.path(name);
  }

  /** The case's policy; an empty object if it has none: every default is the strict one. */
  public JsonNode policy() {
    return has(POLICY) ? inputs.get(POLICY) : JsonNodeFactory.instance.objectNode();
  }

  private Bytes bytes(JsonNode value, String name) {
    if (value.size() == 1 && value.path("file").isTextual()) {
      return files.apply(value.get("file").textValue());
    }
    if (value.size() == 1 && value.path("text").isTextual()) {
      return Bytes.utf8(value.get("text").textValue());
    }
    if (value.size() == 1 && value.path("hex").isTextual()) {
      return hex(value.get("hex").textValue(), name);
    }
    throw new CaseException(
        "input " + name + " is none of {\"file\": …}, {\"hex\": …} and {\"text\": …}");
  }

  /** Reads hexadecimal digits that stand in plain JSON. */
  public static Bytes hex(String digits, String name) {
    try {
      return Bytes.of(HexFormat.of().parseHex(digits));
    } catch (IllegalArgumentException e) {
      throw new CaseException("input " + name + " is not hexadecimal");
    }
  }

  /** Reads a key that is trusted for itself: SubjectPublicKeyInfo, JWK or certificate. */
  static PublicKey key(Bytes bytes, String name) {
    try {
      return PublicKeys.parse(bytes);
    } catch (MalformedException e) {
      throw new CaseException("input " + name + " is no key: " + e.words());
    }
  }
}
