package dev.holdfast.attestation.cmw;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Wrappers in JSON. */
final class CmwJson {
  private static final String TUNNEL = "#cmw-c2j-tunnel";
  private static final String WHAT = "the wrapper";

  private CmwJson() {}

  static Cmw parse(Bytes bytes, int depth) {
    return read(Json.parse(bytes, CmwParser.MAX_BYTES, WHAT), depth);
  }

  private static Cmw read(JsonNode node, int depth) {
    CmwParser.requireDepth(depth);
    if (node.isArray()) {
      return array(node, depth);
    }
    if (node.isObject()) {
      return collection(node, depth);
    }
    throw new MalformedException("a wrapper is neither an array nor an object");
  }

  private static Cmw array(JsonNode node, int depth) {
    if (node.size() < 2 || node.size() > 3) {
      throw new MalformedException("a record has " + node.size() + " parts, not 2 or 3");
    }
    // A number is for CBOR only (3.1).
    String type = text(node.get(0), "the type of a message");
    Bytes value = base64(text(node.get(1), "a message"));
    if (type.equals(TUNNEL)) {
      if (node.size() != 2) {
        throw new MalformedException("a tunnel has 2 parts");
      }
      CmwParser.requireDepth(depth + 1);
      return CmwCbor.parse(value, depth + 1);
    }
    return new Cmw.Message(
        new CmwType.MediaType(type),
        value,
        node.size() == 2 ? Optional.empty() : Optional.of(indicator(node.get(2))));
  }

  private static int indicator(JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new MalformedException("an indicator is a whole number");
    }
    return CmwParser.indicator(node.longValue());
  }

  private static Cmw collection(JsonNode node, int depth) {
    Optional<String> type =
        node.has(CmwParser.TYPE_LABEL)
            ? Optional.of(text(node.get(CmwParser.TYPE_LABEL), "the type of a collection"))
            : Optional.empty();
    CmwParser.requireMembers(node.size() - (type.isPresent() ? 1 : 0));
    List<Cmw.Member> members = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String label = entry.getKey();
      if (!label.equals(CmwParser.TYPE_LABEL)) {
        members.add(new Cmw.Member(label, read(entry.getValue(), depth + 1)));
      }
    }
    return new Cmw.Collection(type, members);
  }

  private static String text(JsonNode node, String what) {
    if (!node.isTextual()) {
      throw new MalformedException(what + " is no text");
    }
    return node.textValue();
  }

  /** The URL-safe alphabet without padding (RFC 4648, 5). */
  private static Bytes base64(String text) {
    if (text.indexOf('=') >= 0) {
      throw new MalformedException("base 64 with padding");
    }
    try {
      return Bytes.of(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a message is not base 64 of the URL-safe alphabet");
    }
  }
}
