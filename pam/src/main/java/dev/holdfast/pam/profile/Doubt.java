package dev.holdfast.pam.profile;

/**
 * Why a sample of usage is not believed.
 *
 * @param kind what is wrong with it
 * @param words what was found, with amounts and their limits
 */
public record Doubt(Kind kind, String words) {
  /** What is wrong with a sample. */
  public enum Kind {
    /** It used more than the nodes of its pathway have. */
    CAPACITY,
    /** Its hardware counters do not go with its CPU time, or with each other. */
    COUNTERS,
    /** Its period, time or sequence contradicts that of another sample, or of its reservation. */
    TIMES,
    /** The machine that it ran on metered far less at that time. */
    WITNESS,
    /** It is far beyond its band and beyond its limits, and nobody but its agent says so. */
    JUMP
  }
}
