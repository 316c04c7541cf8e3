package dev.holdfast.server.config;

import dev.holdfast.pam.model.Resource;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the series of a Prometheus server become usage.
 *
 * @param name what the import is called: 1 to 40 of [a-z0-9-], starting with a letter
 * @param digest the first 16 hex digits of the SHA-256 of the file that says so: another mapping is
 *     another import
 * @param source where Prometheus answers; https, or http on this host
 * @param tokenFile holds a bearer token; empty where none is asked for
 * @param step the length of a sample, 1 second to 1 hour, in whole seconds
 * @param tenant whose usage
 * @param image what ran
 * @param digests what other words for an image mean, by the word: 64 hex digits
 * @param user whom it ran for; empty where it rests on the image
 * @param by labels that tell several runs at once from each other
 * @param resources the expression for each resource, in its unit
 * @param inputs production inputs
 */
public record UsageMapping(
    String name,
    String digest,
    URI source,
    Optional<Path> tokenFile,
    Duration step,
    Part tenant,
    Part image,
    Map<String, String> digests,
    Optional<Part> user,
    List<String> by,
    Map<Resource, String> resources,
    SortedMap<String, Part> inputs) {
  /** Copies. */
  public UsageMapping {
    digests = Map.copyOf(digests);
    by = List.copyOf(by);
    resources = new EnumMap<>(resources);
    inputs = new TreeMap<>(inputs);
  }

  /** Where a part of a workload comes from. */
  public sealed interface Part {
    /** The same for all. */
    record Value(String value) implements Part {}

    /** What a label says. */
    record Label(String label) implements Part {}

    /** What an expression gives: a number for each time. For inputs only. */
    record Query(String expression) implements Part {}
  }

  /** What the server knows the import by. */
  public String id() {
    return name + "-" + digest;
  }

  /** Every label that tells one series from another. */
  public SortedSet<String> labels() {
    SortedSet<String> labels = new TreeSet<>(by);
    List<Part> parts = new java.util.ArrayList<>(inputs.values());
    parts.add(tenant);
    parts.add(image);
    user.ifPresent(parts::add);
    for (Part part : parts) {
      if (part instanceof Part.Label(String label)) {
        labels.add(label);
      }
    }
    return labels;
  }
}
