package dev.holdfast.quickstart;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.holdfast.peers.Etcd;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast demo}: the main job, on real input, told step by step. */
@Command(
    name = "holdfast demo",
    mixinStandardHelpOptions = true,
    description = "Show the whole loop on this machine, with software TPMs.")
public final class DemoCommand implements Callable<Integer> {
  private static final Duration TIME_DEFAULT = Duration.ofMinutes(3);

  @Option(names = "--json", description = "Print one JSON object at the end instead of the story.")
  private boolean json;

  @Option(names = "--stay", description = "Keep everything running until interrupted.")
  private boolean stay;

  @Option(
      names = "--for",
      paramLabel = "SPAN",
      converter = Span.class,
      description = "How long it may take, such as 60s. Default: 3m.")
  private Duration most = TIME_DEFAULT;

  @Option(
      names = "--store",
      paramLabel = "KIND",
      description = "Where the ledger is kept: embedded or etcd. Default: embedded.")
  private Kind store = Kind.embedded;

  /** The stores to tell the story over. */
  enum Kind {
    /** One file. */
    embedded,
    /** A local etcd. */
    etcd
  }

  /** Reads spans such as 60s. */
  static final class Span implements CommandLine.ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return Duration.parse("PT" + text.toUpperCase(java.util.Locale.ROOT));
      } catch (java.time.format.DateTimeParseException notASpan) {
        throw new CommandLine.TypeConversionException(
            "\"" + text + "\" is no span such as 60s or 3m");
      }
    }
  }

  /** Runs the demo and ends the process: 0 if every step was shown. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new DemoCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (store == Kind.etcd && !Etcd.installed()) {
      System.err.println("etcd is not installed: run apt-get install etcd-server");
      return 3;
    }
    long began = System.nanoTime();
    PrintWriter console = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter out = json ? new PrintWriter(Writer.nullWriter()) : console;
    Figures figures = new Figures();
    Path root = Path.of(System.getProperty("holdfast.root", "."));
    try (Site site = new Site(root, store == Kind.etcd, figures)) {
      // An interrupted demo leaves nothing behind either.
      Runtime.getRuntime().addShutdownHook(new Thread(site::close, "holdfast-demo-end"));
      long setUp = (System.nanoTime() - began) / 1_000_000;
      Story story =
          new Story(site, root.resolve("ops/quickstart/target/lib"), out, began + most.toNanos());
      story.tell(setUp);
      Map<String, Object> numbers = story.numbers();
      if (story.ok()) {
        told(root.resolve("ops/quickstart/target"));
      }
      numbers.put("totalMillis", (System.nanoTime() - began) / 1_000_000);
      if (json) {
        console.println(report(story.ok(), story.steps(), numbers));
      } else {
        out.printf(
            "%s in %.1f s%n",
            story.ok() ? "Everything was shown" : "NOT everything was shown",
            (System.nanoTime() - began) / 1e9);
      }
      if (stay) {
        out.printf(
            "It keeps running: ./holdfast --server 127.0.0.1:%d --credentials %s list"
                + " reservations%n",
            site.port(), site.operatorCredentials());
        awaitInterrupt();
      }
      return story.ok() ? 0 : 1;
    }
  }

  /** Notes that what the programs have loaded by now is what a story takes: see {@code Program}. */
  private static void told(Path target) throws IOException {
    if (Files.isWritable(target)) {
      Files.write(target.resolve("told"), new byte[0]);
    }
  }

  private static void awaitInterrupt() throws InterruptedException {
    CountDownLatch interrupted = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(interrupted::countDown));
    interrupted.await();
  }

  private static String report(boolean ok, List<Step> steps, Map<String, Object> numbers) {
    Gson gson = new GsonBuilder().create();
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("ok", ok);
    report.put(
        "steps",
        steps.stream()
            .map(
                step -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("name", step.name());
                  one.put("ok", step.ok());
                  one.put("millis", step.millis());
                  one.put("detail", step.detail());
                  return one;
                })
            .toList());
    report.put("figures", numbers);
    return gson.toJson(report);
  }
}
