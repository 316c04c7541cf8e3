package dev.holdfast.cli;

import com.google.gson.JsonElement;
import com.google.protobuf.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root command: what every other command is given. */
@Command(
    name = "holdfast",
    version = "holdfast 0.1.0",
    description = "Attested capacity, reserved before it is needed.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  done",
      "  1  refused or failed",
      "  2  the command was not understood",
      "  3  PAM could not be reached, or did not answer in time",
      "  4  it could not be started: no JDK 25, no Maven, or the build failed (./holdfast)"
    })
final class Holdfast {
  private final Console console;

  @Option(
      names = "--server",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      description =
          "Where PAM listens; of several replicas, each, with commas between them. Default:"
              + " HOLDFAST_SERVER, else localhost:7443.")
  private String server = "";

  @Option(
      names = "--credentials",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      description =
          "Folder of ca.pem, cert.pem and key.pem. Default: HOLDFAST_CREDENTIALS, else"
              + " ~/.config/holdfast.")
  private String credentials = "";

  @Option(
      names = "--timeout",
      scope = ScopeType.INHERIT,
      paramLabel = "SPAN",
      description = "Deadline of every call: 500ms, 30s, 2m. Default: 30s.")
  private Duration timeout = Duration.ofSeconds(30);

  @Option(
      names = {"-o", "--output"},
      scope = ScopeType.INHERIT,
      paramLabel = "FORMAT",
      description = "How to write the answer: table, json or yaml. Default: table.")
  private OutputFormat format = OutputFormat.TABLE;

  Holdfast(Console console) {
    this.console = console;
  }

  Console console() {
    return console;
  }

  OutputFormat format() {
    return format;
  }

  Duration timeout() {
    return timeout;
  }

  Instant now() {
    return console.clock().instant();
  }

  /** The servers that calls go to. */
  String address() {
    return given(server, "HOLDFAST_SERVER", "localhost:7443");
  }

  /** Runs work on a connection of its own. */
  <T> T call(Function<Remote, T> work) {
    String folder = console.home().resolve(".config").resolve("holdfast").toString();
    Path path = Path.of(given(credentials, "HOLDFAST_CREDENTIALS", folder));
    try (Remote remote = Remote.open(address(), path, timeout)) {
      return work.apply(remote);
    }
  }

  /** Writes an answer as the caller wants it. */
  void print(Message answer, Supplier<String> table) {
    console.out().print(format.render(answer, table));
    console.out().flush();
  }

  /** Writes an answer that is no message of the API. */
  void print(JsonElement answer, Supplier<String> table) {
    console.out().print(format.render(answer, table));
    console.out().flush();
  }

  /** Writes one of many answers as the caller wants it. */
  void printEvent(Message answer, Supplier<String> table) {
    console.out().print(format.renderEvent(answer, table));
    console.out().flush();
  }

  /** Says something beside the answer. */
  void note(String line) {
    console.err().println("holdfast: " + line);
  }

  private String given(String option, String variable, String otherwise) {
    if (!option.isEmpty()) {
      return option;
    }
    String set = console.environment().getOrDefault(variable, "");
    return set.isEmpty() ? otherwise : set;
  }
}
