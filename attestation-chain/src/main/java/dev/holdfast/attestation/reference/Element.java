package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of one element of a part, in the terms that reference values are written in.
 *
 * @param name as {@link ReferenceSet} names it, such as {@code psa/software/BL}
 * @param claim the claim that shows it, such as {@code psa/software/0}: the same as the name but
 *     for software components
 * @param value the bytes that it shows
 * @param signer who signed it, by identifier
 * @param version its version, or another word
 * @param number its security version, or another number
 */
record Element(
    String name,
    String claim,
    Optional<Bytes> value,
    Optional<Bytes> signer,
    Optional<String> version,
    Optional<Long> number) {
  private static final String SVN = "/svn";
  private static final String VERSION = "/version";

  /**
   * What claims say. A security version or a version stands with the claim that it is of: {@code
   * x/svn} and {@code x/version} with {@code x}.
   */
  static List<Element> of(Collection<? extends Claim> claims) {
    Map<String, Bytes> values = new LinkedHashMap<>();
    Map<String, Long> numbers = new LinkedHashMap<>();
    Map<String, String> words = new LinkedHashMap<>();
    for (Claim claim : claims) {
      switch (claim) {
        case Claim.Version(String name, long value) -> numbers.put(name, value);
        case Claim.Word(String name, String text) -> words.put(name, text);
        default -> claim.comparable().ifPresent(value -> values.put(claim.name(), value));
      }
    }
    List<Element> elements = new ArrayList<>(components(values, words));
    Map<String, Element> plain = new LinkedHashMap<>();
    values.forEach(
        (name, value) ->
            plain.put(
                name,
                new Element(
                    name,
                    name,
                    Optional.of(value),
                    Optional.empty(),
                    Optional.ofNullable(words.get(name + VERSION)),
                    Optional.ofNullable(numbers.get(name + SVN)))));
    numbers.forEach((name, number) -> plain.putIfAbsent(name, number(name, number)));
    words.forEach((name, word) -> plain.putIfAbsent(name, word(name, word)));
    elements.addAll(plain.values());
    return elements;
  }

  private static Element number(String name, long number) {
    return new Element(
        name, name, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(number));
  }

  private static Element word(String name, String word) {
    return new Element(
        name, name, Optional.empty(), Optional.empty(), Optional.of(word), Optional.empty());
  }

  /** Software components, which evidence numbers and manifests name by type. */
  private static List<Element> components(Map<String, Bytes> values, Map<String, String> words) {
    List<Element> components = new ArrayList<>();
    Map<String, Bytes> rest = new HashMap<>(values);
    for (Part.Kind kind : Part.Kind.values()) {
      for (int i = 0;
          kind.hasSoftware() && rest.containsKey(kind.component(i, "measurement"));
          i++) {
        components.add(
            new Element(
                kind.software() + words.getOrDefault(kind.component(i, "type"), ""),
                kind.software() + i,
                Optional.ofNullable(rest.get(kind.component(i, "measurement"))),
                Optional.ofNullable(rest.get(kind.component(i, "signer"))),
                Optional.ofNullable(words.get(kind.component(i, "version"))),
                Optional.empty()));
      }
    }
    return components;
  }

  /** It in words, such as {@code psa/software/0, "BL" version 1.0 signed by 0101…}. */
  String words() {
    List<String> words = new ArrayList<>();
    words.add(name.equals(claim) ? claim : claim + " (\"" + type() + "\")");
    version.ifPresent(text -> words.add("version " + text));
    number.ifPresent(value -> words.add("security version " + value));
    signer.ifPresent(id -> words.add("signed by " + id.hex()));
    return String.join(", ", words);
  }

  private String type() {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** What it shows, in words. */
  String shown() {
    return value
        .map(Bytes::hex)
        .or(() -> version)
        .or(() -> number.map(value -> Long.toString(value)))
        .orElse("");
  }
}
