package dev.holdfast.pam.model;

/** Carries a {@link Problem} to the boundary that answers with it. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  /** A refusal for this problem. */
  public Refusal(Problem problem) {
    // No stack trace: a refusal is an answer to a caller, not a bug, and attackers can ask for many.
    super(problem.message(), null, false, false);
    this.problem = problem;
  }

  /** Why it was refused. */
  public Problem problem() {
    return problem;
  }
}
