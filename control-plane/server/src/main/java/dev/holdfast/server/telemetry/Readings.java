package dev.holdfast.server.telemetry;

import dev.holdfast.attestation.Role;
import dev.holdfast.pam.reservation.ReservationState;
import dev.holdfast.server.session.NodeSession;
import dev.holdfast.server.session.Sessions;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.ledger.LedgerSnapshot;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/** How long queues are and how much there is of what, looked up in memory at each scrape. */
public final class Readings {
  private static final List<String> STATES =
      List.of("pending", "provisioning", "active", "suspended", "releasing", "released", "failed");

  private final Instruments instruments;

  Readings(Instruments instruments) {
    this.instruments = instruments;
  }

  /**
   * Where numbers are looked up, by any thread, at once.
   *
   * @param challenges how many are remembered
   * @param grants how many requests are worked on
   * @param models how many wait for the thread of the models, or have it
   * @param deadlines how many of calls under way are to come
   */
  public record Sources(
      Ledger ledger,
      Sessions sessions,
      IntSupplier challenges,
      IntSupplier grants,
      IntSupplier models,
      IntSupplier deadlines) {}

  void read(Sources sources) {
    Sessions sessions = sources.sessions();
    instruments.readEach(
        "holdfast_reservations",
        "Reservations by state, as the leader has them.",
        callback -> sources.ledger().ownSnapshot().ifPresent(seen -> reservations(seen, callback)),
        "state");
    instruments.readEach(
        "holdfast_sessions",
        "Nodes that are connected.",
        callback -> sessions(sessions, callback),
        "role",
        "trusted");
    number(
        "holdfast_sessions_congested",
        "Sessions whose transport takes no more at present.",
        () -> (int) sessions.all().stream().filter(NodeSession::congested).count());
    number(
        "holdfast_session_answers_awaited",
        "Answers to challenges that somebody waits for.",
        () -> sessions.all().stream().mapToInt(NodeSession::awaited).sum());
    number("holdfast_challenges", "Challenges that are remembered.", sources.challenges());
    number("holdfast_grants_working", "Requests for grants that are worked on.", sources.grants());
    number(
        "holdfast_models_waiting",
        "Who waits for the thread of the models, or has it.",
        sources.models());
    number(
        "holdfast_deadlines_queued", "Deadlines of calls that are to come.", sources.deadlines());
  }

  private void number(String name, String help, IntSupplier value) {
    instruments.read(name, help, () -> Optional.of(value.getAsInt()));
  }

  private static void reservations(LedgerSnapshot seen, GaugeWithCallback.Callback callback) {
    Map<String, Long> found =
        seen.reservations().values().stream()
            .collect(
                Collectors.groupingBy(
                    reservation -> word(reservation.state()), Collectors.counting()));
    STATES.forEach(state -> callback.call(found.getOrDefault(state, 0L), state));
  }

  private static String word(ReservationState state) {
    return switch (state) {
      case ReservationState.Pending _ -> "pending";
      case ReservationState.Provisioning _ -> "provisioning";
      case ReservationState.Active _ -> "active";
      case ReservationState.Suspended _ -> "suspended";
      case ReservationState.Releasing _ -> "releasing";
      case ReservationState.Released _ -> "released";
      case ReservationState.Failed _ -> "failed";
    };
  }

  private static void sessions(Sessions sessions, GaugeWithCallback.Callback callback) {
    Map<Role, Map<Boolean, Long>> found =
        sessions.all().stream()
            .collect(
                Collectors.groupingBy(
                    NodeSession::role,
                    Collectors.groupingBy(NodeSession::trusted, Collectors.counting())));
    for (Role role : Role.values()) {
      Map<Boolean, Long> ofRole = found.getOrDefault(role, Map.of());
      for (boolean trusted : new boolean[] {true, false}) {
        callback.call(
            ofRole.getOrDefault(trusted, 0L),
            role.name().toLowerCase(Locale.ROOT),
            Boolean.toString(trusted));
      }
    }
  }
}
