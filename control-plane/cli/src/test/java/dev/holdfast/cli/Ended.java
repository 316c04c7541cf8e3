package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * How a command ended.
 *
 * @param code its exit status
 * @param out what it printed
 * @param err what it complained of
 */
record Ended(int code, String out, String err) {
  /** Runs a command as a process would, without any variables set; it shows no stack trace. */
  static Ended of(InstantSource clock, Path home, List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(out), new PrintWriter(err), clock, Map.of(), home);
    int code = Main.run(console, arguments.toArray(String[]::new));
    assertFalse((out + "" + err).contains("\tat "), "a stack trace: " + err);
    return new Ended(code, out.toString(), err.toString());
  }
}
