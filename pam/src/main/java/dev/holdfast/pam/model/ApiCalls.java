package dev.holdfast.pam.model;

/**
 * How often one method was called over a period.
 *
 * @param ended calls that ended, at least 0
 * @param failed those of them that failed, 0 to {@code ended}
 */
public record ApiCalls(long ended, long failed) {
  /** Refuses counts that cannot be. */
  public ApiCalls {
    if (failed < 0 || failed > ended) {
      throw new Refusal(
          new Problem.Amount("api_calls.error_count", "0 to call_count", Long.toString(failed)));
    }
  }
}
