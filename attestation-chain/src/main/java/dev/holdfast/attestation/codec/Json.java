package dev.holdfast.attestation.codec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.holdfast.attestation.Bytes;
import java.io.IOException;

/**
 * JSON from outside as a tree (RFC 8259): bounded in length, depth and numbers; no member twice;
 * nothing after the end.
 */
public final class Json {
  private static final int DEPTH_MAX = 32;
  private static final int NUMBER_DIGITS_MAX = 32;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              new JsonFactoryBuilder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(NUMBER_DIGITS_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Reads one value.
   *
   * @param maxBytes the most that is read at all
   * @throws MalformedException if it is longer, or anything else than one JSON value
   */
  public static JsonNode parse(Bytes bytes, int maxBytes, String what) {
    if (bytes.length() > maxBytes) {
      throw new MalformedException(
          what + " has " + bytes.length() + " bytes, more than " + maxBytes);
    }
    try {
      JsonNode node = MAPPER.readTree(bytes.toByteArray());
      if (node == null || node.isMissingNode()) {
        throw new MalformedException(what + " is empty");
      }
      return node;
    } catch (JacksonException e) {
      throw new MalformedException(what + " is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new MalformedException(what + " is no JSON");
    }
  }
}
