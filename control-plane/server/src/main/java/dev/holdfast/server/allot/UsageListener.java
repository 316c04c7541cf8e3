package dev.holdfast.server.allot;

import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.reservation.Reservation;
import java.util.Optional;

/** Hears of every sample of an agent that is believed, once, in the order of its subject. */
public interface UsageListener {
  /** A sample has just come in, and is stored. */
  void observe(Reservation reservation, UsageSample sample);

  /**
   * A sample that was stored before is learnt from again, as this replica begins to lead.
   *
   * @param reservation the newest that is known of its profile
   */
  void learn(ProfileKey profile, Optional<Reservation> reservation, UsageSample sample);
}
