package dev.holdfast.server.telemetry;

import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.SeriesProfile;
import dev.holdfast.store.series.UsagePage;
import dev.holdfast.store.series.UsageQuery;
import dev.holdfast.store.series.UsageSeries;
import io.prometheus.metrics.core.metrics.Counter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A usage series whose every call is timed, and whose rows are counted. */
final class MeteredSeries implements UsageSeries {
  static final List<String> OPERATIONS = List.of("append", "read", "fold", "forget", "note");

  private final UsageSeries inner;
  private final Timings timings;
  private final Counter rows;

  /**
   * @param rows by what became of them
   */
  MeteredSeries(UsageSeries inner, Timings timings, Counter rows) {
    this.inner = inner;
    this.timings = timings;
    this.rows = rows;
    List.of("stored", "known", "folded", "forgotten").forEach(rows::initLabelValues);
  }

  @Override
  public List<ProfiledSample> append(List<ProfiledSample> batch) {
    List<ProfiledSample> news = timings.get("append", () -> inner.append(batch));
    rows.labelValues("stored").inc(news.size());
    rows.labelValues("known").inc(batch.size() - news.size());
    return news;
  }

  @Override
  public long acknowledged(String subject) {
    return timings.get("read", () -> inner.acknowledged(subject));
  }

  @Override
  public UsagePage read(UsageQuery query, Optional<UsagePage.Place> after, int limit) {
    return timings.get("read", () -> inner.read(query, after, limit));
  }

  @Override
  public List<UsageSample> latest(String profile, Grain grain, Instant until, int limit) {
    return timings.get("read", () -> inner.latest(profile, grain, until, limit));
  }

  @Override
  public List<SeriesProfile> profiles(String after, int limit) {
    return timings.get("read", () -> inner.profiles(after, limit));
  }

  @Override
  public int fold(Instant until, int slots) {
    int folded = timings.get("fold", () -> inner.fold(until, slots));
    rows.labelValues("folded").inc(folded);
    return folded;
  }

  @Override
  public int forget(Grain grain, Instant before) {
    int forgotten = timings.get("forget", () -> inner.forget(grain, before));
    rows.labelValues("forgotten").inc(forgotten);
    return forgotten;
  }

  @Override
  public int forgetNames(Instant before) {
    return timings.get("forget", () -> inner.forgetNames(before));
  }

  @Override
  public Optional<Instant> importedThrough(String name) {
    return timings.get("read", () -> inner.importedThrough(name));
  }

  @Override
  public void importedThrough(String name, Instant through) {
    timings.run("note", () -> inner.importedThrough(name, through));
  }

  @Override
  public void close() {
    inner.close();
  }
}
