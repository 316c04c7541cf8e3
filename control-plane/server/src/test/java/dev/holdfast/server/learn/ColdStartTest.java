package dev.holdfast.server.learn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.forecast.Forecast;
import dev.holdfast.pam.forecast.Horizon;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.model.Workload;
import dev.holdfast.pam.profile.Coverage;
import dev.holdfast.pam.profile.GroupKey;
import dev.holdfast.pam.profile.Lead;
import dev.holdfast.pam.profile.Profile;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.pam.profile.ProfileLevel;
import dev.holdfast.pam.profile.Profiles;
import dev.holdfast.pam.profile.Run;
import dev.holdfast.pam.profile.TypeView;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.learn.model.Demands;
import dev.holdfast.server.learn.model.WorkloadTypes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a workload is answered of which little or nothing was seen. */
final class ColdStartTest {
  private static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");
  private static final Horizon HOUR = Horizon.of(NOON.plusSeconds(1), Duration.ofHours(1));
  private static final ResourceVector DEFAULT = cpu(700);

  private final Learning learning =
      new Learning(
          new Journal(),
          new Demands(
              (_, _, _) -> List.of(),
              (_, _) -> Optional.empty(),
              _ -> Optional.empty(),
              List.of(),
              new WorkloadTypes(100),
              100));

  @AfterEach
  void close() {
    learning.close();
  }

  private static ResourceVector cpu(long millicores) {
    return ResourceVector.of(Resource.CPU_MILLICORES, millicores);
  }

  private static Workload workload(int image, String user, String type) {
    return Workload.of(
        new ImageName("%064x".formatted(image)),
        user.isEmpty() ? Optional.empty() : Optional.of(user),
        type,
        Map.of());
  }

  private void use(String tenant, Workload workload, double millicores, int samples) {
    Random random = new Random(1);
    ProfileKey key = ProfileKey.of(new TenantName(tenant), workload);
    for (int i = 0; i < samples; i++) {
      UsageSample sample =
          new UsageSample(
              "tenants/" + tenant + "/reservations/r/grants/g",
              i + 1,
              NOON.minus(Duration.ofSeconds(samples - i)),
              Duration.ofSeconds(1),
              cpu((long) (millicores * (0.95 + 0.1 * random.nextDouble()))),
              Optional.empty(),
              Map.of("secret", new InputValue.Text("of " + tenant)));
      learning.fold(
          new Learning.Lesson(key, Optional.of(workload.workloadType()), sample, Set.of()));
    }
  }

  private Forecast ask(String tenant, Workload workload) {
    return learning.next(new TenantName(tenant), workload, HOUR, DEFAULT, NOON);
  }

  private static long p50(Forecast forecast) {
    return forecast.peak(Quantile.P50).get(Resource.CPU_MILLICORES);
  }

  @Test
  void aNewcomerIsAnsweredByTheNearestLevelThatKnowsAnything() {
    Forecast nothing = ask("acme", workload(1, "ann", "batch"));
    assertEquals(ProfileLevel.DEFAULT, nothing.level());
    assertEquals(0, nothing.confidence());
    assertEquals(700, p50(nothing));

    use("acme", workload(1, "ann", "batch"), 5000, 400);
    double before = 0;
    Map<ProfileLevel, Workload> asked =
        Map.of(
            ProfileLevel.TENANT_IMAGE_USER, workload(1, "ann", "batch"),
            ProfileLevel.TENANT_IMAGE, workload(1, "bob", "batch"),
            ProfileLevel.TENANT_USER, workload(2, "ann", "batch"),
            ProfileLevel.TENANT, workload(2, "bob", "batch"));
    for (ProfileLevel level :
        new ProfileLevel[] {
          ProfileLevel.TENANT,
          ProfileLevel.TENANT_USER,
          ProfileLevel.TENANT_IMAGE,
          ProfileLevel.TENANT_IMAGE_USER
        }) {
      Forecast forecast = ask("acme", asked.getOrDefault(level, workload(9, "", "batch")));
      assertEquals(level, forecast.level());
      assertTrue(forecast.confidence() > before, level + ": " + forecast.confidence());
      assertTrue(p50(forecast) > 700, level + ": " + p50(forecast));
      before = forecast.confidence();
    }
    assertTrue(before > 0.9, "what it was seen doing for long is nearly certain: " + before);
  }

  @Test
  void aNewcomersBandIsWiderThanThatOfWhatIsKnown() {
    use("acme", workload(1, "", "batch"), 1000, 400);
    Forecast known = ask("acme", workload(1, "", "batch"));
    Forecast newcomer = ask("acme", workload(2, "", "batch"));
    assertTrue(width(newcomer) > 2 * width(known), width(newcomer) + " and " + width(known));
  }

  private static double width(Forecast forecast) {
    return (double) forecast.peak(Quantile.P99).get(Resource.CPU_MILLICORES) / p50(forecast);
  }

  @Test
  void aTypeOfWorkAnswersAcrossTenantsOnceEnoughOfThemDidIt() {
    for (int i = 1; i < TypeView.TENANTS_MIN; i++) {
      use("tenant-" + i, workload(i, "u" + i, "train"), 4000, 60);
    }
    assertEquals(ProfileLevel.DEFAULT, ask("new", workload(99, "eve", "train")).level());
    use("tenant-5", workload(5, "u5", "train"), 4000, 60);

    Forecast forecast = ask("new", workload(99, "eve", "train"));
    assertEquals(ProfileLevel.WORKLOAD_TYPE, forecast.level());
    assertTrue(p50(forecast) > 3000, forecast.toString());
    assertEquals(
        ProfileLevel.DEFAULT, ask("new", workload(99, "eve", "serve")).level(), "another type");
    // Its own usage is not what others know: without it there are four, and that is too few.
    Forecast one = ask("tenant-5", workload(98, "", "train"));
    assertEquals(ProfileLevel.TENANT, one.level());
  }

  @Test
  void nothingOfOneTenantShowsInAnothersAnswer() {
    for (int i = 1; i <= 6; i++) {
      use("tenant-" + i, workload(i, "user-" + i, "train"), 4000, 60);
    }
    Forecast forecast = ask("new", workload(99, "", "train"));
    String shown = forecast.toString();
    for (int i = 1; i <= 6; i++) {
      assertFalse(shown.contains("tenant-" + i), shown);
      assertFalse(shown.contains("user-" + i), shown);
      assertFalse(shown.contains("%064x".formatted(i)), shown);
    }
    assertFalse(shown.contains("secret"), shown);
    assertTrue(forecast.coverage().isEmpty(), "how well others were forecast is theirs");

    use("tenant-3", workload(3, "user-3", "train"), 1e9, 6000);
    use("tenant-3", workload(33, "user-3", "train"), 1e9, 6000);
    assertEquals(
        forecast.bands(),
        ask("new", workload(99, "", "train")).bands(),
        "one tenant's runs, however large, show nowhere else");
  }

  @Test
  void theOwnWordTakesOverAsSamplesCome() {
    use("acme", workload(1, "", "batch"), 1000, 400);
    long before = p50(ask("acme", workload(2, "", "batch")));
    for (int samples : new int[] {5, 20, 80, 320}) {
      use("acme", workload(2, "", "batch"), 100, samples);
      long now = p50(ask("acme", workload(2, "", "batch")));
      assertTrue(now < before, samples + " samples: " + now + " after " + before);
      before = now;
    }
    assertTrue(before < 250, Long.toString(before));
  }

  @Test
  void whatWasForecastOfARunIsComparedWithWhatItUses() {
    Workload workload = workload(1, "", "batch");
    TenantName acme = new TenantName("acme");
    ProfileKey key = ProfileKey.of(acme, workload);
    ask("acme", workload);
    ReservationName reservation = new ReservationName(acme, "r1");
    // The run begins later than was forecast; the forecast is taken to begin with it.
    Instant start = NOON.plus(Duration.ofHours(5));
    learning.started(
        key, new Run(reservation, new TrustZoneName("edge"), workload, start, Optional.empty()));
    for (int i = 1; i <= 4; i++) {
      UsageSample sample =
          new UsageSample(
              reservation + "/grants/g",
              i,
              start.plus(Duration.ofMinutes(20L * i)),
              Duration.ofSeconds(10),
              cpu(i == 1 ? 600 : 800),
              Optional.empty(),
              Map.of());
      learning.fold(new Learning.Lesson(key, Optional.of("batch"), sample, Set.of()));
    }
    var coverage =
        learning.profile(key).coverage().getOrDefault(Resource.CPU_MILLICORES, Coverage.NONE);
    assertEquals(
        new Coverage(3, 1, 1, 1, 1), coverage, "the fourth is beyond the hour asked about");
    assertEquals(Set.of(Lead.HOURS), learning.profile(key).errors().scores().keySet());
    assertEquals(
        coverage,
        ask("acme", workload).coverage().getOrDefault(Resource.CPU_MILLICORES, Coverage.NONE));
  }

  @Test
  void theEndOfARunThatWasNeverSeenMakesNoProfile() {
    TenantName acme = new TenantName("acme");
    learning.ended(
        ProfileKey.of(acme, workload(1, "ann", "batch")), new ReservationName(acme, "r1"), NOON);
    assertTrue(learning.profiles().isEmpty());
  }

  @Test
  void whatIsForgottenLeavesItsGroups() {
    ProfileBook book = new ProfileBook(2, 100);
    for (int i = 1; i <= 3; i++) {
      UsageSample sample =
          new UsageSample(
              "s" + i, 1, NOON, Duration.ofSeconds(1), cpu(100L * i), Optional.empty(), Map.of());
      book.change(
          ProfileKey.of(new TenantName("acme"), workload(i, "", "t" + i)),
          Optional.of("t" + i),
          profile -> Profiles.fold(profile, sample));
    }
    assertEquals(2, book.profiles().size());
    TenantName acme = new TenantName("acme");
    assertEquals(
        Set.of(
            new GroupKey.OfTenant(acme),
            new GroupKey.OfType(acme, "t2"),
            new GroupKey.OfType(acme, "t3")),
        book.groups().keySet());
    assertEquals(
        2,
        Optional.ofNullable(book.groups().get(new GroupKey.OfTenant(acme)))
            .orElseThrow()
            .samples());
  }

  @Test
  void whoWasNotTouchedForLongLetsGoOfSingleSamplesAndKeepsWhatTheyTaught() {
    ProfileBook book = new ProfileBook(100, 50);
    TenantName acme = new TenantName("acme");
    for (int i = 0; i < 100; i++) {
      int image = 1 + i / 20;
      UsageSample sample =
          new UsageSample(
              "s",
              i + 1,
              NOON.plusSeconds(i),
              Duration.ofSeconds(1),
              cpu(100L * image),
              Optional.empty(),
              Map.of());
      book.change(
          ProfileKey.of(acme, workload(image, "", "batch")),
          Optional.of("batch"),
          profile -> Profiles.fold(profile, sample));
      int kept = book.profiles().stream().mapToInt(one -> one.recent().size()).sum();
      assertTrue(kept <= 50, kept + " after " + i);
    }
    Profile oldest = book.profile(ProfileKey.of(acme, workload(1, "", "batch")));
    Profile newest = book.profile(ProfileKey.of(acme, workload(5, "", "batch")));
    assertEquals(0, oldest.recent().size());
    assertEquals(20, oldest.sampleCount());
    assertEquals(100, oldest.usage().p50().get(Resource.CPU_MILLICORES));
    assertEquals(20, newest.recent().size());
  }
}
