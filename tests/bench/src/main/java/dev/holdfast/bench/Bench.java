package dev.holdfast.bench;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;

/**
 * The program {@code ops/bench}: one JSON object per figure on standard output, and nothing else.
 */
@CommandLine.Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measure one part beside its limit or its rival, in the same run.")
public final class Bench implements Callable<Integer> {
  private final Consumer<Figure> report;

  @CommandLine.Parameters(
      paramLabel = "NAME",
      description = "What to measure: ${COMPLETION-CANDIDATES}.")
  private Subject subject = Subject.appraise;

  @CommandLine.Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long to measure each figure, warm-up included: 1 to 600; default 10.")
  private int seconds = 10;

  @CommandLine.Option(
      names = "--rows",
      paramLabel = "N",
      split = ",",
      defaultValue = "100000,1000000",
      description = "Rows that models are trained on, for training only.")
  private List<Long> rows = List.of();

  @CommandLine.Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Boosting rounds, for training only: 1 to 1000; default 10. A server's models have 120.")
  private int rounds = 10;

  private Bench(Consumer<Figure> report) {
    this.report = report;
  }

  /** What can be measured. */
  enum Subject {
    /** Quotes verified. */
    appraise,
    /** Reservations made. */
    ledger,
    /** Forecasts made. */
    forecast,
    /** Calls answered. */
    session,
    /** Usage kept. */
    series,
    /** Models trained. */
    training
  }

  /** Runs one benchmark and ends the process with its code. */
  public static void main(String[] arguments) {
    PrintStream figures = System.out;
    // Whatever libraries print is no figure.
    System.setOut(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    var bench =
        new Bench(
            figure -> {
              figures.println(figure.json());
              figures.flush();
            });
    System.exit(new CommandLine(bench).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    if (seconds < 1 || seconds > 600) {
      System.err.println("bench: --seconds is 1 to 600");
      return 2;
    }
    if (rounds < 1 || rounds > 1000) {
      System.err.println("bench: --rounds is 1 to 1000");
      return 2;
    }
    Duration total = Duration.ofSeconds(seconds);
    Path scratch = Files.createTempDirectory("holdfast-bench");
    try {
      switch (subject) {
        case appraise -> new AppraiseBench(total, report).run();
        case ledger -> new LedgerBench(total, report, scratch).run();
        case forecast -> {
          new SeriesForecastBench(total, report).run();
          new ForecastBench(total, report).run();
        }
        case series -> new SeriesBench(total, report, scratch).run();
        case session -> new SessionBench(total, report, scratch).run();
        case training -> new TrainingBench(rows, rounds, report, scratch).run();
      }
      return 0;
    } finally {
      remove(scratch);
    }
  }

  private static void remove(Path folder) throws Exception {
    List<Path> all;
    try (var walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
