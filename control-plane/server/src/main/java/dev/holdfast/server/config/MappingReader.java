package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.server.collateral.HttpCollateralFetcher;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads a mapping from Prometheus to usage: YAML, at most 256 KiB. All problems are reported
 * together, with file and line, as those of a configuration are.
 */
public final class MappingReader {
  private static final int FILE_BYTES_MAX = 256 * 1024;
  private static final int EXPRESSION_MAX = 8192;
  private static final int LABELS_MAX = 16;
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]{0,127}");
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern INPUT = Pattern.compile("[a-z0-9_.]{1,63}");

  private MappingReader() {}

  /**
   * Reads a file.
   *
   * @throws ConfigException with everything that is wrong with it
   */
  public static UsageMapping read(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > FILE_BYTES_MAX) {
      throw new ConfigException(List.of(file + " is no file of at most 256 KiB"));
    }
    Path parent = file.toAbsolutePath().getParent();
    return read(
        String.valueOf(file.getFileName()),
        Bytes.of(Files.readAllBytes(file)),
        parent == null ? Path.of("") : parent);
  }

  /**
   * Reads a document.
   *
   * @param file what complaints call it
   * @param folder where files that it names are
   * @throws ConfigException with everything that is wrong with it
   */
  public static UsageMapping read(String file, Bytes document, Path folder) {
    Complaints complaints = new Complaints(file);
    String text = new String(document.toByteArray(), StandardCharsets.UTF_8);
    Section top = new Section("", YamlText.root(file, text), complaints);
    String digest = Sha256.of(document).hex().substring(0, 16);
    Optional<UsageMapping> mapping = mapping(top, digest, folder);
    top.finish();
    if (mapping.isEmpty() || !complaints.found().isEmpty()) {
      throw new ConfigException(complaints.found());
    }
    return mapping.get();
  }

  private static Optional<UsageMapping> mapping(Section top, String digest, Path folder) {
    String name = matching(top, "name", NAME, "is 1 to 40 of [a-z0-9-], starting with a letter");
    Optional<URI> source =
        top.checked(
            "source", () -> HttpCollateralFetcher.requireSource(URI.create(top.text("source"))));
    Optional<Path> token =
        top.has("tokenFile")
            ? top.checked("tokenFile", () -> folder.resolve(top.text("tokenFile")))
            : Optional.empty();
    Duration step =
        top.duration("step", Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofHours(1));
    if (step.toMillis() % 1000 != 0) {
      top.complain("step", "is in whole seconds");
    }
    Section image = top.section("image");
    UsageMapping.Part ran = part(image);
    Map<String, String> digests = digests(image.section("digests"));
    Optional<UsageMapping.Part> user =
        top.has("user") ? Optional.of(part(top.section("user"))) : Optional.empty();
    UsageMapping.Part tenant = part(top.section("tenant"));
    List<String> by = top.texts("by");
    if (by.size() > LABELS_MAX || !by.stream().allMatch(label -> LABEL.matcher(label).matches())) {
      top.complain("by", "is a list of at most 16 names of labels");
    }
    Map<Resource, String> resources = resources(top.section("resources"));
    if (resources.isEmpty()) {
      top.complain("resources", "names no resource: give an expression for one at least");
    }
    SortedMap<String, UsageMapping.Part> inputs = inputs(top.section("inputs"));
    return source.map(
        address ->
            new UsageMapping(
                name, digest, address, token, step, tenant, ran, digests, user, by, resources,
                inputs));
  }

  private static String matching(Section section, String key, Pattern form, String otherwise) {
    String text = section.text(key);
    if (!form.matcher(text).matches()) {
      section.complain(key, otherwise);
    }
    return text;
  }

  /** {@code {value: acme}} or {@code {label: namespace}}. */
  private static UsageMapping.Part part(Section section) {
    if (section.has("value") == section.has("label")) {
      section.complain("label", "or value is required, and not both");
    }
    return section.has("label")
        ? new UsageMapping.Part.Label(matching(section, "label", LABEL, "is the name of a label"))
        : new UsageMapping.Part.Value(section.text("value", ""));
  }

  private static Map<String, String> digests(Section section) {
    Map<String, String> digests = new TreeMap<>();
    for (String word : section.keys()) {
      digests.put(word, matching(section, word, DIGEST, "is 64 of [0-9a-f]"));
    }
    return digests;
  }

  private static Map<Resource, String> resources(Section section) {
    Map<Resource, String> resources = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      String key = ConfigReader.key(resource);
      // Read even where it is not there, so that a key like it can be suggested.
      String expression = section.text(key, "");
      if (section.has(key)) {
        requireExpression(section, key, expression);
        resources.put(resource, expression);
      }
    }
    return resources;
  }

  private static void requireExpression(Section section, String key, String text) {
    if (text.isBlank() || text.length() > EXPRESSION_MAX) {
      section.complain(key, "is an expression of 1 to 8192 characters");
    }
  }

  private static SortedMap<String, UsageMapping.Part> inputs(Section section) {
    SortedMap<String, UsageMapping.Part> inputs = new TreeMap<>();
    for (String name : section.keys()) {
      Section input = section.section(name);
      if (!INPUT.matcher(name).matches()) {
        section.complain(name, "is no key of an input: 1 to 63 of [a-z0-9_.]");
      }
      String expression = input.text("query", "");
      if (input.has("query")) {
        requireExpression(input, "query", expression);
        inputs.put(name, new UsageMapping.Part.Query(expression));
      } else {
        inputs.put(name, part(input));
      }
    }
    return inputs;
  }
}
