package dev.holdfast.server.config;

import dev.holdfast.pam.model.Refusal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * One mapping of a configuration file, read key by key. Whatever is wrong is noted with its line,
 * and reading goes on with the default, so that all problems are reported together.
 */
final class Section {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private final String path;
  private final @Nullable MappingNode node;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Set<String> read = new HashSet<>();
  private final List<Section> children = new ArrayList<>();
  private final Map<String, Section> byKey = new HashMap<>();
  private final Complaints complaints;

  Section(String path, @Nullable Node node, Complaints complaints) {
    this.path = path;
    this.complaints = complaints;
    this.node = node instanceof MappingNode mapping ? mapping : null;
    if (node != null && this.node == null) {
      complaints.add(node, where() + " holds keys and values, not a single value");
    }
    if (this.node != null) {
      for (NodeTuple tuple : this.node.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          complaints.add(tuple.getKeyNode(), where() + " has a key that is not a single value");
        } else if (values.put(key.getValue(), tuple.getValueNode()) != null) {
          complaints.add(key, key(key.getValue()) + " stands twice: remove one");
        }
      }
    }
  }

  /** The keys, in order. For mappings whose keys are names. */
  List<String> keys() {
    read.addAll(values.keySet());
    return List.copyOf(values.keySet());
  }

  /** Whether a key is there; one that may be is known, and so suggested for others like it. */
  boolean has(String key) {
    read.add(key);
    return values.containsKey(key);
  }

  /** The mapping below a key; the same one each time, as it notes what was read of it. */
  Section section(String key) {
    read.add(key);
    return byKey.computeIfAbsent(
        key,
        _ -> {
          Section child = new Section(key(key), values.get(key), complaints);
          children.add(child);
          return child;
        });
  }

  String text(String key, String otherwise) {
    return scalar(key).map(ScalarNode::getValue).orElse(otherwise);
  }

  /** A text that must be there. */
  String text(String key) {
    Optional<ScalarNode> value = scalar(key);
    if (value.isEmpty()) {
      complaints.add(node, key(key) + " is required");
    }
    return value.map(ScalarNode::getValue).orElse("");
  }

  <E extends Enum<E>> E word(String key, Class<E> words, E otherwise) {
    return word(key, words).orElse(otherwise);
  }

  /** One of some words, where there is any. */
  <E extends Enum<E>> Optional<E> word(String key, Class<E> words) {
    return scalar(key).flatMap(value -> word(key, words, value));
  }

  /** Words of a list, each once; a single word is a list of one. */
  <E extends Enum<E>> Set<E> words(String key, Class<E> words, Set<E> otherwise) {
    List<ScalarNode> values = scalars(key);
    EnumSet<E> found = EnumSet.noneOf(words);
    values.forEach(value -> word(key, words, value).ifPresent(found::add));
    return found.isEmpty() ? otherwise : found;
  }

  private <E extends Enum<E>> Optional<E> word(String key, Class<E> words, ScalarNode value) {
    List<String> known = new ArrayList<>();
    for (E word : words.getEnumConstants()) {
      String name = word.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      if (name.equals(value.getValue())) {
        return Optional.of(word);
      }
      known.add(name);
    }
    complaints.add(value, key(key) + " is one of " + String.join(", ", known));
    return Optional.empty();
  }

  boolean flag(String key, boolean otherwise) {
    Optional<ScalarNode> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    switch (value.get().getValue()) {
      case "true" -> {
        return true;
      }
      case "false" -> {
        return false;
      }
      default -> complaints.add(value.get(), key(key) + " is true or false");
    }
    return otherwise;
  }

  long integer(String key, long otherwise, long least, long most) {
    Optional<ScalarNode> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value.get().getValue().replace("_", ""));
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Said below, with the range.
    }
    complaints.add(value.get(), key(key) + " is a whole number from " + least + " to " + most);
    return otherwise;
  }

  double number(String key, double otherwise, double least, double most) {
    Optional<ScalarNode> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(value.get().getValue());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Said below, with the range.
    }
    complaints.add(value.get(), key(key) + " is a number from " + least + " to " + most);
    return otherwise;
  }

  Duration duration(String key, Duration otherwise, Duration least, Duration most) {
    Optional<ScalarNode> value = scalar(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    Optional<Duration> span = span(value.get().getValue());
    if (span.isPresent() && span.get().compareTo(least) >= 0 && span.get().compareTo(most) <= 0) {
      return span.get();
    }
    complaints.add(
        value.get(),
        key(key) + " is a span such as 500ms, 30s, 10m, 12h or 7d, from " + least + " to " + most);
    return otherwise;
  }

  private static Optional<Duration> span(String text) {
    Matcher matcher = SPAN.matcher(text);
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      return Optional.of(
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          });
    }
    try {
      return Optional.of(Duration.parse(text));
    } catch (DateTimeParseException notIso) {
      return Optional.empty();
    }
  }

  /** The mappings of a list. */
  List<Section> sections(String key) {
    read.add(key);
    Node value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof SequenceNode many)) {
      complaints.add(value, key(key) + " is a list of mappings");
      return List.of();
    }
    List<Section> sections = new ArrayList<>();
    for (Node item : many.getValue()) {
      Section child = new Section(key(key) + "[" + sections.size() + "]", item, complaints);
      children.add(child);
      sections.add(child);
    }
    return sections;
  }

  /** A moment, such as 2027-01-31T00:00:00Z, that must be there. */
  Optional<Instant> instant(String key) {
    String text = text(key);
    return text.isEmpty() ? Optional.empty() : checked(key, () -> Instant.parse(text));
  }

  /** A value that its own type may refuse; what it says then is noted. */
  <T> Optional<T> checked(String key, Supplier<T> value) {
    try {
      return Optional.of(value.get());
    } catch (Refusal | IllegalArgumentException | DateTimeException wrong) {
      complain(key, "is not possible: " + wrong.getMessage());
      return Optional.empty();
    }
  }

  /** Texts of a list; a single text is a list of one. */
  List<String> texts(String key) {
    return scalars(key).stream().map(ScalarNode::getValue).toList();
  }

  private List<ScalarNode> scalars(String key) {
    read.add(key);
    Node value = values.get(key);
    return switch (value) {
      case null -> List.of();
      case ScalarNode one -> List.of(one);
      case SequenceNode many -> {
        List<ScalarNode> scalars = new ArrayList<>();
        for (Node item : many.getValue()) {
          if (item instanceof ScalarNode scalar) {
            scalars.add(scalar);
          } else {
            complaints.add(item, key(key) + " is a list of single values");
          }
        }
        yield scalars;
      }
      default -> {
        complaints.add(value, key(key) + " is a list of single values");
        yield List.of();
      }
    };
  }

  /** Notes something wrong with the value of a key, or with the section if it has none. */
  void complain(String key, String what) {
    Node value = values.get(key);
    complaints.add(value == null ? node : value, key(key) + " " + what);
  }

  /** Notes every key that nobody asked for, here and below. */
  void finish() {
    for (Map.Entry<String, Node> entry : values.entrySet()) {
      if (!read.contains(entry.getKey())) {
        complaints.add(
            entry.getValue(),
            key(entry.getKey())
                + " is not known"
                + Nearest.to(entry.getKey(), read)
                    .map(key -> "; did you mean " + key + "?")
                    .orElse(""));
      }
    }
    children.forEach(Section::finish);
  }

  private Optional<ScalarNode> scalar(String key) {
    read.add(key);
    Node value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ScalarNode scalar) {
      return Optional.of(scalar);
    }
    complaints.add(value, key(key) + " holds a single value");
    return Optional.empty();
  }

  private String where() {
    return path.isEmpty() ? "the file" : path;
  }

  private String key(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
