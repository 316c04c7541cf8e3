package dev.holdfast.cli;

import dev.holdfast.server.ServerCommand;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code holdfast}: puts the commands together and says how they ended. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its code. */
  public static void main(String[] arguments) {
    System.exit(run(Console.ofProcess(), arguments));
  }

  /** Runs one command and returns the code that the process would end with. */
  public static int run(Console console, String... arguments) {
    int code = commandLine(console).execute(arguments);
    console.out().flush();
    console.err().flush();
    return code;
  }

  /** All commands over one console. */
  public static CommandLine commandLine(Console console) {
    Holdfast root = new Holdfast(console);
    CommandLine line = new CommandLine(root);
    // Programs of their own, which the launcher starts in processes of their own.
    program(line, "demo", "Shows the whole loop on this machine, with software TPMs.");
    line.addSubcommand("server", new ServerCommand());
    program(line, "agent", "Runs the agent inside an enclave.");
    program(
        line, "controller", "Runs the controller of a hypervisor, switch or storage controller.");
    line.addSubcommand(new ReserveCommand(root));
    line.addSubcommand(new GetCommand(root));
    line.addSubcommand(new ListCommand(root));
    line.addSubcommand(new WatchCommand(root));
    line.addSubcommand(new ReleaseCommand(root));
    line.addSubcommand(new ExplainCommand(root));
    line.addSubcommand(NodeCommands.of(root));
    line.addSubcommand(PathwayCommands.of(root));
    line.addSubcommand(ChainCommands.of(root));
    line.addSubcommand(new AppraiseCommand(root));
    line.addSubcommand(new WhatIfCommand(root));
    line.addSubcommand(CollateralCommands.of(root));
    line.addSubcommand(UsageCommands.of(root));
    line.addSubcommand(SignalsCommands.of(root));
    line.addSubcommand(ProfileCommands.of(root));
    line.addSubcommand(ForecastCommands.of(root));
    line.addSubcommand(ModelCommands.of(root));
    line.addSubcommand(new ConformanceCommand(root));
    line.addSubcommand(StoreCommands.of(root));
    line.addSubcommand(new CompletionCommand(root, line));
    help(line);
    line.registerConverter(Duration.class, text -> guarded(() -> Spans.parse(text)));
    line.setOut(console.out());
    line.setErr(console.err());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setAbbreviatedOptionsAllowed(false);
    line.setUsageHelpAutoWidth(false);
    line.setExecutionStrategy(new CommandLine.RunLast());
    line.setParameterExceptionHandler((failure, given) -> misunderstood(console, failure));
    line.setExecutionExceptionHandler((failure, at, parsed) -> failed(console, root, failure));
    return line;
  }

  private static void program(CommandLine line, String name, String description) {
    CommandLine program = new CommandLine(new ProgramCommand(name));
    program.getCommandSpec().usageMessage().description(description);
    program.setUnmatchedArgumentsAllowed(true);
    line.addSubcommand(name, program);
  }

  /** Gives every command --help, and the root --version. */
  private static void help(CommandLine line) {
    line.getSubcommands().values().forEach(Main::help);
    if (!(line.getCommand() instanceof ProgramCommand)) {
      line.getCommandSpec().mixinStandardHelpOptions(true);
    }
    CommandSpec spec = line.getCommandSpec();
    spec.usageMessage().sortOptions(false);
    spec.usageMessage().width(100);
    if (line.getCommand() instanceof Runnable || !line.getSubcommands().isEmpty()) {
      spec.usageMessage().abbreviateSynopsis(true);
    }
  }

  private static int misunderstood(Console console, ParameterException failure) {
    CommandLine at = failure.getCommandLine();
    console.err().println("holdfast: " + Text.clean(String.valueOf(failure.getMessage())));
    UnmatchedArgumentException.printSuggestions(failure, console.err());
    console.err().println("Try \"" + at.getCommandSpec().qualifiedName() + " --help\".");
    console.err().flush();
    return Exit.USAGE.code();
  }

  private static int failed(Console console, Holdfast root, Exception failure) {
    Exit exit;
    if (failure instanceof CommandException command) {
      exit = command.exit();
      console.err().println("holdfast: " + command.getMessage());
    } else if (failure instanceof StatusRuntimeException || failure instanceof StatusException) {
      Refusal refusal = Refusal.of(failure);
      exit = refusal.exit();
      console.err().print(refusal.print(root.address(), root.timeout()));
    } else {
      exit = Exit.REFUSED;
      console
          .err()
          .println("holdfast: this is a fault of the command line, please report it: " + failure);
    }
    console.err().flush();
    return exit.code();
  }

  private static <T> T guarded(java.util.function.Supplier<T> parse) {
    try {
      return parse.get();
    } catch (CommandException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** A program of its own that the launcher starts; listed here so that the help is whole. */
  @Command(helpCommand = true)
  private record ProgramCommand(String name) implements java.util.concurrent.Callable<Integer> {
    @Override
    public Integer call() {
      throw CommandException.usage(
          "\"" + name + "\" is a program of its own. Start it by the launcher: ./holdfast " + name);
    }
  }

  /** Writes the completion script of bash. */
  @Command(
      name = "completion",
      description = {
        "Writes a completion script for bash.",
        "Load it with: source <(holdfast completion)"
      })
  private record CompletionCommand(Holdfast root, CommandLine line) implements Runnable {
    @Override
    public void run() {
      root.console().out().print(AutoComplete.bash("holdfast", line));
      root.console().out().flush();
    }
  }
}
