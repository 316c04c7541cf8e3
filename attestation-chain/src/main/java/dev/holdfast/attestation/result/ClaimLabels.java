package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Cbor.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Claims as numbers and as names: the CBOR form of a claims set turned into the tree that its JSON
 * form is, and back (RFC 8392, section 3; RFC 9711; draft-ietf-rats-ear, section 3). Byte strings
 * stay byte strings.
 *
 * <p>The labels of claims of our own are in the private space of RFC 8392, below -65536.
 */
@SuppressWarnings("ImmutableEnumChecker") // The maps are made once, and never change.
enum ClaimLabels {
  /** The claims of the whole. */
  WHOLE(
      Map.ofEntries(
          Map.entry("iss", 1L),
          Map.entry("sub", 2L),
          Map.entry("aud", 3L),
          Map.entry("exp", 4L),
          Map.entry("nbf", 5L),
          Map.entry("iat", 6L),
          Map.entry("eat_nonce", 10L),
          Map.entry("eat_profile", 265L),
          Map.entry("submods", 266L),
          Map.entry("ear.status", 1000L),
          Map.entry("ear.raw-evidence", 1002L),
          Map.entry("ear.verifier-id", 1004L),
          Map.entry("holdfast.pathway", -75_001L),
          Map.entry("holdfast.epoch", -75_002L),
          Map.entry("holdfast.verdict", -75_003L))),
  /** The claims of a submodule. */
  SUBMODULE(
      Map.ofEntries(
          Map.entry("eat_nonce", 10L),
          Map.entry("eat_profile", 265L),
          Map.entry("ear.status", 1000L),
          Map.entry("ear.trustworthiness-vector", 1001L),
          Map.entry("ear.appraisal-policy-id", 1003L),
          Map.entry("holdfast.node", -75_011L),
          Map.entry("holdfast.role", -75_012L),
          Map.entry("holdfast.evidence-digest", -75_013L),
          Map.entry("holdfast.previous-digest", -75_014L),
          Map.entry("holdfast.digest", -75_015L),
          Map.entry("holdfast.expires", -75_016L))),
  /** The members of {@code ear.verifier-id}. */
  VERIFIER(Map.of("developer", 0L, "build", 1L)),
  /** The members of {@code ear.trustworthiness-vector}. */
  VECTOR(aspects()),
  /** Anything else: a map whose labels are not known here. */
  UNKNOWN(Map.of());

  private static final Set<String> TIMES = Set.of("exp", "nbf", "iat");
  private static final String STATUS = "ear.status";

  private final Map<String, Long> labels;
  private final Map<Long, String> names;

  ClaimLabels(Map<String, Long> labels) {
    this.labels = Map.copyOf(labels);
    Map<Long, String> byLabel = new HashMap<>();
    labels.forEach((name, label) -> byLabel.put(label, name));
    this.names = Map.copyOf(byLabel);
  }

  private static Map<String, Long> aspects() {
    Map<String, Long> labels = new HashMap<>();
    for (Ear.Aspect aspect : Ear.Aspect.values()) {
      labels.put(name(aspect), (long) aspect.number());
    }
    return labels;
  }

  /** The name of an aspect in JSON. */
  static String name(Ear.Aspect aspect) {
    return aspect.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What the value of a claim is a map of. */
  private ClaimLabels of(String name) {
    return switch (name) {
      case "ear.verifier-id" -> this == WHOLE ? VERIFIER : UNKNOWN;
      case "ear.trustworthiness-vector" -> this == SUBMODULE ? VECTOR : UNKNOWN;
      default -> UNKNOWN;
    };
  }

  /**
   * The tree of a map from outside; a claim is what its number says, never a text like its name.
   */
  ObjectNode tree(Cbor map) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    for (Cbor.Entry entry : map.entries("a claims set")) {
      String name = name(entry.key());
      JsonNode value = value(name, entry.value());
      if (tree.has(name)) {
        throw ResultException.malformed("a claim occurs twice: " + name);
      }
      tree.set(name, value);
    }
    return tree;
  }

  private String name(Cbor key) {
    if (key.is(Kind.TEXT)) {
      String name = key.text("a label");
      if (labels.containsKey(name)) {
        throw ResultException.schema("the claim " + name + " has a number in CBOR, not a name");
      }
      return name;
    }
    long label = key.number("a label");
    return names.getOrDefault(label, Long.toString(label));
  }

  private JsonNode value(String name, Cbor value) {
    if (this == WHOLE && name.equals("submods")) {
      ObjectNode submodules = JsonNodeFactory.instance.objectNode();
      for (Cbor.Entry entry : value.entries("submods")) {
        submodules.set(entry.key().text("a submodule's label"), SUBMODULE.tree(entry.value()));
      }
      return submodules;
    }
    ClaimLabels inner = of(name);
    if (inner != UNKNOWN) {
      return inner.tree(value);
    }
    if (this == WHOLE && TIMES.contains(name) && !value.is(Kind.INTEGER)) {
      // RFC 8392, section 2: no tag; RFC 9711, section 4.3.1: no fraction.
      throw ResultException.schema(name + " is no whole number of seconds");
    }
    if (labels.containsKey(name) && name.equals(STATUS) && value.is(Kind.INTEGER)) {
      return status(value.number(STATUS));
    }
    return plain(value);
  }

  private static JsonNode status(long number) {
    for (Ear.Tier tier : Ear.Tier.values()) {
      if (tier.number() == number) {
        return JsonNodeFactory.instance.textNode(tier.name().toLowerCase(Locale.ROOT));
      }
    }
    return JsonNodeFactory.instance.numberNode(number);
  }

  private static JsonNode plain(Cbor value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value.kind()) {
      case INTEGER -> nodes.numberNode(value.number("a claim"));
      case BYTES -> nodes.binaryNode(value.bytes("a claim").toByteArray());
      case TEXT -> nodes.textNode(value.text("a claim"));
      case BOOLEAN -> nodes.booleanNode(value.truth("a claim"));
      case FLOAT -> nodes.numberNode(value.fraction("a claim"));
      case NULL, SIMPLE -> nodes.nullNode();
      case TAGGED -> plain(value.content());
      case MAP -> UNKNOWN.tree(value);
      case ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        value.elements("a claim").forEach(element -> array.add(plain(element)));
        yield array;
      }
    };
  }

  /** The map of a tree of our own. */
  CBORObject map(JsonNode tree) {
    CBORObject map = CBORObject.NewOrderedMap();
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      String name = entry.getKey();
      Long label = labels.get(name);
      CBORObject key =
          label == null ? CBORObject.FromObject(name) : CBORObject.FromObject(label.longValue());
      map.Add(key, item(name, entry.getValue()));
    }
    return map;
  }

  private CBORObject item(String name, JsonNode value) {
    if (this == WHOLE && name.equals("submods")) {
      CBORObject submodules = CBORObject.NewOrderedMap();
      value.properties().forEach(e -> submodules.Add(e.getKey(), SUBMODULE.map(e.getValue())));
      return submodules;
    }
    if (name.equals(STATUS)) {
      return CBORObject.FromObject(
          Ear.Tier.valueOf(value.textValue().toUpperCase(Locale.ROOT)).number());
    }
    try {
      return switch (value.getNodeType()) {
        case OBJECT -> of(name).map(value);
        case BINARY -> CBORObject.FromObject(value.binaryValue());
        case NUMBER -> CBORObject.FromObject(value.longValue());
        case BOOLEAN -> CBORObject.FromObject(value.booleanValue());
        case STRING -> CBORObject.FromObject(value.textValue());
        case ARRAY -> {
          CBORObject array = CBORObject.NewArray();
          value.forEach(element -> array.Add(item("", element)));
          yield array;
        }
        case NULL, MISSING, POJO -> CBORObject.Null;
      };
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory can be read", e);
    }
  }

  /** The tree with every byte string as base64url without padding, as JSON has them. */
  static JsonNode json(JsonNode tree) {
    if (tree.isObject()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      tree.properties().forEach(entry -> object.set(entry.getKey(), json(entry.getValue())));
      return object;
    }
    if (tree.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      tree.forEach(element -> array.add(json(element)));
      return array;
    }
    try {
      return tree.isBinary()
          ? JsonNodeFactory.instance.textNode(CompactJws.encode(Bytes.of(tree.binaryValue())))
          : tree;
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory can be read", e);
    }
  }
}
