package dev.holdfast.attestation.collateral;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The members of a JSON object by their types, each of which must be there. */
final class Members {
  private static final int ELEMENTS_MAX = 1024;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final JsonNode node;
  private final String what;

  /**
   * An object.
   *
   * @throws CollateralException if it is none
   */
  Members(JsonNode node, String what) {
    if (!node.isObject()) {
      throw CollateralException.schema(what + " is no object");
    }
    this.node = node;
    this.what = what;
  }

  boolean has(String name) {
    return node.has(name);
  }

  String text(String name) {
    JsonNode value = node.path(name);
    if (!value.isTextual()) {
      throw wrong(name, "text");
    }
    return value.textValue();
  }

  /** So many bytes in hexadecimal digits of either case. */
  Bytes hex(String name, int bytes) {
    String digits = text(name);
    if (digits.length() != 2 * bytes) {
      throw wrong(name, 2 * bytes + " hexadecimal digits");
    }
    try {
      return Bytes.fromHex(digits);
    } catch (IllegalArgumentException e) {
      throw wrong(name, 2 * bytes + " hexadecimal digits");
    }
  }

  /** A whole number from 0 to a maximum. */
  long integer(String name, long max) {
    JsonNode value = node.path(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 0
        || value.longValue() > max) {
      throw wrong(name, "whole number from 0 to " + max);
    }
    return value.longValue();
  }

  /** A time such as {@code 2024-03-13T00:00:00Z}, on a day that exists. */
  Instant time(String name) {
    String text = text(name);
    try {
      return LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw wrong(name, "time such as 2024-03-13T00:00:00Z");
    }
  }

  TcbStatus status(String name) {
    return TcbStatus.of(text(name))
        .filter(TcbStatus::isOfLevel)
        .orElseThrow(() -> wrong(name, "known status"));
  }

  Members object(String name) {
    return new Members(node.path(name), what + "." + name);
  }

  /** A list of objects that is not empty. */
  List<Members> objects(String name) {
    JsonNode value = node.path(name);
    if (!value.isArray() || value.isEmpty() || value.size() > ELEMENTS_MAX) {
      throw wrong(name, "list of 1 to " + ELEMENTS_MAX + " objects");
    }
    List<Members> objects = new ArrayList<>();
    for (JsonNode element : value) {
      objects.add(new Members(element, what + "." + name + "[" + objects.size() + "]"));
    }
    return objects;
  }

  /** The texts of a list that may be absent. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : node.path(name)) {
      if (element.isTextual()) {
        texts.add(element.textValue());
      }
    }
    return texts;
  }

  private CollateralException wrong(String name, String type) {
    return CollateralException.schema(what + " has no " + type + " \"" + name + "\"");
  }
}
