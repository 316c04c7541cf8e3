package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JWS in compact form (RFC 7515, section 7.1), as read and not yet believed. Stricter than
 * libraries for it: base64url has one form only, no header member occurs twice, and none may bring
 * a key, or point to one.
 *
 * @param algorithm the header's {@code alg}; empty for one that is not of this library
 * @param type the header's {@code typ}; empty text where there is none
 * @param signed what the signature is over
 * @param payload what was signed
 * @param signature the signature; may be empty
 */
record CompactJws(
    Optional<CoseAlgorithm> algorithm, String type, Bytes signed, Bytes payload, Bytes signature) {
  private static final int HEADER_MAX_BYTES = 8 * 1024;

  /** RFC 7518, section 3.1, and RFC 8037; "none" and MACs are nobody's signature. */
  private static final Map<String, CoseAlgorithm> ALGORITHMS =
      Map.ofEntries(
          Map.entry("ES256", CoseAlgorithm.ES256),
          Map.entry("ES384", CoseAlgorithm.ES384),
          Map.entry("ES512", CoseAlgorithm.ES512),
          Map.entry("PS256", CoseAlgorithm.PS256),
          Map.entry("PS384", CoseAlgorithm.PS384),
          Map.entry("PS512", CoseAlgorithm.PS512),
          Map.entry("RS256", CoseAlgorithm.RS256),
          Map.entry("RS384", CoseAlgorithm.RS384),
          Map.entry("RS512", CoseAlgorithm.RS512),
          Map.entry("EdDSA", CoseAlgorithm.EDDSA),
          Map.entry("Ed25519", CoseAlgorithm.ED25519));

  /** What a header must not have: keys, places of keys, and what changes how it is to be read. */
  private static final List<String> REFUSED =
      List.of("jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc");

  /** Reads a JWS; refuses headers before anything is verified. */
  static CompactJws parse(String compact) {
    String[] parts = compact.split("\\.", -1);
    if (parts.length != 3) {
      throw ResultException.malformed("a compact JWS has three parts, not " + parts.length);
    }
    JsonNode header = header(decode(parts[0], "the header"));
    for (String name : REFUSED) {
      if (header.has(name)) {
        throw new ResultException(
            Reason.TOKEN_HEADER,
            "the header has \"" + name + "\": keys are known beforehand, and nothing is fetched");
      }
    }
    return new CompactJws(
        algorithm(header),
        header.path("typ").asText(""),
        Bytes.utf8(parts[0] + "." + parts[1]),
        decode(parts[1], "the payload"),
        decode(parts[2], "the signature"));
  }

  /** The name of an algorithm as a JWS has it. */
  static Optional<CoseAlgorithm> algorithm(String name) {
    return Optional.ofNullable(ALGORITHMS.get(name));
  }

  private static Optional<CoseAlgorithm> algorithm(JsonNode header) {
    JsonNode name = header.path("alg");
    if (!name.isTextual()) {
      throw ResultException.malformed("the header names no algorithm");
    }
    return algorithm(name.textValue());
  }

  private static JsonNode header(Bytes json) {
    try {
      JsonNode header = Json.parse(json, HEADER_MAX_BYTES, "the header");
      if (!header.isObject()) {
        throw ResultException.malformed("the header is no JSON object");
      }
      return header;
    } catch (MalformedException e) {
      throw ResultException.malformed(e.words());
    }
  }

  /** The one form without padding, line breaks, or bits that count for nothing. */
  private static Bytes decode(String text, String what) {
    try {
      byte[] content = Base64.getUrlDecoder().decode(text);
      if (!encode(Bytes.of(content)).equals(text)) {
        throw ResultException.malformed(what + " is not base64url in its one form");
      }
      return Bytes.of(content);
    } catch (IllegalArgumentException e) {
      throw ResultException.malformed(what + " is not base64url");
    }
  }

  static String encode(Bytes content) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(content.toByteArray());
  }
}
