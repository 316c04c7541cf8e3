package dev.holdfast.cli;

/** How every command ends, as the process tells its caller. */
public enum Exit {
  /** It was done, or it is so. */
  OK(0),
  /** It was refused, or it failed. */
  REFUSED(1),
  /** The command was not understood. */
  USAGE(2),
  /** PAM could not be reached, or did not answer in time. */
  UNREACHABLE(3);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  /** The code of the process, 0 to 3. */
  public int code() {
    return code;
  }
}
