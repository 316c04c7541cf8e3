package dev.holdfast.attestation;

/** The outcome of an appraisal, after AR4SI, best first. */
public enum Verdict {
  /** Trustworthy under the policy. */
  AFFIRMING(1),
  /** Trustworthy, with what the findings say. */
  WARNING(2),
  /** Not trustworthy. */
  CONTRAINDICATED(3);

  private final int number;

  Verdict(int number) {
    this.number = number;
  }

  /** The number on the wire and in digests, 1 to 3. */
  public int number() {
    return number;
  }

  /** The worse of the two. */
  public Verdict worse(Verdict other) {
    return compareTo(other) >= 0 ? this : other;
  }

  /** Whether it is no better than needed to be at most {@code limit}. */
  public boolean atWorst(Verdict limit) {
    return compareTo(limit) <= 0;
  }

  /** The number as the one byte that digests cover. */
  Bytes asByte() {
    return Bytes.of((byte) number);
  }
}
