package dev.holdfast.quickstart;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Link;
import dev.holdfast.proto.forecast.v1.Forecast;
import dev.holdfast.proto.policy.v1.JoinToken;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.QuantileBand;
import dev.holdfast.quickstart.Site.Machine;
import dev.holdfast.server.journal.Event;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The story, step by step. A step that fails ends it: the rest could only fail too. */
final class Story {
  private static final String ZONE = "trustZones/edge";
  private static final String PATHWAY = ZONE + "/pathways/main";
  private static final String TENANT = "tenants/acme";
  private static final String USER = "ada";
  private static final double ROWS = 1000;

  /** The image's name is the digest of its manifest; this one's manifest is its name. */
  private static final String IMAGE =
      "images/" + dev.holdfast.attestation.Sha256.of("holdfast/quickstart/daily-rhythm").hex();

  private final Site site;
  private final Operator operator;
  private final Figures figures;
  private final Path libraries;
  private final PrintWriter out;
  private final long deadlineNanos;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Object> numbers = new LinkedHashMap<>();

  /**
   * @param libraries the folder with the application's class path
   * @param out where the story is told
   * @param deadlineNanos when it must be over
   */
  Story(Site site, Path libraries, PrintWriter out, long deadlineNanos) {
    this.site = site;
    this.operator = new Operator(site);
    this.figures = site.figures();
    this.libraries = libraries;
    this.out = out;
    this.deadlineNanos = deadlineNanos;
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }

  Map<String, Object> numbers() {
    return new LinkedHashMap<>(numbers);
  }

  boolean ok() {
    return steps.size() == 7 && steps.stream().allMatch(Step::ok);
  }

  /** Tells it; {@code setUpMillis} went by before. */
  void tell(long setUpMillis) throws InterruptedException {
    if (step("enrol", setUpMillis, () -> enrol(setUpMillis))
        && step("attest", 0, this::attest)
        && step("default", 0, this::firstRun)
        && step("forecast", 0, this::forecast)
        && step("adjust", 0, this::adjust)
        && step("revoke", 0, this::revoke)) {
      step("summary", 0, this::summary);
    }
  }

  private boolean step(String name, long extraMillis, Callable<String> work)
      throws InterruptedException {
    long began = System.nanoTime();
    String detail;
    boolean ok = false;
    try {
      detail = work.call();
      ok = true;
    } catch (InterruptedException interrupted) {
      throw interrupted;
    } catch (Exception failed) {
      detail = failed.getClass().getSimpleName() + ": " + failed.getMessage();
    }
    long millis = extraMillis + (System.nanoTime() - began) / 1_000_000;
    steps.add(new Step(name, ok, millis, detail));
    out.printf(
        "%s %d. %-9s %6d ms  %s%n%n", ok ? "ok  " : "FAIL", steps.size(), name, millis, detail);
    out.flush();
    return ok;
  }

  // 1. Four nodes enrol; none is trusted by configuration alone.
  private String enrol(long setUpMillis) throws IOException, InterruptedException {
    say(
        "1. PAM is up on port %d after %d ms. Four nodes with a TPM 2.0 each enrol.",
        site.port(), setUpMillis);
    int mark = figures.mark();
    for (Machine machine : Machine.values()) {
      JoinToken token = operator.admit(ZONE, machine, TENANT);
      site.start(machine, token.getToken(), token.getServerRootDigest().toByteArray());
    }
    for (Machine machine : Machine.values()) {
      Event.Enrolled enrolled =
          figures.await(
              Event.Enrolled.class,
              mark,
              event -> event.node().toString().equals(machine.node()),
              deadlineNanos);
      say("   %-10s enrolled: %s", machine.id(), enrolled.verdict());
    }
    for (Machine machine : Machine.values()) {
      figures.await(
          Event.Appraised.class,
          mark,
          event ->
              event.node().toString().equals(machine.node())
                  && event.verdict() == Verdict.AFFIRMING,
          deadlineNanos);
    }
    return "4 nodes enrolled by credential activation, each with a session and good evidence";
  }

  // 2. The pathway is attested as one.
  private String attest() {
    say("2. The pathway is attested as one: one epoch nonce, four quotes in parallel.");
    operator.createPathway(ZONE);
    long began = System.nanoTime();
    AttestationChain chain = operator.attest(PATHWAY);
    long millis = (System.nanoTime() - began) / 1_000_000;
    numbers.put("chainMillis", millis);
    for (Link link : chain.getLinksList()) {
      say(
          "   %-42s %-12s %s…  until %s",
          link.getAppraisal().getNode(),
          link.getAppraisal().getVerdict().name().replace("VERDICT_", ""),
          hex(link.getDigest()).substring(0, 16),
          Instant.ofEpochSecond(link.getAppraisal().getExpireTime().getSeconds()));
    }
    String token = chain.getAttestationResult();
    say("   signed (ES256 EAR): %s…", token.substring(0, Math.min(48, token.length())));
    if (chain.getState() != AttestationChain.State.STATE_LIVE || chain.getLinksCount() != 4) {
      throw new IllegalStateException("the chain is " + chain.getState());
    }
    return "chain of 4 links attested, appraised and signed in " + millis + " ms";
  }

  // 3. A first request: nothing is known, the default is held.
  private String firstRun() throws IOException, InterruptedException {
    say("3. An application asks its agent for resources. PAM has no profile of it.");
    int mark = figures.mark();
    try (Program app = run(4, 0)) {
      String granted = app.awaitLine("granted", 0, deadlineNanos);
      Event.Granted event = figures.await(Event.Granted.class, mark, _ -> true, deadlineNanos);
      figures.await(
          Event.Activated.class,
          mark,
          one -> one.reservation().equals(event.reservation()),
          deadlineNanos);
      long millis = Long.parseLong(granted.split(" ", -1)[1]);
      numbers.put("requestMillisWithoutForecast", millis);
      say(
          "   granted after %d ms (%d ms of them in PAM): %s; the kernel now says %s",
          millis, event.took().toMillis(), words(granted), site.limits());
      numbers.put("grantMillisWithoutForecast", event.took().toMillis());
      app.awaitLine("done", 0, deadlineNanos);
      app.awaitEnd(deadlineNanos);
      if (event.ahead()) {
        throw new IllegalStateException("nothing was known, and yet it was reserved ahead");
      }
      return "the default was held and ACTIVE before the first unit of work, after "
          + millis
          + " ms";
    }
  }

  // 4. What was measured teaches; the next run is reserved before it asks.
  private String forecast() throws InterruptedException {
    say("4. Its usage was measured from its own control group. XGBoost learns from it.");
    Event.Trained trained = figures.await(Event.Trained.class, 0, _ -> true, deadlineNanos);
    say(
        "   model %s from %d samples in %d ms",
        trained.model(), trained.rows(), trained.took().toMillis());
    Forecast forecast = operator.forecast(TENANT, IMAGE, USER);
    QuantileBand band = forecast.getBands(forecast.getBandsCount() / 2);
    say(
        "   forecast (%s): CPU p50 %dm  p90 %dm  p95 %dm  p99 %dm",
        forecast.getModel(),
        band.getP50().getCpuMillicores(),
        band.getP90().getCpuMillicores(),
        band.getP95().getCpuMillicores(),
        band.getP99().getCpuMillicores());
    Event.Admitted ahead =
        figures.await(Event.Admitted.class, 0, Event.Admitted::ahead, deadlineNanos);
    figures.await(
        Event.Activated.class,
        0,
        event -> event.reservation().equals(ahead.reservation()),
        deadlineNanos);
    numbers.put("forecastP90CpuMillicores", band.getP90().getCpuMillicores());
    say(
        "   reserved ahead of any request: %s, %dm CPU",
        ahead.reservation(), ahead.amount().get(Resource.CPU_MILLICORES));
    return "the next run is reserved and ACTIVE before it asks: "
        + ahead.amount().get(Resource.CPU_MILLICORES)
        + "m CPU";
  }

  private Optional<Program> surging = Optional.empty();

  // 5. Load rises; control follows in small steps, and attests before a large one.
  private String adjust() throws IOException, InterruptedException {
    say(
        "5. It runs again, and after a while its load rises. Control follows in small bounded"
            + " steps.");
    int mark = figures.mark();
    Program app = run(60, 0.7);
    surging = Optional.of(app);
    String granted = app.awaitLine("granted", 0, deadlineNanos);
    Event.Granted event = figures.await(Event.Granted.class, mark, _ -> true, deadlineNanos);
    long millis = Long.parseLong(granted.split(" ", -1)[1]);
    numbers.put("requestMillisWithForecast", millis);
    say(
        "   granted after %d ms (%d ms of them in PAM) from what was reserved ahead: %s",
        millis, event.took().toMillis(), words(granted));
    numbers.put("grantMillisWithForecast", event.took().toMillis());
    if (!event.ahead()) {
      throw new IllegalStateException("the request did not get what was reserved ahead");
    }
    String before = site.limits();
    Event.Resized large =
        figures.await(
            Event.Resized.class,
            mark,
            one ->
                one.attestedFirst()
                    && one.from().get(Resource.CPU_MILLICORES)
                        < one.to().get(Resource.CPU_MILLICORES),
            deadlineNanos);
    int after = figures.mark();
    figures.await(
        Event.Activated.class,
        0,
        one -> one.reservation().equals(large.reservation()),
        deadlineNanos);
    figures.await(Event.Activated.class, after - 1, _ -> true, deadlineNanos);
    for (Event.Resized resized : figures.all(Event.Resized.class)) {
      if (!resized.reservation().equals(large.reservation())) {
        continue;
      }
      say(
          "   CPU %5dm -> %5dm%s",
          resized.from().get(Resource.CPU_MILLICORES),
          resized.to().get(Resource.CPU_MILLICORES),
          resized.attestedFirst() ? "  (the pathway was attested again first)" : "");
    }
    say("   the kernel said %s, and now says %s", before, site.limits());
    numbers.put("adjustments", figures.adjustments());
    return figures.all(Event.Resized.class).size()
        + " changes of size, one of them after attesting the pathway again";
  }

  // 6. A register of the switch changes: trust is lost at once, and found again after repair.
  private String revoke() throws IOException, InterruptedException {
    say("6. Somebody loads something into the switch: its PCR 4 is extended.");
    int mark = figures.mark();
    Program app = surging.orElseThrow();
    int said = app.mark();
    site.intrude(Machine.SWITCH, 4);
    Event.Suspended suspended =
        figures.await(Event.Suspended.class, mark, one -> one.grantsRevoked() > 0, deadlineNanos);
    String ended = app.awaitLine("ended", said, deadlineNanos);
    double millis = suspended.sinceEvidence().toNanos() / 1e6;
    numbers.put("revokedMillisAfterEvidence", millis);
    say(
        "   grant revoked and reservation SUSPENDED %.1f ms after the evidence arrived; the"
            + " application was told: %s",
        millis, ended);
    Reservation reservation = operator.reservation(TENANT, suspended.reservation().toString());
    if (reservation.getState() != Reservation.State.STATE_SUSPENDED) {
      throw new IllegalStateException("the reservation is " + reservation.getState());
    }
    String explained = operator.types("explain", reservation.getName());
    explained.lines().forEach(line -> say("   | %s", line));
    if (!explained.contains("pcr/sha256/4")) {
      throw new IllegalStateException("holdfast explain does not name the register");
    }
    say("   The switch is booted again with what it should run.");
    int repaired = figures.mark();
    int resumed = app.mark();
    site.repair(Machine.SWITCH);
    figures.await(
        Event.Restored.class,
        repaired,
        one -> one.reservation().equals(suspended.reservation()),
        deadlineNanos);
    app.awaitLine("granted", resumed, deadlineNanos);
    say("   trust is restored, and the application works again");
    app.close();
    return String.format(
        "grant revoked %.1f ms after the evidence arrived; explained; repaired; work went on",
        millis);
  }

  // 7. What it came to.
  private String summary() {
    Usage usage = Usage.of(figures.all(Event.Measured.class));
    numbers.put("reservedCpuMillicores", usage.reservedMillicores());
    numbers.put("usedCpuMillicores", usage.usedMillicores());
    numbers.put("underProvisionedShare", usage.underProvisionedShare());
    numbers.put("refused", figures.refused());
    say("7. Summary");
    say("   chain of four attested in        %s ms", number("chainMillis"));
    say(
        "   request to resources, no profile %s ms for the application, %s ms in PAM",
        number("requestMillisWithoutForecast"), number("grantMillisWithoutForecast"));
    say(
        "   request to resources, forecast   %s ms for the application, %s ms in PAM",
        number("requestMillisWithForecast"), number("grantMillisWithForecast"));
    say(
        "   CPU reserved against used        %.0fm against %.0fm on average",
        usage.reservedMillicores(), usage.usedMillicores());
    say(
        "   under-provisioned                %.1f %% of samples",
        100 * usage.underProvisionedShare());
    say("   adjustments                      %s", number("adjustments"));
    say("   refused                          %s", number("refused"));
    return "reserved "
        + Math.round(usage.reservedMillicores())
        + "m for "
        + Math.round(usage.usedMillicores())
        + "m used";
  }

  private Program run(double seconds, double surge) throws IOException {
    return site.application(
        libraries,
        List.of(
            site.socket().toString(),
            IMAGE,
            USER,
            Double.toString(seconds),
            Double.toString(ROWS),
            Double.toString(surge),
            java.util.HexFormat.of().formatHex(site.contentDigest())));
  }

  private Object number(String name) {
    return Objects.requireNonNull(numbers.get(name), name);
  }

  private static String words(String granted) {
    String[] parts = granted.split(" ", -1);
    return parts[2] + "m CPU, " + (Long.parseLong(parts[3]) >> 20) + " MiB";
  }

  private static String hex(ByteString bytes) {
    return java.util.HexFormat.of().formatHex(bytes.toByteArray());
  }

  private void say(String format, Object... values) {
    out.printf(format + "%n", values);
    out.flush();
  }
}
