package dev.holdfast.cli;

import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.usage.v1.InputFilter;
import dev.holdfast.proto.usage.v1.ListUsageSamplesRequest;
import dev.holdfast.proto.usage.v1.ListUsageSamplesResponse;
import dev.holdfast.proto.usage.v1.NumberRange;
import dev.holdfast.proto.usage.v1.UsageSample;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.MappingReader;
import dev.holdfast.server.config.UsageMapping;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands on usage. */
final class UsageCommands {
  private static final int ROWS_MAX = 100_000;
  private static final int PAGE_MAX = 5000;
  private static final Pattern RANGE = Pattern.compile("(.+)\\.\\.(.+)");

  private UsageCommands() {}

  static CommandLine of(Holdfast root) {
    return Group.of(
        "usage",
        "Shows what was really used, and imports what other systems recorded.",
        new ListUsage(root),
        new ImportPrometheus(root));
  }

  @Command(
      name = "list",
      description = {
        "Lists usage in order of time: sample by sample, or folded into buckets.",
        "All that is given must hold."
      })
  private static final class ListUsage implements Callable<Integer> {
    private final Holdfast root;

    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Whose.")
    private String tenant = "";

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        description = "A reservation, grant or resource profile, by its full name. Default: all.")
    private String subject = "";

    @Option(names = "--image", paramLabel = "DIGEST", description = "What ran. Default: anything.")
    private String image = "";

    @Option(names = "--user", paramLabel = "USER", description = "Whom for. Default: anyone.")
    private String user = "";

    @Option(
        names = "--input",
        paramLabel = "KEY=VALUE",
        description =
            "What a production input must be: a number, a range MIN..MAX, true, false, or a text;"
                + " may be given several times.")
    private Map<String, String> inputs = new LinkedHashMap<>();

    @Option(
        names = "--step",
        paramLabel = "SPAN",
        description = "1s, 10s, 1m, 5m or 1h. Default: sample by sample.")
    private Duration step = Duration.ZERO;

    @Option(
        names = "--from",
        paramLabel = "TIME",
        description = "Such as 2026-01-31T00:00:00Z. Default: --last before --to.")
    private String from = "";

    @Option(names = "--to", paramLabel = "TIME", description = "Default: now.")
    private String to = "";

    @Option(names = "--last", paramLabel = "SPAN", description = "Default: 1h.")
    private Duration last = Duration.ofHours(1);

    @Option(names = "--limit", paramLabel = "N", description = "1 to 100000. Default: 1000.")
    private int limit = 1000;

    ListUsage(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      if (limit < 1 || limit > ROWS_MAX) {
        throw CommandException.usage("--limit is 1 to " + ROWS_MAX + ".");
      }
      Instant end = to.isEmpty() ? root.now() : time(to);
      Instant start = from.isEmpty() ? end.minus(last) : time(from);
      ListUsageSamplesRequest.Builder request =
          ListUsageSamplesRequest.newBuilder()
              .setParent(Names.TENANT.full(tenant))
              .setSubject(subject)
              .setImage(image.isEmpty() ? "" : Names.IMAGE.full(image))
              .setUser(user);
      request.getIntervalBuilder().setStartTime(Spans.onWire(start)).setEndTime(Spans.onWire(end));
      if (step.isPositive()) {
        request.setStep(Spans.onWire(step));
      }
      inputs.forEach((key, value) -> request.addInputFilters(filter(key, value)));
      return Group.run(root, remote -> list(remote, request)).call();
    }

    private void list(Remote remote, ListUsageSamplesRequest.Builder request) {
      ListUsageSamplesResponse.Builder all = ListUsageSamplesResponse.newBuilder();
      boolean more = true;
      while (more && all.getSamplesCount() < limit) {
        ListUsageSamplesResponse page =
            remote
                .usage()
                .listUsageSamples(
                    request.setPageSize(Math.min(PAGE_MAX, limit - all.getSamplesCount())).build());
        all.addAllSamples(page.getSamplesList());
        request.setPageToken(page.getNextPageToken());
        more = !page.getNextPageToken().isEmpty();
      }
      ListUsageSamplesResponse answer = all.build();
      root.print(answer, () -> table(answer.getSamplesList()));
      if (more) {
        root.note("there is more: raise --limit, or ask for less.");
      }
    }
  }

  private static InputFilter filter(String key, String text) {
    InputFilter.Builder filter = InputFilter.newBuilder().setKey(key);
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      InputValue min = WorkloadOptions.input(range.group(1));
      InputValue max = WorkloadOptions.input(range.group(2));
      if (min.hasNumber() && max.hasNumber()) {
        return filter.setRange(range(min.getNumber(), max.getNumber())).build();
      }
    }
    InputValue value = WorkloadOptions.input(text);
    return switch (value.getValueCase()) {
      case NUMBER -> filter.setRange(range(value.getNumber(), value.getNumber())).build();
      case FLAG -> filter.setFlag(value.getFlag()).build();
      case TEXT, VALUE_NOT_SET -> filter.setText(value.getText()).build();
    };
  }

  private static NumberRange range(double min, double max) {
    return NumberRange.newBuilder().setMin(min).setMax(max).build();
  }

  private static String table(List<UsageSample> samples) {
    Table table = new Table("END", "PERIOD", "SAMPLES", "USED", "INPUTS", "SUBJECT");
    for (UsageSample sample : samples) {
      table.row(
          Instant.ofEpochSecond(sample.getEndTime().getSeconds(), sample.getEndTime().getNanos())
              .toString(),
          Spans.print(
              Duration.ofSeconds(sample.getPeriod().getSeconds(), sample.getPeriod().getNanos())),
          Long.toString(sample.getSampleCount()),
          AmountOptions.print(sample.getUsage()),
          Text.orDash(ReservationViews.inputs(sample.getInputsMap())),
          Text.orDash(sample.getSubject()));
    }
    return table.toString();
  }

  @Command(
      name = "import-prometheus",
      description = {
        "Imports history by range queries, so that forecasts rest on it from the first day.",
        "Goes on where it was interrupted; importing again changes nothing."
      })
  private static final class ImportPrometheus implements Callable<Integer> {
    private final Holdfast root;

    @Option(
        names = "--mapping",
        required = true,
        paramLabel = "FILE",
        description = "YAML: which expressions are which resource, and whose.")
    private Path mapping = Path.of("mapping.yaml");

    @Option(names = "--from", required = true, paramLabel = "TIME", description = "Where to begin.")
    private String from = "";

    @Option(names = "--to", paramLabel = "TIME", description = "Where to end. Default: now.")
    private String to = "";

    ImportPrometheus(Holdfast root) {
      this.root = root;
    }

    @Override
    public Integer call() throws Exception {
      UsageMapping map = read(mapping);
      Instant start = time(from);
      Instant end = to.isEmpty() ? root.now() : time(to);
      if (!end.isAfter(start)) {
        throw CommandException.usage("--to is after --from.");
      }
      return root.call(
          remote -> {
            try (var source = new PrometheusClient(map.source(), map.tokenFile(), root.timeout())) {
              PrometheusImport.Done done =
                  new PrometheusImport(map, source, remote.usage()::importUsageHistory, root::note)
                      .run(start, end);
              done.whyLeftOut()
                  .ifPresent(
                      why ->
                          root.note(
                              done.leftOut() + " left out; the first: " + Text.clean(why) + "."));
              root.console()
                  .out()
                  .printf(
                      "%d samples imported, %d of them new, as usage import %s.%n",
                      done.sent(), done.news(), map.id());
              root.console().out().flush();
              return Exit.OK.code();
            }
          });
    }

    private static UsageMapping read(Path file) {
      try {
        return MappingReader.read(file);
      } catch (ConfigException wrong) {
        throw CommandException.usage(Text.clean(String.join("\n", wrong.complaints())));
      } catch (IOException e) {
        throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e));
      }
    }
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException otherForm) {
      throw CommandException.usage(
          "\"" + Text.clean(text) + "\" is no time. Write it so: 2026-01-31T00:00:00Z.");
    }
  }
}
