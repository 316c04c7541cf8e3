package dev.holdfast.pam.forecast.xgboost;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file of a model as XGBoost writes it: objects, arrays, texts and numbers, in JSON or in its
 * dialect of UBJSON (draft 12). What is read takes at most some forty times the bytes that it was
 * read from.
 */
sealed interface ModelDocument {
  /** Objects and arrays within one another, at most. */
  int DEPTH_MAX = 32;

  /** The types of numbers that a length may have in UBJSON. */
  String LENGTHS = "iUIlL";

  /** Parts by name. */
  record Fields(Map<String, ModelDocument> parts) implements ModelDocument {}

  /** Parts in order. */
  record Items(List<ModelDocument> parts) implements ModelDocument {}

  /** Numbers in order; all of XGBoost's are exact here. */
  final class Numbers implements ModelDocument {
    private final double[] values;

    private Numbers(double[] values) {
      this.values = values;
    }
  }

  /** A text. */
  record Word(String text) implements ModelDocument {}

  /** A number by itself, a truth value as 0 or 1. */
  record Scalar(double value) implements ModelDocument {}

  /** A part of an object; an empty text where there is none of that name. */
  default ModelDocument at(String name) {
    return this instanceof Fields(Map<String, ModelDocument> parts)
        ? parts.getOrDefault(name, new Word(""))
        : new Word("");
  }

  /** The parts of an array; none of what is none. */
  default List<ModelDocument> items() {
    return this instanceof Items(List<ModelDocument> parts) ? parts : List.of();
  }

  /** An array of numbers; an empty one of what is none. */
  default double[] numbers() {
    return this instanceof Numbers array ? array.values : new double[0];
  }

  /** A text; an empty one of what is none. */
  default String text() {
    return this instanceof Word(String text) ? text : "";
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is neither form
   */
  static ModelDocument read(byte[] file) {
    try {
      // In JSON a name or the end follows, in UBJSON the length of a name, or the end.
      boolean binary = file.length > 1 && file[0] == '{' && LENGTHS.indexOf(file[1]) >= 0;
      return binary
          ? new Ubjson(ByteBuffer.wrap(file)).document()
          : of(new JsonMapper().readTree(file), 0);
    } catch (IOException | BufferUnderflowException cut) {
      throw new IllegalArgumentException("these bytes are no model of XGBoost", cut);
    }
  }

  private static ModelDocument of(JsonNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalArgumentException("a model within a model");
    }
    if (node.isObject()) {
      Map<String, ModelDocument> parts = new HashMap<>();
      node.properties().forEach(part -> parts.put(part.getKey(), of(part.getValue(), depth + 1)));
      return new Fields(parts);
    }
    if (node.isArray()) {
      List<ModelDocument> parts = new ArrayList<>();
      node.forEach(part -> parts.add(of(part, depth + 1)));
      return array(parts);
    }
    if (node.isBoolean()) {
      return new Scalar(node.booleanValue() ? 1 : 0);
    }
    return node.isNumber() ? new Scalar(node.doubleValue()) : new Word(node.asText());
  }

  /** An array; one of numbers alone as such. */
  private static ModelDocument array(List<ModelDocument> parts) {
    double[] values = new double[parts.size()];
    for (int i = 0; i < values.length; i++) {
      if (!(parts.get(i) instanceof Scalar(double value))) {
        return new Items(parts);
      }
      values[i] = value;
    }
    return new Numbers(values);
  }

  /** UBJSON, from its first byte to its last. */
  final class Ubjson {
    private final ByteBuffer in;

    Ubjson(ByteBuffer in) {
      this.in = in;
    }

    ModelDocument document() {
      ModelDocument whole = value(marker(), 0);
      if (in.hasRemaining()) {
        throw new IllegalArgumentException("bytes follow the model");
      }
      return whole;
    }

    private char marker() {
      byte marker = in.get();
      while (marker == 'N') {
        marker = in.get();
      }
      return (char) marker;
    }

    private ModelDocument value(char marker, int depth) {
      if (depth > DEPTH_MAX) {
        throw new IllegalArgumentException("a model within a model");
      }
      return switch (marker) {
        case '{' -> object(depth);
        case '[' -> array(depth);
        case 'S' -> new Word(text(length(marker())));
        case 'C' -> new Word(text(1));
        case 'Z' -> new Word("");
        case 'T' -> new Scalar(1);
        case 'F' -> new Scalar(0);
        default -> new Scalar(number(marker));
      };
    }

    private ModelDocument object(int depth) {
      Map<String, ModelDocument> parts = new HashMap<>();
      for (char marker = marker(); marker != '}'; marker = marker()) {
        String name = text(length(marker));
        parts.put(name, value(marker(), depth + 1));
      }
      return new Fields(parts);
    }

    private ModelDocument array(int depth) {
      char marker = marker();
      if (marker == '$') {
        char type = marker();
        require(marker() == '#');
        double[] values = new double[length(marker())];
        for (int i = 0; i < values.length; i++) {
          values[i] = number(type);
        }
        return new Numbers(values);
      }
      List<ModelDocument> parts = new ArrayList<>();
      if (marker == '#') {
        int count = length(marker());
        for (int i = 0; i < count; i++) {
          parts.add(value(marker(), depth + 1));
        }
      } else {
        for (char next = marker; next != ']'; next = marker()) {
          parts.add(value(next, depth + 1));
        }
      }
      return ModelDocument.array(parts);
    }

    /** Something follows so many times, each time a byte at least. */
    private int length(char marker) {
      require(LENGTHS.indexOf(marker) >= 0);
      double length = number(marker);
      require(length >= 0 && length <= in.remaining());
      return (int) length;
    }

    private String text(int length) {
      byte[] text = new byte[length];
      in.get(text);
      return new String(text, StandardCharsets.UTF_8);
    }

    private double number(char marker) {
      return switch (marker) {
        case 'i' -> in.get();
        case 'U' -> in.get() & 0xff;
        case 'I' -> in.getShort();
        case 'l' -> in.getInt();
        case 'L' -> (double) in.getLong();
        case 'd' -> in.getFloat();
        case 'D' -> in.getDouble();
        default -> throw new IllegalArgumentException("a model with \"" + marker + "\" in it");
      };
    }

    private static void require(boolean known) {
      if (!known) {
        throw new IllegalArgumentException("these bytes are no model of XGBoost");
      }
    }
  }
}
