package dev.holdfast.cli;

import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryRequest;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryResponse;
import dev.holdfast.proto.usage.v1.UsageHistory;
import dev.holdfast.proto.usage.v1.UsageSample;
import dev.holdfast.server.config.UsageMapping;
import dev.holdfast.server.wire.ResourceWire;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One import of history: window after window is asked of Prometheus, joined by its labels, and sent
 * to PAM, which is told how far all of it has come. It goes on there when it is started again.
 */
final class PrometheusImport {
  private static final int WINDOW_STEPS = 240;
  private static final int BATCH = 1000;
  private static final Pattern DIGEST = Pattern.compile("(?:.*sha256:|images/)?([0-9a-f]{64})");

  private final UsageMapping mapping;
  private final PrometheusClient source;
  private final Target target;
  private final Consumer<String> progress;
  private final SortedSet<String> labels;
  private long sent;
  private long news;
  private long leftOut;
  private Optional<String> whyLeftOut = Optional.empty();

  /** Where history goes. */
  @FunctionalInterface
  interface Target {
    /** Sends part of it. */
    ImportUsageHistoryResponse send(ImportUsageHistoryRequest request);
  }

  PrometheusImport(
      UsageMapping mapping, PrometheusClient source, Target target, Consumer<String> progress) {
    this.mapping = mapping;
    this.source = source;
    this.target = target;
    this.progress = progress;
    this.labels = mapping.labels();
  }

  /**
   * What was done.
   *
   * @param sent samples
   * @param news those that PAM had not yet
   * @param leftOut values and series that are no usage
   * @param whyLeftOut of the first of them
   */
  record Done(long sent, long news, long leftOut, Optional<String> whyLeftOut) {}

  /** Imports samples that end after {@code from}, until {@code to}. */
  Done run(Instant from, Instant to) {
    Duration step = mapping.step();
    ImportUsageHistoryRequest none =
        ImportUsageHistoryRequest.newBuilder().setUsageImportId(mapping.id()).build();
    ImportUsageHistoryResponse before = target.send(none);
    Instant start = aligned(from);
    if (before.hasThroughTime()) {
      Instant through = Instant.ofEpochSecond(before.getThroughTime().getSeconds());
      if (through.isAfter(start)) {
        progress.accept("goes on after " + through);
        start = through;
      }
    }
    int steps = WINDOW_STEPS;
    while (!start.plus(step).isAfter(to)) {
      long left = Duration.between(start, to).dividedBy(step);
      Instant end = start.plus(step.multipliedBy(Math.min(left, steps)));
      try {
        send(window(start.plus(step), end));
      } catch (PrometheusClient.TooLong tooLong) {
        if (steps == 1) {
          throw new CommandException(
              Exit.REFUSED, "Even one step is more than 16 MiB: aggregate the expressions.");
        }
        steps = Math.max(1, steps / 4);
        continue;
      }
      target.send(none.toBuilder().setThroughTime(Spans.onWire(end)).build());
      progress.accept(end + "  " + sent + " samples, " + news + " of them new");
      start = end;
    }
    return new Done(sent, news, leftOut, whyLeftOut);
  }

  /** The same ends, whenever it is asked: whole multiples of the step. */
  private Instant aligned(Instant from) {
    long step = mapping.step().toSeconds();
    return Instant.ofEpochSecond(Math.floorDiv(from.getEpochSecond(), step) * step);
  }

  /** What was used by one workload under one set of labels, by time. */
  private static final class Column {
    private final SortedMap<Long, ResourceVector> usage = new TreeMap<>();
    private final Map<Long, Map<String, Double>> inputs = new HashMap<>();
  }

  private Map<SortedMap<String, String>, Column> window(Instant first, Instant last)
      throws PrometheusClient.TooLong {
    Map<SortedMap<String, String>, Column> columns = new HashMap<>();
    for (Map.Entry<Resource, String> query : mapping.resources().entrySet()) {
      Resource resource = query.getKey();
      each(
          resource.name(),
          source.range(query.getValue(), first, last, mapping.step()),
          (key, series) -> {
            Column column = columns.computeIfAbsent(key, _ -> new Column());
            series.points().forEach((time, value) -> use(column, time, resource, value));
          });
    }
    for (Map.Entry<String, UsageMapping.Part> input : mapping.inputs().entrySet()) {
      if (input.getValue() instanceof UsageMapping.Part.Query(String expression)) {
        each(
            input.getKey(),
            source.range(expression, first, last, mapping.step()),
            (key, series) -> {
              Column column = columns.get(key);
              if (column != null) {
                series
                    .points()
                    .forEach(
                        (time, value) ->
                            column
                                .inputs
                                .computeIfAbsent(time, _ -> new TreeMap<>())
                                .put(input.getKey(), value));
              }
            });
      }
    }
    return columns;
  }

  private void use(Column column, long time, Resource resource, double value) {
    if (value < 0 || value > ResourceVector.AMOUNT_MAX) {
      leaveOut("a value of " + resource + " is below zero or above 2^50");
      return;
    }
    ResourceVector used = column.usage.getOrDefault(time, ResourceVector.ZERO);
    column.usage.put(time, used.with(resource, Math.round(value)));
  }

  /** What is done with one series of an answer. */
  @FunctionalInterface
  private interface OfSeries {
    void take(SortedMap<String, String> key, PrometheusAnswer.Series series);
  }

  private void each(String what, PrometheusAnswer answer, OfSeries work) {
    Map<SortedMap<String, String>, Boolean> seen = new HashMap<>();
    for (PrometheusAnswer.Series series : answer.series()) {
      SortedMap<String, String> key = new TreeMap<>(series.labels());
      key.keySet().retainAll(labels);
      if (seen.put(key, true) != null) {
        throw new CommandException(
            Exit.REFUSED,
            "The expression for "
                + what
                + " gives several series with the same "
                + String.join(", ", labels)
                + ": aggregate it by these labels, or name more of them under \"by\".");
      }
      work.take(key, series);
    }
  }

  private void send(Map<SortedMap<String, String>, Column> columns) {
    List<UsageHistory> batch = new ArrayList<>();
    int size = 0;
    for (Map.Entry<SortedMap<String, String>, Column> column : columns.entrySet()) {
      Optional<UsageHistory> whose = whose(column.getKey());
      if (whose.isEmpty()) {
        continue;
      }
      List<UsageSample> samples = samples(column.getKey(), column.getValue());
      int at = 0;
      while (at < samples.size()) {
        int end = Math.min(samples.size(), at + BATCH - size);
        batch.add(whose.get().toBuilder().addAllSamples(samples.subList(at, end)).build());
        size += end - at;
        at = end;
        if (size == BATCH) {
          flush(batch);
          size = 0;
        }
      }
    }
    flush(batch);
  }

  private void flush(List<UsageHistory> batch) {
    if (!batch.isEmpty()) {
      ImportUsageHistoryResponse answer =
          target.send(
              ImportUsageHistoryRequest.newBuilder()
                  .setUsageImportId(mapping.id())
                  .addAllHistories(batch)
                  .build());
      news += answer.getNewSampleCount();
      sent += batch.stream().mapToLong(UsageHistory::getSamplesCount).sum();
      batch.clear();
    }
  }

  /** The workload that labels speak of; empty, and noted, if they speak of none. */
  private Optional<UsageHistory> whose(SortedMap<String, String> key) {
    String tenant = text(mapping.tenant(), key);
    String word = text(mapping.image(), key);
    Matcher image = DIGEST.matcher(mapping.digests().getOrDefault(word, word));
    String user = mapping.user().map(part -> text(part, key)).orElse("");
    if (!tenant.matches("[a-z][a-z0-9-]{0,62}")) {
      leaveOut("\"" + tenant + "\" is no tenant");
      return Optional.empty();
    }
    if (!image.matches()) {
      leaveOut("\"" + word + "\" is no digest of an image, and not under image.digests");
      return Optional.empty();
    }
    if (!user.matches("[\\x20-\\x2e\\x30-\\x7e]{0,128}")) {
      leaveOut("\"" + user + "\" is no user");
      return Optional.empty();
    }
    return Optional.of(
        UsageHistory.newBuilder()
            .setParent("tenants/" + tenant)
            .setWorkload(Workload.newBuilder().setImage("images/" + image.group(1)).setUser(user))
            .setSeriesId(Sha256.of(key.toString()).hex().substring(0, 32))
            .build());
  }

  private static String text(UsageMapping.Part part, SortedMap<String, String> key) {
    return switch (part) {
      case UsageMapping.Part.Value(String value) -> value;
      case UsageMapping.Part.Label(String label) -> key.getOrDefault(label, "");
      case UsageMapping.Part.Query _ -> "";
    };
  }

  private List<UsageSample> samples(SortedMap<String, String> key, Column column) {
    Map<String, InputValue> fixed = new TreeMap<>();
    mapping
        .inputs()
        .forEach(
            (name, part) -> {
              String text = text(part, key);
              if (!text.isEmpty()) {
                fixed.put(name, InputValue.newBuilder().setText(text).build());
              }
            });
    List<UsageSample> samples = new ArrayList<>();
    column.usage.forEach(
        (time, usage) -> {
          UsageSample.Builder sample =
              UsageSample.newBuilder()
                  .setEndTime(Spans.onWire(Instant.ofEpochMilli(time)))
                  .setPeriod(Spans.onWire(mapping.step()))
                  .setUsage(ResourceWire.write(usage))
                  .putAllInputs(fixed);
          column
              .inputs
              .getOrDefault(time, Map.of())
              .forEach(
                  (name, value) ->
                      sample.putInputs(name, InputValue.newBuilder().setNumber(value).build()));
          samples.add(sample.build());
        });
    return samples;
  }

  private void leaveOut(String why) {
    leftOut++;
    whyLeftOut = whyLeftOut.or(() -> Optional.of(why));
  }
}
