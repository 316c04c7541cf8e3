package dev.holdfast.pam.model;

import dev.holdfast.attestation.PathwayName;
import java.util.Map;

/** Why a hold, or what draws on it, stays as it is. */
public sealed interface HoldProblem extends Problem {
  /** The live grants of a reservation leave not enough of its hold. */
  record HoldExceeded(ReservationName reservation, Resource resource, long asked, long free)
      implements HoldProblem {
    @Override
    public Kind kind() {
      return Kind.RESOURCE_EXHAUSTED;
    }

    @Override
    public String reason() {
      return "CAPACITY";
    }

    @Override
    public String message() {
      return "reservation \"" + reservation + "\" has " + free + " " + resource
          + " that no live grant takes, and " + asked
          + " was asked for. Ask for less, or wait until a grant ends.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of(
          "subject", reservation.toString(), "resource", resource.name(),
          "asked", Long.toString(asked), "free", Long.toString(free));
    }
  }

  /** A change is too large for what the pathway was last attested for. */
  record ReattestRequired(ReservationName reservation, PathwayName pathway) implements HoldProblem {
    @Override
    public Kind kind() {
      return Kind.FAILED_PRECONDITION;
    }

    @Override
    public String reason() {
      return "REATTEST_REQUIRED";
    }

    @Override
    public String message() {
      return "the change of reservation \"" + reservation + "\" is too large for what pathway \""
          + pathway + "\" was last attested for. Attest the pathway, then repeat.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of("subject", reservation.toString(), "pathway", pathway.toString());
    }
  }

  /** What was said belongs to an old generation. */
  record Generation(String subject, long found, long current) implements HoldProblem {
    @Override
    public Kind kind() {
      return Kind.ABORTED;
    }

    @Override
    public String reason() {
      return "GENERATION";
    }

    @Override
    public String message() {
      return "\"" + subject + "\" is at generation " + current + ", and generation " + found
          + " was answered. Nothing was changed: take the current one.";
    }

    @Override
    public Map<String, String> facts() {
      return Facts.of(
          "subject", subject, "found", Long.toString(found), "current", Long.toString(current));
    }
  }
}
