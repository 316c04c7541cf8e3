package dev.holdfast.attestation.collateral;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * A JSON object of which one member is signed, byte for byte as it stands, by another: {@code
 * {"tcbInfo": {…}, "signature": "…"}}.
 *
 * <p>The signed bytes are cut out of the document, and what is read is read from that cut: nothing
 * is ever written anew, and no second copy of the member can be read instead.
 *
 * @param content the member
 * @param signed its bytes
 * @param signature r and s, 64 bytes
 */
record SignedJson(Members content, Bytes signed, Bytes signature) {
  private static final int MAX_BYTES = 1024 * 1024;
  private static final int DEPTH_MAX = 16;

  /** Digits of a number that any member may need; a longer one can be read, and is out of range. */
  private static final int NUMBER_DIGITS_MAX = 19;

  private static final int NUMBER_DIGITS_READ_MAX = 1000;
  private static final int SIGNATURE_BYTES = 64;
  private static final String SIGNATURE = "signature";
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(NUMBER_DIGITS_READ_MAX)
                  .maxDocumentLength(MAX_BYTES)
                  .build())
          .build();

  /**
   * Reads a document.
   *
   * @param member the name of the member that is signed
   * @throws CollateralException if it is none
   */
  static SignedJson read(Bytes document, String member, String what) {
    if (document.length() > MAX_BYTES) {
      throw CollateralException.illegible(
          what + " has " + document.length() + " bytes, more than " + MAX_BYTES);
    }
    Bytes signed = locate(document, member, what);
    try {
      Members outer = new Members(Json.parse(document, MAX_BYTES, what), what);
      return new SignedJson(
          new Members(Json.parse(signed, MAX_BYTES, member), member),
          signed,
          outer.hex(SIGNATURE, SIGNATURE_BYTES));
    } catch (MalformedException e) {
      throw CollateralException.illegible(e.words());
    }
  }

  private static Bytes locate(Bytes document, String member, String what) {
    byte[] bytes = document.toByteArray();
    checkEncoding(document, what);
    Cut cut = new Cut(member);
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        cut.see(parser, token);
      }
    } catch (JacksonException e) {
      throw CollateralException.illegible(what + " is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw CollateralException.illegible(what + " is no JSON");
    }
    if (cut.from < 0 || cut.to < 0) {
      throw CollateralException.schema(what + " has no object \"" + member + "\"");
    }
    return document.slice(cut.from, cut.to);
  }

  /** UTF-8 without a mark in front: then places in the text are places in the bytes. */
  private static void checkEncoding(Bytes document, String what) {
    ByteBuffer buffer = document.asByteBuffer();
    if (document.isEmpty() || document.at(0) == 0xef || document.at(0) >= 0xfe) {
      throw CollateralException.illegible(
          what + " is empty, or not " + JsonEncoding.UTF8.getJavaName());
    }
    for (int i = 0; i < Math.min(4, document.length()); i++) {
      if (document.at(i) == 0) {
        throw CollateralException.illegible(what + " is not UTF-8");
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(buffer);
    } catch (CharacterCodingException e) {
      throw CollateralException.illegible(what + " is not UTF-8");
    }
  }

  /** Finds where the member begins and ends, and refuses names that occur twice. */
  private static final class Cut {
    private final String member;
    private final Deque<Set<String>> names = new ArrayDeque<>();
    private String name = "";
    private int from = -1;
    private int to = -1;

    private Cut(String member) {
      this.member = member;
    }

    private void see(JsonParser parser, JsonToken token) throws IOException {
      switch (token) {
        case START_OBJECT, START_ARRAY -> {
          if (names.size() == 1 && name.equals(member) && token == JsonToken.START_OBJECT) {
            from = (int) parser.currentTokenLocation().getByteOffset();
          }
          names.push(new HashSet<>());
        }
        case END_OBJECT, END_ARRAY -> {
          names.pop();
          if (names.size() == 1 && from >= 0 && to < 0) {
            to = (int) parser.currentLocation().getByteOffset();
          }
        }
        case FIELD_NAME -> {
          String field = parser.currentName();
          if (!names.element().add(field)) {
            throw CollateralException.schema("member \"" + field + "\" occurs twice");
          }
          if (names.size() == 1) {
            name = field;
          }
        }
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          if (parser.getTextLength() > NUMBER_DIGITS_MAX) {
            throw CollateralException.schema(
                "a number has " + parser.getTextLength() + " digits, out of any range");
          }
        }
        default -> {
          // Other values lie between what is looked at.
        }
      }
    }
  }
}
