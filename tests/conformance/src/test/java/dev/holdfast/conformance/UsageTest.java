package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import dev.holdfast.pam.profile.Doubt;
import dev.holdfast.proto.forecast.v1.ExplainForecastRequest;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.forecast.v1.ForecastDemandRequest;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc;
import dev.holdfast.proto.forecast.v1.ForecastServiceGrpc.ForecastServiceBlockingStub;
import dev.holdfast.proto.forecast.v1.ListResourceProfilesRequest;
import dev.holdfast.proto.forecast.v1.ProfileLevel;
import dev.holdfast.proto.forecast.v1.ResourceProfile;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.UsageAck;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.Quantile;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.resource.v1.Workload;
import dev.holdfast.proto.usage.v1.HardwareCounters;
import dev.holdfast.proto.usage.v1.UsageSample;
import dev.holdfast.server.journal.Event;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Usage that is not true (E12), and what is said of forecasts that rest on it. */
final class UsageTest {
  private static final int HONEST = 200;

  @TempDir Path directory;

  /** An agent and what it has said so far. */
  private static final class Agent {
    private final PaperSession session;
    private final String grant;
    private Instant end;
    private long sequence;
    private long report;

    Agent(Site site, String reservation) {
      session = site.session(Site.FIRST_ENCLAVE);
      session.say(
          SessionRequest.newBuilder()
              .setGrantRequest(
                  GrantRequest.newBuilder()
                      .setRequestId(UUID.randomUUID().toString())
                      .setAcquire(ResourceRequest.newBuilder().setReservation(reservation))));
      grant = session.grant().getGrant().getName();
      end = site.clock().instant();
    }

    /** One more second, in order. */
    UsageSample.Builder sample(long millicores) {
      end = end.plusSeconds(1);
      return sample(end, 1, ++sequence, millicores);
    }

    UsageSample.Builder sample(Instant ended, long seconds, long number, long millicores) {
      return UsageSample.newBuilder()
          .setSubject(grant)
          .setSequence(number)
          .setEndTime(PaperNode.time(ended))
          .setPeriod(Duration.newBuilder().setSeconds(seconds))
          .setUsage(ResourceVector.newBuilder().setCpuMillicores(millicores));
    }

    UsageAck say(List<UsageSample> samples) {
      return session.report(UsageReport.newBuilder().setSequence(++report).addAllSamples(samples));
    }

    UsageAck say(UsageSample.Builder sample) {
      return say(List.of(sample.build()));
    }
  }

  private static ForecastServiceBlockingStub forecasts(Site site) {
    return ForecastServiceGrpc.newBlockingStub(site.firstTenant().channel())
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static List<ResourceVector> demand(Site site) {
    Forecast forecast =
        forecasts(site)
            .forecastDemand(
                ForecastDemandRequest.newBuilder()
                    .setParent(Site.FIRST_TENANT)
                    .setWorkload(
                        Workload.newBuilder().setImage(site.wish().getWorkload().getImage()))
                    .build());
    assertEquals(ProfileLevel.PROFILE_LEVEL_IMAGE, forecast.getLevel());
    List<ResourceVector> demand = new ArrayList<>();
    forecast.getBandsList().forEach(band -> demand.addAll(List.of(band.getP50(), band.getP99())));
    return demand;
  }

  private static ResourceProfile profile(Site site) {
    return forecasts(site)
        .listResourceProfiles(
            ListResourceProfilesRequest.newBuilder().setParent(Site.FIRST_TENANT).build())
        .getResourceProfilesList()
        .stream()
        .filter(profile -> profile.getLevel() == ProfileLevel.PROFILE_LEVEL_IMAGE)
        .findFirst()
        .orElseThrow();
  }

  private static List<UsageSample> honest(Agent agent) {
    List<UsageSample> samples = new ArrayList<>();
    for (int i = 0; i < HONEST; i++) {
      samples.add(agent.sample(400 + i % 7).build());
    }
    return samples;
  }

  @Test
  void e12_anAgentThatLiesIsQuarantinedAndMovesNoForecast() throws IOException {
    try (Site site = Site.healthy(directory)) {
      Reservation held = site.reserveUntilActive(site.wish());
      Agent agent = new Agent(site, held.getName());
      List<UsageSample> honest = honest(agent);
      assertFalse(agent.say(honest).hasError());
      List<ResourceVector> before = demand(site);
      assertTrue(before.getFirst().getCpuMillicores() > 0);

      int told = site.events().count();
      Instant last = agent.end;
      Instant began = last.minusSeconds(HONEST);
      List<UsageSample.Builder> lies = new ArrayList<>();
      // A thousand times as much; a constant far beyond the grant; and again.
      lies.add(agent.sample(400_000));
      lies.add(agent.sample(6_000));
      lies.add(agent.sample(6_000));
      // Of a day before it was held; over what it had said already; under a number that was used.
      lies.add(agent.sample(began.minusSeconds(80_000), 1, agent.sequence + 1, 900));
      lies.add(agent.sample(last.plusSeconds(4), 3600, agent.sequence + 1, 900));
      lies.add(agent.sample(last.plusSeconds(5), 1, 7, 900));
      // Within its grant, but its counters know nothing of it.
      lies.add(
          agent
              .sample(950)
              .setCounters(HardwareCounters.newBuilder().setCycles(4_000).setInstructions(2_000)));
      for (UsageSample.Builder lie : lies) {
        UsageAck ack = agent.say(lie);
        assertEquals(agent.report, ack.getAcknowledgedSequence(), "it is not sent for ever");
        Refused.of(ack.getError()).with(Code.PERMISSION_DENIED, "REPORT_ANOMALY");
      }
      assertEquals(before, demand(site));
      assertEquals(lies.size(), profile(site).getQuarantinedSampleCount());
      assertEquals(HONEST, profile(site).getSampleCount());
      for (Doubt.Kind kind :
          List.of(Doubt.Kind.CAPACITY, Doubt.Kind.JUMP, Doubt.Kind.TIMES, Doubt.Kind.COUNTERS)) {
        site.events().await(told, Event.Quarantined.class, event -> event.doubt().kind() == kind);
      }

      // The control: what goes on as before teaches, the liar's next word included.
      assertFalse(agent.say(agent.sample(402)).hasError());
      assertEquals(HONEST + 1, profile(site).getSampleCount());
      site.requireHealthy();
    }
  }

  @Test
  void e12_anAgentIsNotBelievedAgainstTheMachineThatItRunsOn() throws IOException {
    try (Site site = Site.healthy(directory)) {
      Reservation held = site.reserveUntilActive(site.wish());
      Agent agent = new Agent(site, held.getName());
      Instant end = agent.end.plusSeconds(1);
      UsageAck witness =
          site.session(Site.HYPERVISOR)
              .report(
                  UsageReport.newBuilder()
                      .setSequence(1)
                      .addSamples(agent.sample(end, 1, 1, 100).setSubject(held.getName()).build()));
      assertFalse(witness.hasError());
      // An enclave cannot be its own witness.
      assertFalse(agent.say(agent.sample(end, 1, 1, 9_000).setSubject(held.getName())).hasError());
      Refused.of(agent.say(agent.sample(3_000)).getError())
          .with(Code.PERMISSION_DENIED, "REPORT_ANOMALY");
      assertFalse(agent.say(agent.sample(end, 1, 1, 120)).hasError());
      assertEquals(1, profile(site).getSampleCount());
      assertEquals(1, profile(site).getQuarantinedSampleCount());
      site.requireHealthy();
    }
  }

  @Test
  void whyAForecastIsAsItIsIsSaidToItsTenantAndWhatHasNoSeriesIsRefused() throws IOException {
    try (Site site = Site.empty(directory, SiteOptions.USUAL)) {
      ExplainForecastRequest request =
          ExplainForecastRequest.newBuilder()
              .setParent(Site.FIRST_TENANT)
              .setWorkload(Workload.newBuilder().setImage(site.wish().getWorkload().getImage()))
              .setResource(Resource.RESOURCE_CPU_MILLICORES)
              .setQuantile(Quantile.QUANTILE_P95)
              .build();
      Refused own = Refused.by(() -> forecasts(site).explainForecast(request));
      own.with(Code.FAILED_PRECONDITION, "ILLEGAL_STATE");
      assertTrue(own.message().contains("FORECAST_FROM_DEFAULT"), own.message());
      Refused.by(
              () ->
                  ForecastServiceGrpc.newBlockingStub(site.secondTenant().channel())
                      .withDeadlineAfter(20, TimeUnit.SECONDS)
                      .explainForecast(request))
          .with(Code.PERMISSION_DENIED, "ROLE");
      Terminal.Ended ended =
          new Terminal(site, directory)
              .holdfast("forecast", "explain", "--tenant", "t1", "--image", "ab".repeat(32));
      assertNotEquals(0, ended.code());
      assertTrue(ended.err().contains("the default amount of its trust zone"), ended.err());
    }
  }
}
