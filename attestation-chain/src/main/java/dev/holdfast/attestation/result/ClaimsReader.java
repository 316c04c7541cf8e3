package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the claims of a result out of the tree that both of its forms have. */
final class ClaimsReader {
  private static final Set<String> WHOLE =
      Set.of(
          "eat_profile",
          "ear.verifier-id",
          "iat",
          "nbf",
          "exp",
          "aud",
          "eat_nonce",
          "ear.raw-evidence",
          "submods");
  private static final Set<String> SUBMODULE =
      Set.of("ear.status", "ear.trustworthiness-vector", "ear.appraisal-policy-id", "eat_nonce");
  private static final int SUBMODULES_MAX = 1024;
  private static final long SECONDS_MAX = 253_402_300_799L;
  private static final int TRUST_LEAST = -128;
  private static final int TRUST_MOST = 127;

  private ClaimsReader() {}

  static Ear ear(JsonNode claims) {
    if (!claims.isObject()) {
      throw ResultException.malformed("the claims are no map");
    }
    JsonNode verifier = claims.path("ear.verifier-id");
    return new Ear(
        profile(claims),
        new Ear.VerifierId(text(verifier, "developer"), text(verifier, "build")),
        time(claims, "iat").orElseThrow(() -> ResultException.schema("iat is missing")),
        time(claims, "nbf"),
        time(claims, "exp"),
        texts(claims, "aud"),
        texts(claims, "eat_nonce"),
        claims.has("ear.raw-evidence")
            ? Optional.of(bytes(claims, "ear.raw-evidence"))
            : Optional.empty(),
        submodules(claims.path("submods")),
        others(claims, WHOLE));
  }

  private static String profile(JsonNode claims) {
    JsonNode profile = claims.path("eat_profile");
    if (profile.isBinary()) {
      return bytes(claims, "eat_profile").hex();
    }
    return text(claims, "eat_profile");
  }

  private static Map<String, Ear.Submodule> submodules(JsonNode submods) {
    if (!submods.isObject() || submods.isEmpty() || submods.size() > SUBMODULES_MAX) {
      throw ResultException.schema("submods are missing, or more than " + SUBMODULES_MAX);
    }
    Map<String, Ear.Submodule> submodules = new LinkedHashMap<>();
    submods.properties().forEach(e -> submodules.put(e.getKey(), submodule(e.getValue())));
    return submodules;
  }

  private static Ear.Submodule submodule(JsonNode claims) {
    if (!claims.isObject()) {
      throw ResultException.schema("a submodule is no map");
    }
    return new Ear.Submodule(
        tier(claims.path("ear.status")),
        vector(claims.path("ear.trustworthiness-vector")),
        texts(claims, "ear.appraisal-policy-id"),
        texts(claims, "eat_nonce"),
        others(claims, SUBMODULE));
  }

  private static Ear.Tier tier(JsonNode status) {
    for (Ear.Tier tier : Ear.Tier.values()) {
      if (status.isTextual() && tier.name().toLowerCase(Locale.ROOT).equals(status.textValue())) {
        return tier;
      }
    }
    throw ResultException.schema("a submodule has no ear.status, or one that is not known");
  }

  private static Map<Ear.Aspect, Integer> vector(JsonNode claims) {
    Map<Ear.Aspect, Integer> vector = new EnumMap<>(Ear.Aspect.class);
    if (claims.isMissingNode()) {
      return vector;
    }
    for (Ear.Aspect aspect : Ear.Aspect.values()) {
      JsonNode value = claims.path(ClaimLabels.name(aspect));
      if (!value.isMissingNode()) {
        boolean whole = value.isIntegralNumber() && value.canConvertToInt();
        if (!whole || value.intValue() < TRUST_LEAST || value.intValue() > TRUST_MOST) {
          throw ResultException.schema("a trustworthiness claim goes from -128 to 127");
        }
        vector.put(aspect, value.intValue());
      }
    }
    if (!claims.isObject() || vector.size() != claims.size()) {
      throw ResultException.schema("the trustworthiness vector has a claim that is not known");
    }
    return vector;
  }

  private static Map<String, String> others(JsonNode claims, Set<String> known) {
    Map<String, String> others = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : claims.properties()) {
      if (!known.contains(entry.getKey())) {
        others.put(entry.getKey(), ClaimLabels.json(entry.getValue()).toString());
      }
    }
    return others;
  }

  static String text(JsonNode claims, String name) {
    JsonNode value = claims.path(name);
    if (!value.isTextual()) {
      throw ResultException.schema(name + " is missing, or no text");
    }
    return value.textValue();
  }

  /** A text or a byte string, or a list of them that is not empty. */
  private static List<String> texts(JsonNode claims, String name) {
    JsonNode value = claims.path(name);
    if (value.isMissingNode()) {
      return List.of();
    }
    List<JsonNode> elements = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(elements::add);
    } else {
      elements.add(value);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements) {
      JsonNode text = ClaimLabels.json(element);
      if (!text.isTextual()) {
        throw ResultException.schema(name + " is neither a text nor a list of texts");
      }
      texts.add(text.textValue());
    }
    if (texts.isEmpty() || new HashSet<>(texts).size() != texts.size()) {
      throw ResultException.schema(name + " is empty, or says the same twice");
    }
    return texts;
  }

  static Optional<Instant> time(JsonNode claims, String name) {
    return claims.has(name)
        ? Optional.of(Instant.ofEpochSecond(seconds(claims, name)))
        : Optional.empty();
  }

  /** Whole seconds since 1970, in the years of four digits. */
  private static long seconds(JsonNode claims, String name) {
    long seconds = number(claims, name);
    if (seconds < 0 || seconds > SECONDS_MAX) {
      throw ResultException.schema(name + " is not between the years 1970 and 9999");
    }
    return seconds;
  }

  static long number(JsonNode claims, String name) {
    JsonNode value = claims.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw ResultException.schema(name + " is missing, or no whole number");
    }
    return value.longValue();
  }

  /** Bytes as such, or as base64url without padding. */
  static Bytes bytes(JsonNode claims, String name) {
    JsonNode value = claims.path(name);
    try {
      return value.isBinary()
          ? Bytes.of(value.binaryValue())
          : Bytes.of(Base64.getUrlDecoder().decode(text(claims, name)));
    } catch (IllegalArgumentException e) {
      throw ResultException.schema(name + " is no base64url");
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory can be read", e);
    }
  }
}
