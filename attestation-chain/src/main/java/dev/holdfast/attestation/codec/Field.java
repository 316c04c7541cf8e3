package dev.holdfast.attestation.codec;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A value of a set of claims that is written in CBOR or in JSON alike: under a number in the one,
 * under a name in the other, and its byte strings as base 64 in JSON (RFC 4648, 4).
 *
 * <p>Every accessor throws {@link MalformedException} where the value is not of the kind asked for.
 */
public sealed interface Field {
  /**
   * What a claim is called.
   *
   * @param number in CBOR
   * @param name in JSON, and in messages
   */
  record Label(long number, String name) {}

  /** A byte string of {@code least} to {@code most} bytes. */
  Bytes bytes(int least, int most, String what);

  /** A whole number from {@code least} to {@code most}. */
  long number(long least, long most, String what);

  /** A text of at most so many bytes. */
  String text(int maxBytes, String what);

  /** The elements of an array. */
  List<Field> elements(String what);

  /** The member of a map. */
  Optional<Field> member(Label label, String what);

  /** The member of a map that must be there. */
  default Field required(Label label, String what) {
    return member(label, what)
        .orElseThrow(() -> new MalformedException(what + " has no " + label.name()));
  }

  private static Bytes within(Bytes bytes, int least, int most, String what) {
    if (bytes.length() < least || bytes.length() > most) {
      throw new MalformedException(
          what + " has " + bytes.length() + " bytes, and may have " + least + " to " + most);
    }
    return bytes;
  }

  private static String within(String text, int maxBytes, String what) {
    if (text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
      throw new MalformedException(what + " has more than " + maxBytes + " bytes");
    }
    return text;
  }

  /**
   * A value in CBOR.
   *
   * @param item the value
   */
  record InCbor(Cbor item) implements Field {
    @Override
    public Bytes bytes(int least, int most, String what) {
      return item.bytes(least, most, what);
    }

    @Override
    public long number(long least, long most, String what) {
      return item.number(least, most, what);
    }

    @Override
    public String text(int maxBytes, String what) {
      return within(item.text(what), maxBytes, what);
    }

    @Override
    public List<Field> elements(String what) {
      List<Field> fields = new ArrayList<>();
      item.elements(what).forEach(element -> fields.add(new InCbor(element)));
      return fields;
    }

    @Override
    public Optional<Field> member(Label label, String what) {
      return item.member(label.number(), what).map(InCbor::new);
    }
  }

  /**
   * A value in JSON; a member that is null counts as absent.
   *
   * @param node the value
   */
  record InJson(JsonNode node) implements Field {
    @Override
    public Bytes bytes(int least, int most, String what) {
      try {
        return within(Bytes.of(Base64.getDecoder().decode(string(what))), least, most, what);
      } catch (IllegalArgumentException e) {
        throw new MalformedException(what + " is not base 64");
      }
    }

    @Override
    public long number(long least, long most, String what) {
      if (!node.isIntegralNumber() || !node.canConvertToLong()) {
        throw new MalformedException(what + " is no whole number");
      }
      long number = node.longValue();
      if (number < least || number > most) {
        throw new MalformedException(
            what + " is " + number + ", and goes from " + least + " to " + most);
      }
      return number;
    }

    @Override
    public String text(int maxBytes, String what) {
      return within(string(what), maxBytes, what);
    }

    private String string(String what) {
      if (!node.isTextual()) {
        throw new MalformedException(what + " is no text");
      }
      return node.textValue();
    }

    @Override
    public List<Field> elements(String what) {
      if (!node.isArray()) {
        throw new MalformedException(what + " is no array");
      }
      List<Field> fields = new ArrayList<>();
      node.forEach(element -> fields.add(new InJson(element)));
      return fields;
    }

    @Override
    public Optional<Field> member(Label label, String what) {
      if (!node.isObject()) {
        throw new MalformedException(what + " is no object");
      }
      JsonNode value = node.path(label.name());
      return value.isMissingNode() || value.isNull()
          ? Optional.empty()
          : Optional.of(new InJson(value));
    }
  }
}
