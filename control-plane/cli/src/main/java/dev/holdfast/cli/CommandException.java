package dev.holdfast.cli;

/** A command that cannot go on, in words for the person who typed it. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Exit exit;

  /** Ends the command with {@code exit} and a message that says what happened and what to do. */
  public CommandException(Exit exit, String message) {
    super(message);
    this.exit = exit;
  }

  /** How the process ends. */
  public Exit exit() {
    return exit;
  }

  /** The command, or what it was given, makes no sense. */
  public static CommandException usage(String message) {
    return new CommandException(Exit.USAGE, message);
  }
}
