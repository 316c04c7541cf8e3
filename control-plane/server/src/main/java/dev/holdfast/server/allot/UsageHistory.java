package dev.holdfast.server.allot;

import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryRequest;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryResponse;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.ResourceWire;
import dev.holdfast.server.wire.UsageWire;
import dev.holdfast.server.wire.Write;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.SeriesProfile;
import dev.holdfast.store.series.UsageSeries;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Takes usage that another system recorded: stores it beside live usage and teaches it. A sample's
 * subject is {@code tenants/{tenant}/usageImports/{usage_import}/series/{series}}, and its sequence
 * counts its periods since 1970, so that the same sample sent again is known.
 */
public final class UsageHistory {
  private static final String IMPORTS = "/usageImports/";
  private static final Pattern IMPORT = Pattern.compile("[a-z][a-z0-9-]{0,62}");
  private static final Pattern SERIES = Pattern.compile("[a-z0-9-]{1,63}");

  private final ServerConfig config;
  private final UsageSeries series;
  private final Learning learning;
  private final InstantSource clock;

  /** Takes history into these. */
  public UsageHistory(
      ServerConfig config, UsageSeries series, Learning learning, InstantSource clock) {
    this.config = config;
    this.series = series;
    this.learning = learning;
    this.clock = clock;
  }

  /** Whether a sample of the series was imported. */
  static boolean imported(UsageSample sample) {
    return sample.subject().contains(IMPORTS);
  }

  /** Takes part of an import. */
  public ImportUsageHistoryResponse take(ImportUsageHistoryRequest request) {
    String id = request.getUsageImportId();
    if (!IMPORT.matcher(id).matches()) {
      throw new Refusal(
          new Problem.IdFormat("usage_import_id", "1 to 63 of [a-z0-9-], starting with a letter"));
    }
    List<ProfiledSample> samples = new ArrayList<>();
    Map<ProfileKey, String> types = new HashMap<>();
    for (var history : request.getHistoriesList()) {
      if (samples.size() + history.getSamplesCount() > UsageSeries.BATCH_MAX) {
        throw new Refusal(
            new Problem.Amount(
                "histories.samples",
                "at most " + UsageSeries.BATCH_MAX + " in all",
                Integer.toString(samples.size() + history.getSamplesCount())));
      }
      List<ProfiledSample> read = read(id, history);
      String type = history.getWorkload().getWorkloadType();
      read.forEach(
          one ->
              types.put(
                  one.profile().key(), type.isEmpty() ? ResourceWire.WORKLOAD_TYPE_DEFAULT : type));
      samples.addAll(read);
    }
    List<ProfiledSample> news = series.append(samples);
    for (ProfiledSample one : news) {
      ProfileKey key = one.profile().key();
      learning.fold(
          new Learning.Lesson(key, Optional.ofNullable(types.get(key)), one.sample(), Set.of()));
    }
    if (request.hasThroughTime()) {
      series.importedThrough(id, Read.time("through_time", request.getThroughTime()));
    }
    var response = ImportUsageHistoryResponse.newBuilder().setNewSampleCount(news.size());
    series.importedThrough(id).ifPresent(time -> response.setThroughTime(Write.time(time)));
    return response.build();
  }

  private List<ProfiledSample> read(String id, dev.holdfast.proto.usage.v1.UsageHistory history) {
    TenantName tenant = TenantName.parse(Read.required("histories.parent", history.getParent()));
    config.tenant(tenant);
    if (!SERIES.matcher(history.getSeriesId()).matches()) {
      throw new Refusal(new Problem.IdFormat("histories.series_id", "1 to 63 of [a-z0-9-]"));
    }
    String user = history.getWorkload().getUser();
    SeriesProfile profile =
        ProfileName.inSeries(
            new ProfileKey(
                tenant,
                ImageName.parse(
                    Read.required("histories.workload.image", history.getWorkload().getImage())),
                user.isEmpty() ? Optional.empty() : Optional.of(user)));
    String subject = tenant + IMPORTS + id + "/series/" + history.getSeriesId();
    Instant now = clock.instant();
    List<ProfiledSample> samples = new ArrayList<>();
    for (var message : history.getSamplesList()) {
      Instant ended = Read.time("usage.end_time", message.getEndTime());
      if (ended.isAfter(now)) {
        throw new Refusal(
            new Problem.Window(
                "a recorded sample ended at " + ended + ", and it is " + now,
                "Import what is over."));
      }
      long sequence = Math.max(1, ended.toEpochMilli() / UsageWire.period(message).toMillis());
      samples.add(new ProfiledSample(profile, UsageWire.read(subject, sequence, ended, message)));
    }
    return samples;
  }
}
