package dev.holdfast.attestation.cmw;

import dev.holdfast.attestation.codec.MalformedException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** How a wrapper names the type of its message (draft-ietf-rats-msg-wrap, 3.1 and 3.2). */
public sealed interface CmwType {
  /** The name of the format, as this library's cases name it; empty if it is none of them. */
  Optional<String> format();

  /**
   * A media type with its parameters (RFC 9110, 8.3.1).
   *
   * @param text at most 256 characters
   */
  record MediaType(String text) implements CmwType {
    private static final int MAX_LENGTH = 256;
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
    private static final Pattern GRAMMAR =
        Pattern.compile(
            TOKEN
                + "/"
                + TOKEN
                + "(?:[ \\t]*+;[ \\t]*+"
                + TOKEN
                + "=(?:"
                + TOKEN
                + "|\"[\\t !\\x23-\\x7e]*+\"))*+");

    /**
     * Checks the grammar.
     *
     * @throws MalformedException if it is no media type
     */
    public MediaType {
      if (text.length() > MAX_LENGTH || !GRAMMAR.matcher(text).matches()) {
        throw new MalformedException("the type of a message is no media type");
      }
    }

    @Override
    public Optional<String> format() {
      return Known.ofMediaType(text);
    }
  }

  /**
   * A CoAP Content-Format (RFC 7252, 12.3).
   *
   * @param number 0 to 65535
   */
  record ContentFormat(int number) implements CmwType {
    /** Checks the range. */
    public ContentFormat {
      if (number < 0 || number > 0xffff) {
        throw new MalformedException("there is no content format " + number);
      }
    }

    @Override
    public Optional<String> format() {
      return Optional.ofNullable(Known.CONTENT_FORMATS.get(number));
    }
  }

  /**
   * A tag of CBOR that is registered for the message itself; the message begins with it.
   *
   * @param number the tag
   */
  record RegisteredTag(long number) implements CmwType {
    @Override
    public Optional<String> format() {
      return Optional.ofNullable(Known.TAGS.get(number));
    }
  }

  /** What the registries' names mean here. */
  final class Known {
    private static final Map<Integer, String> CONTENT_FORMATS = Map.of(18, "cose-sign1");
    private static final Map<Long, String> TAGS =
        Map.of(18L, "cose-sign1", 399L, "cca-token", 501L, "corim", 907L, "cca-token");
    private static final Map<String, String> MEDIA_TYPES =
        Map.of(
            "application/psa-attestation-token", "psa-token",
            "application/corim-unsigned+cbor", "corim",
            "application/corim-signed+cbor", "corim",
            "application/signed-corim+cbor", "corim",
            "application/rim+cbor", "corim",
            "application/rim+cose", "corim",
            "application/vnd.parallaxsecond.key-attestation.tpm", "parsec-tpm-key");
    private static final Map<String, String> PROFILES =
        Map.of(
            "http://arm.com/psa/2.0.0", "psa-token",
            "tag:psacertified.org,2023:psa#tfm", "psa-token",
            "http://arm.com/cca-ssd/1.0.0", "cca-token",
            "tag:github.com,2023:veraison/ear", "ear");

    private Known() {}

    /** By the profile that it names, else by its name without parameters. */
    private static Optional<String> ofMediaType(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      int end = lower.indexOf(';');
      String parameters = end < 0 ? "" : lower.substring(end);
      for (Map.Entry<String, String> profile : PROFILES.entrySet()) {
        if (parameters.contains("profile=\"" + profile.getKey() + "\"")
            || parameters.endsWith("profile=" + profile.getKey())) {
          return Optional.of(profile.getValue());
        }
      }
      return Optional.ofNullable(
          MEDIA_TYPES.get((end < 0 ? lower : lower.substring(0, end)).strip()));
    }
  }
}
