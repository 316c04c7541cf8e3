package dev.holdfast.attestation.eventlog;

import java.util.Optional;

/**
 * One thing that a specification asks of event logs beside leading to their registers.
 *
 * <p>Each has a word, so that a policy can name the one that it waives for a fleet whose firmware
 * was measured to break it.
 */
public enum Demand {
  /** The data of an event hashes to its digest, where the type promises so. */
  DATA_HASHED("data-hashed"),
  /** The type of an event in a judged register is in the registry. */
  TYPE_KNOWN("type-known"),
  /** An EV_SEPARATOR holds four bytes of 0x00, or of 0xff. */
  SEPARATOR_CONTENT("separator-content"),
  /** Each judged PCR 0 to 7 with events has an EV_SEPARATOR: its stage ended. */
  SEPARATOR_PRESENT("separator-present"),
  /** No PCR 0 to 7, and no run-time register, has a second EV_SEPARATOR: a stage ends once. */
  SEPARATOR_ONCE("separator-once"),
  /** An EV_NO_ACTION is of a kind that the specification knows. */
  NO_ACTION_KNOWN("no-action-known"),
  /** Nothing follows the last event; waived, 0x00 or 0xff may follow up to the end. */
  NO_PADDING("no-padding");

  private final String word;

  Demand(String word) {
    this.word = word;
  }

  /** The name in policies. */
  public String word() {
    return word;
  }

  /** The one with a name. */
  public static Optional<Demand> of(String word) {
    for (Demand demand : values()) {
      if (demand.word.equals(word)) {
        return Optional.of(demand);
      }
    }
    return Optional.empty();
  }
}
