package dev.holdfast.server.service;

import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryRequest;
import dev.holdfast.proto.usage.v1.ImportUsageHistoryResponse;
import dev.holdfast.proto.usage.v1.InputFilter;
import dev.holdfast.proto.usage.v1.ListUsageSamplesRequest;
import dev.holdfast.proto.usage.v1.ListUsageSamplesResponse;
import dev.holdfast.proto.usage.v1.UsageServiceGrpc;
import dev.holdfast.server.allot.UsageHistory;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.learn.Learning;
import dev.holdfast.server.learn.ProfileName;
import dev.holdfast.server.rpc.Unary;
import dev.holdfast.server.wire.Read;
import dev.holdfast.server.wire.UsageWire;
import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.InputCondition;
import dev.holdfast.store.series.UsagePage;
import dev.holdfast.store.series.UsageQuery;
import dev.holdfast.store.series.UsageRow;
import dev.holdfast.store.series.UsageSeries;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code UsageService}: the usage series, and history from elsewhere. */
final class UsageEndpoint extends UsageServiceGrpc.UsageServiceImplBase {
  private static final int PAGE_DEFAULT = 500;
  private static final int PAGE_MAX = 5000;
  private static final Duration INTERVAL_DEFAULT = Duration.ofHours(1);
  private static final Pattern INPUT = Pattern.compile("[a-z0-9_.]{1,63}");
  private static final Pattern METERED =
      Pattern.compile(
          "tenants/[^/]{1,63}/(reservations|usageImports)/[^/]{1,63}(/[^/]{1,63}){0,2}");

  private final UsageSeries series;
  private final UsageHistory history;
  private final Learning learning;
  private final InstantSource clock;

  UsageEndpoint(UsageSeries series, UsageHistory history, Learning learning, InstantSource clock) {
    this.series = series;
    this.history = history;
    this.learning = learning;
    this.clock = clock;
  }

  @Override
  public void listUsageSamples(
      ListUsageSamplesRequest request, StreamObserver<ListUsageSamplesResponse> out) {
    Unary.answer(
        out,
        "UsageService/ListUsageSamples",
        () -> {
          UsageQuery query = query(request);
          Optional<UsagePage.Place> after = Optional.empty();
          if (!request.getPageToken().isEmpty()) {
            after = UsagePage.Place.parse(request.getPageToken());
            if (after.isEmpty()) {
              throw new Refusal(
                  new Problem.IdFormat("page_token", "the next_page_token of a page before"));
            }
          }
          UsagePage page =
              series.read(
                  query, after, Read.pageSize(request.getPageSize(), PAGE_DEFAULT, PAGE_MAX));
          var response = ListUsageSamplesResponse.newBuilder();
          for (UsageRow row : page.rows()) {
            response.addSamples(UsageWire.write(row));
          }
          return response
              .setNextPageToken(page.next().map(UsagePage.Place::toString).orElse(""))
              .build();
        });
  }

  @Override
  public void importUsageHistory(
      ImportUsageHistoryRequest request, StreamObserver<ImportUsageHistoryResponse> out) {
    Unary.answer(out, "UsageService/ImportUsageHistory", () -> history.take(request));
  }

  private UsageQuery query(ListUsageSamplesRequest request) {
    TenantName tenant = TenantName.parse(Read.required("parent", request.getParent()));
    if (Caller.current() instanceof Caller.Application application
        && !application.tenant().equals(tenant)) {
      throw new Refusal(new Problem.NotFound(tenant.toString()));
    }
    if (request.getInputFiltersCount() > UsageQuery.INPUTS_MAX) {
      throw new Refusal(
          new Problem.Amount(
              "input_filters", "at most 8", Integer.toString(request.getInputFiltersCount())));
    }
    Optional<ImageName> image =
        request.getImage().isEmpty()
            ? Optional.empty()
            : Optional.of(ImageName.parse(request.getImage()));
    Optional<String> user =
        request.getUser().isEmpty() ? Optional.empty() : Optional.of(request.getUser());
    Workload.requireUser(user);
    Instant to =
        request.getInterval().hasEndTime()
            ? Read.time("interval.end_time", request.getInterval().getEndTime())
            : clock.instant();
    Instant from =
        request.getInterval().hasStartTime()
            ? Read.time("interval.start_time", request.getInterval().getStartTime())
            : to.minus(INTERVAL_DEFAULT);
    List<InputCondition> inputs =
        request.getInputFiltersList().stream().map(UsageEndpoint::condition).toList();
    UsageQuery query =
        new UsageQuery(tenant, image, user, Optional.empty(), inputs, from, to, grain(request));
    return request.getSubject().isEmpty() ? query : about(query, request.getSubject());
  }

  /** Narrows a query to one subject, or to a profile and those that fall back on it. */
  private UsageQuery about(UsageQuery query, String subject) {
    if (!subject.startsWith(query.tenant() + "/")) {
      throw new Refusal(new Problem.IdFormat("subject", query.tenant() + "/…"));
    }
    if (METERED.matcher(subject).matches()) {
      return new UsageQuery(
          query.tenant(),
          query.image(),
          query.user(),
          Optional.of(subject),
          query.inputs(),
          query.from(),
          query.to(),
          query.grain());
    }
    ProfileName name = ProfileName.parse(subject);
    ProfileKey key =
        learning.profiles().stream()
            .map(Profile::key)
            .filter(known -> ProfileName.of(known).equals(name))
            .findFirst()
            .orElseThrow(() -> new Refusal(new Problem.NotFound(name.toString())));
    return new UsageQuery(
        query.tenant(),
        Optional.of(key.image()),
        key.user().or(query::user),
        Optional.empty(),
        query.inputs(),
        query.from(),
        query.to(),
        query.grain());
  }

  private static Grain grain(ListUsageSamplesRequest request) {
    if (!request.hasStep()) {
      return Grain.SAMPLE;
    }
    Duration step =
        Read.span(
            "step",
            true,
            request.getStep(),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofHours(1));
    return Grain.of(step)
        .orElseThrow(
            () ->
                new Refusal(
                    new Problem.Amount("step", "1 s, 10 s, 1 min, 5 min or 1 h", step.toString())));
  }

  private static InputCondition condition(InputFilter filter) {
    String key = Read.required("input_filters.key", filter.getKey());
    if (!INPUT.matcher(key).matches()) {
      throw new Refusal(new Problem.IdFormat("input_filters.key", "1 to 63 of [a-z0-9_.]"));
    }
    return switch (filter.getConditionCase()) {
      case RANGE -> {
        double min = new InputValue.Quantity(filter.getRange().getMin()).value();
        double max = new InputValue.Quantity(filter.getRange().getMax()).value();
        if (min > max) {
          throw new Refusal(
              new Problem.Amount("input_filters.range.max", "at least min", Double.toString(max)));
        }
        yield new InputCondition.Between(key, min, max);
      }
      case TEXT -> new InputCondition.Is(key, new InputValue.Text(filter.getText()).value());
      case FLAG -> new InputCondition.Flag(key, filter.getFlag());
      case CONDITION_NOT_SET ->
          throw new Refusal(new Problem.FieldMissing("input_filters.condition"));
    };
  }
}
