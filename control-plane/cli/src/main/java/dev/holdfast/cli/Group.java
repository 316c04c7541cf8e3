package dev.holdfast.cli;

import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A command that has only further commands. */
@Command
final class Group implements Runnable {
  private final CommandSpec spec;

  private Group(String name, String description) {
    spec = CommandSpec.wrapWithoutInspection(this).name(name);
    spec.usageMessage().description(description).synopsisSubcommandLabel("COMMAND");
  }

  static CommandLine of(String name, String description, Object... commands) {
    CommandLine line = new CommandLine(new Group(name, description).spec);
    for (Object command : commands) {
      line.addSubcommand(command);
    }
    return line;
  }

  /** A command that talks to PAM. */
  static Callable<Integer> run(Holdfast root, Consumer<Remote> work) {
    return () ->
        root.call(
            remote -> {
              work.accept(remote);
              return Exit.OK.code();
            });
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which command of \"" + spec.name() + "\".");
  }
}
