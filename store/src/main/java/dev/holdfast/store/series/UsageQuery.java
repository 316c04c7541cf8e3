package dev.holdfast.store.series;

import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.TenantName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which usage to read; every part must hold.
 *
 * @param tenant whose
 * @param image what ran; empty for any
 * @param user whom it ran for; empty for anyone
 * @param subject what was metered, with all below it: a reservation with its grants; empty for all
 * @param inputs what production inputs must be, at most {@link #INPUTS_MAX}
 * @param from the earliest end, included
 * @param to the latest end, excluded
 * @param grain how fine
 */
public record UsageQuery(
    TenantName tenant,
    Optional<ImageName> image,
    Optional<String> user,
    Optional<String> subject,
    List<InputCondition> inputs,
    Instant from,
    Instant to,
    Grain grain) {
  /** The most conditions on inputs. */
  public static final int INPUTS_MAX = 8;

  /** Copies, and refuses too many conditions. */
  public UsageQuery {
    inputs = List.copyOf(inputs);
    if (inputs.size() > INPUTS_MAX) {
      throw new IllegalArgumentException("a query has at most 8 conditions on inputs");
    }
  }
}
