package dev.holdfast.attestation.conformance;

import java.util.Arrays;
import java.util.Optional;

/** What a case asks to be done with its inputs. */
public enum Operation {
  /** The full judgement of evidence with what was given. */
  APPRAISE("appraise"),
  /** A log against the values of registers. */
  REPLAY("replay"),
  /** Well-formed and within its schema; no signature is judged. */
  PARSE("parse"),
  /** A path of certificates to a given anchor at the time. */
  PATH("path"),
  /** A signed attestation result. */
  VERIFY_RESULT("verify-result"),
  /** A computation that must give the expected bytes. */
  KNOWN_ANSWER("known-answer");

  private final String word;

  Operation(String word) {
    this.word = word;
  }

  /** As cases write it. */
  public String word() {
    return word;
  }

  /** The one written so. */
  public static Optional<Operation> of(String word) {
    return Arrays.stream(values()).filter(operation -> operation.word.equals(word)).findFirst();
  }
}
