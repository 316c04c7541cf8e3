package dev.holdfast.pam.registry;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Interval;
import dev.holdfast.pam.model.Resource;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a model comes from, and how it did.
 *
 * @param id its id
 * @param kind how it learns
 * @param digest SHA-256 of its bytes
 * @param sizeBytes how many those are, at least 1
 * @param span the time of the usage that it was trained on; empty where that was done elsewhere
 * @param samples how many samples it was trained on; 0 where that was done elsewhere
 * @param seed what its chance came from
 * @param featuresVersion what the columns mean that it looks at
 * @param parameters how it was trained, at most {@link #PARAMETERS_MAX}, by name
 * @param figures how it did on held-out samples, for each resource that it forecasts
 * @param championFigures how the champions did on the same samples; empty where there was none
 * @param trainedAt when it was trained
 */
public record ModelCard(
    ModelId id,
    ModelKind kind,
    Bytes digest,
    long sizeBytes,
    Optional<Interval> span,
    long samples,
    long seed,
    int featuresVersion,
    SortedMap<String, String> parameters,
    Map<Resource, Evaluation> figures,
    Map<Resource, Evaluation> championFigures,
    Instant trainedAt) {
  /** The most parameters, and the most characters of a name or a value. */
  public static final int PARAMETERS_MAX = 64;

  private static final int DIGEST_BYTES = 32;

  /** Copies, and refuses what contradicts itself. */
  public ModelCard {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    figures = copy(figures);
    championFigures = copy(championFigures);
    if (digest.length() != DIGEST_BYTES || sizeBytes < 1 || samples < 0) {
      throw new IllegalArgumentException("a card tells 32 bytes of digest and what it is of");
    }
    if (!id.id().equals(kind.prefix() + "-" + digest.hex().substring(0, 16))) {
      throw new IllegalArgumentException(id + " is not the id of its digest");
    }
    if (parameters.size() > PARAMETERS_MAX
        || parameters.entrySet().stream()
            .anyMatch(
                entry ->
                    entry.getKey().length() > PARAMETERS_MAX
                        || entry.getValue().length() > PARAMETERS_MAX)) {
      throw new IllegalArgumentException("at most 64 parameters of at most 64 characters");
    }
  }

  /** Whether it is better in a resource than the champion was on the same samples. */
  public boolean better(Resource resource) {
    Evaluation own = figures.get(resource);
    Evaluation champion = championFigures.get(resource);
    if (own == null) {
      return false;
    }
    return champion == null ? own.betterThanRepeating() : own.betterThan(champion);
  }

  private static Map<Resource, Evaluation> copy(Map<Resource, Evaluation> figures) {
    EnumMap<Resource, Evaluation> copy = new EnumMap<>(Resource.class);
    copy.putAll(figures);
    return Collections.unmodifiableMap(copy);
  }
}
