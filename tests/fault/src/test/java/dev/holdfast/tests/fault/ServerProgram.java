package dev.holdfast.tests.fault;

import dev.holdfast.server.ServerCommand;
import picocli.CommandLine;

/** The server as a process of its own, so that it can be killed. */
public final class ServerProgram {
  private ServerProgram() {}

  /** Runs it until it is killed. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ServerCommand()).execute(arguments));
  }
}
