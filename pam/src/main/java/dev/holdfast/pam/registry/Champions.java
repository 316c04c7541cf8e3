package dev.holdfast.pam.registry;

import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.Resource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which model forecasts each resource, and which did before it.
 *
 * @param lines for each resource, the champion first and then those before it, none twice, at most
 *     {@link #LINE_MAX}
 * @param pinned the resources whose champion stays until it is let go, or moved by force
 * @param changedAt when that last changed
 */
public record Champions(
    Map<Resource, List<ModelId>> lines, Set<Resource> pinned, Instant changedAt) {
  /** The most models that a line remembers. */
  public static final int LINE_MAX = 8;

  /** No model yet. */
  public static final Champions NONE = new Champions(Map.of(), Set.of(), Instant.EPOCH);

  /** Copies, and refuses lines that are empty, too long or name a model twice. */
  public Champions {
    EnumMap<Resource, List<ModelId>> copy = new EnumMap<>(Resource.class);
    lines.forEach((resource, line) -> copy.put(resource, List.copyOf(line)));
    lines = Collections.unmodifiableMap(copy);
    EnumSet<Resource> stays = EnumSet.noneOf(Resource.class);
    stays.addAll(pinned);
    pinned = Collections.unmodifiableSet(stays);
    for (List<ModelId> line : lines.values()) {
      if (line.isEmpty() || line.size() > LINE_MAX || Set.copyOf(line).size() < line.size()) {
        throw new IllegalArgumentException("a line has 1 to 8 models, each once: " + line);
      }
    }
    if (!lines.keySet().containsAll(pinned)) {
      throw new IllegalArgumentException("what has no champion cannot be pinned");
    }
  }

  /** The champion of a resource. */
  public Optional<ModelId> of(Resource resource) {
    return Optional.ofNullable(lines.get(resource)).map(List::getFirst);
  }

  /** The resources that a model forecasts. */
  public Set<Resource> led(ModelId model) {
    EnumSet<Resource> led = EnumSet.noneOf(Resource.class);
    lines.forEach(
        (resource, line) -> {
          if (line.getFirst().equals(model)) {
            led.add(resource);
          }
        });
    return Collections.unmodifiableSet(led);
  }

  /** Whether a model is a champion or was one that can be gone back to. */
  public boolean remembers(ModelId model) {
    return lines.values().stream().anyMatch(line -> line.contains(model));
  }

  /**
   * With a challenger as champion of each resource in which it is better than the champion, and
   * that is not pinned.
   *
   * @param force of every resource that it forecasts, better or not, pinned or not
   * @throws Refusal with {@link Problem.IllegalState} if that is none that it does not lead already
   */
  public Champions activate(ModelCard challenger, boolean force, Instant now) {
    Map<Resource, List<ModelId>> next = new EnumMap<>(Resource.class);
    next.putAll(lines);
    boolean held = false;
    boolean changed = false;
    for (Resource resource : challenger.figures().keySet()) {
      boolean leads = of(resource).equals(Optional.of(challenger.id()));
      boolean wins = force || (challenger.better(resource) && !pinned.contains(resource));
      held |= challenger.better(resource) && pinned.contains(resource);
      if (wins && !leads) {
        next.put(resource, inFront(challenger.id(), lines.getOrDefault(resource, List.of())));
        changed = true;
      }
    }
    if (!changed) {
      throw refusal(
          challenger.id(),
          held ? "HELD_BY_A_PIN" : "NOT_BETTER",
          "It is champion where it is better on held-out samples and the champion is not pinned;"
              + " activate it by force to use it all the same.");
    }
    return new Champions(next, pinned, now);
  }

  /**
   * With the champion's predecessor back in every resource that it leads.
   *
   * @throws Refusal with {@link Problem.IllegalState} if it leads none, has no predecessor in one,
   *     or is pinned
   */
  public Champions rollback(ModelId champion, Instant now) {
    Set<Resource> led = requireLead(champion);
    Map<Resource, List<ModelId>> next = new EnumMap<>(Resource.class);
    next.putAll(lines);
    for (Resource resource : led) {
      List<ModelId> line = lines.getOrDefault(resource, List.of());
      if (line.size() < 2) {
        throw refusal(
            champion,
            "WITHOUT_PREDECESSOR",
            "It was the first model of " + resource + ": train and activate another.");
      }
      if (pinned.contains(resource)) {
        throw refusal(champion, "PINNED", "Let it go first.");
      }
      next.put(resource, line.subList(1, line.size()));
    }
    return new Champions(next, pinned, now);
  }

  /**
   * With a champion pinned, or let go, in every resource that it leads.
   *
   * @throws Refusal with {@link Problem.IllegalState} if it leads none
   */
  public Champions pinned(ModelId champion, boolean stays, Instant now) {
    Set<Resource> led = requireLead(champion);
    EnumSet<Resource> next = EnumSet.noneOf(Resource.class);
    next.addAll(pinned);
    if (stays) {
      next.addAll(led);
    } else {
      next.removeAll(led);
    }
    return new Champions(lines, next, now);
  }

  /** Without the models that cannot be used: the next of their line stands in, if there is one. */
  public Champions usable(Predicate<ModelId> good) {
    Map<Resource, List<ModelId>> next = new EnumMap<>(Resource.class);
    lines.forEach(
        (resource, line) -> {
          List<ModelId> left = line.stream().filter(good).toList();
          if (!left.isEmpty()) {
            next.put(resource, left);
          }
        });
    EnumSet<Resource> stays = EnumSet.noneOf(Resource.class);
    stays.addAll(pinned);
    stays.retainAll(next.keySet());
    return new Champions(next, stays, changedAt);
  }

  private Set<Resource> requireLead(ModelId model) {
    Set<Resource> led = led(model);
    if (led.isEmpty()) {
      throw refusal(model, "NO_CHAMPION", "Name the champion of a resource.");
    }
    return led;
  }

  private static List<ModelId> inFront(ModelId model, List<ModelId> line) {
    List<ModelId> next = new ArrayList<>(line);
    next.remove(model);
    next.addFirst(model);
    return next.subList(0, Math.min(next.size(), LINE_MAX));
  }

  private static Refusal refusal(ModelId model, String state, String remedy) {
    return new Refusal(new Problem.IllegalState(model.toString(), state, remedy));
  }
}
