package dev.holdfast.conformance;

import dev.holdfast.cli.Console;
import dev.holdfast.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where an operator types commands at a site's server.
 *
 * @param directory where the commands are typed
 */
record Terminal(Site site, Path directory) {
  /** How a command ended, and what it said. */
  record Ended(int code, String out, String err) {}

  Ended holdfast(String... arguments) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server",
                "127.0.0.1:" + site.port(),
                "--credentials",
                site.credentials("operators/ada").toString()));
    all.addAll(List.of(arguments));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(out), new PrintWriter(err), site.clock(), Map.of(), directory);
    int code = Main.run(console, all.toArray(String[]::new));
    return new Ended(code, out.toString(), err.toString());
  }
}
