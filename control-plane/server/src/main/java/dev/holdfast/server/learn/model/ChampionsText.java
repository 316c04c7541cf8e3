package dev.holdfast.server.learn.model;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.registry.Champions;
import dev.holdfast.pam.registry.ModelId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The form in which champions are kept: when they changed, and then a line for each resource, such
 * as {@code CPU_MILLICORES pinned xgb-0123456789abcdef xgb-…}, the champion first.
 */
public final class ChampionsText {
  private static final String PINNED = "pinned";
  private static final String FREE = "free";
  private static final int LINES_MAX = 1 + Resource.values().length;

  private ChampionsText() {}

  /** Writes. */
  public static String write(Champions champions) {
    StringBuilder text = new StringBuilder(champions.changedAt().toString()).append('\n');
    champions
        .lines()
        .forEach(
            (resource, line) -> {
              text.append(resource)
                  .append(' ')
                  .append(champions.pinned().contains(resource) ? PINNED : FREE);
              line.forEach(model -> text.append(' ').append(model.id()));
              text.append('\n');
            });
    return text.toString();
  }

  /**
   * Reads.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static Champions read(String text) {
    List<String> rows = text.lines().limit(LINES_MAX + 1L).toList();
    if (rows.isEmpty() || rows.size() > LINES_MAX) {
      throw new IllegalArgumentException("champions have a line for each resource");
    }
    Map<Resource, List<ModelId>> lines = new EnumMap<>(Resource.class);
    Set<Resource> pinned = EnumSet.noneOf(Resource.class);
    try {
      for (String row : rows.subList(1, rows.size())) {
        String[] words = row.split(" ", Champions.LINE_MAX + 3);
        if (words.length < 3 || !(words[1].equals(PINNED) || words[1].equals(FREE))) {
          throw new IllegalArgumentException("a line has a resource, a word and models");
        }
        Resource resource = Resource.valueOf(words[0]);
        List<ModelId> line = new ArrayList<>();
        for (int i = 2; i < words.length; i++) {
          line.add(new ModelId(words[i]));
        }
        if (lines.put(resource, line) != null) {
          throw new IllegalArgumentException("a resource has one line");
        }
        if (words[1].equals(PINNED)) {
          pinned.add(resource);
        }
      }
      return new Champions(lines, pinned, Instant.parse(rows.getFirst()));
    } catch (Refusal | DateTimeException other) {
      throw new IllegalArgumentException("these are no champions", other);
    }
  }
}
