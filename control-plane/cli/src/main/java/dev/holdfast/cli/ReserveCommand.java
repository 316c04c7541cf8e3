package dev.holdfast.cli;

import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reserves capacity for a workload. */
@Command(
    name = "reserve",
    description = {
      "Reserves attested capacity for a workload.",
      "Without an amount, PAM holds what its forecast for the workload says."
    })
final class ReserveCommand implements Callable<Integer> {
  private final Holdfast root;

  @Mixin private WorkloadOptions workload = new WorkloadOptions();

  @Mixin private AmountOptions amount = new AmountOptions();

  @Option(names = "--for", paramLabel = "SPAN", description = "How long. Default: 1h.")
  private Duration span = Duration.ofHours(1);

  @Option(names = "--in", paramLabel = "SPAN", description = "When it begins. Default: at once.")
  private Duration delay = Duration.ZERO;

  @Option(names = "--priority", paramLabel = "N", description = "0 to 1000. Default: 0.")
  private int priority;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "The trust zone. Default: the cheapest that the tenant may use.")
  private String zone = "";

  @Option(names = "--id", paramLabel = "ID", description = "Last part of the name. Default: PAM's.")
  private String id = "";

  @Option(
      names = "--request-id",
      paramLabel = "UUID",
      description = {
        "Repeats a command safely for 24 hours: typed again, with nothing else changed, it",
        "gives the same reservation. Make one with uuidgen -r."
      })
  private String requestId = "";

  @Option(names = "--dry-run", description = "Decide, show the decision, and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--wait",
      arity = "0..1",
      fallbackValue = "5m",
      paramLabel = "SPAN",
      description = "Wait until it is ACTIVE, for at most SPAN (5m).")
  private Duration patience = Duration.ZERO;

  ReserveCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    CreateReservationRequest request = request();
    return root.call(
        remote -> {
          Reservation made = remote.reservations().createReservation(request);
          if (!patience.isZero() && !dryRun) {
            made = new Watching(root, remote).untilActive(made, patience);
          }
          Reservation shown = made;
          root.print(
              shown,
              () ->
                  (dryRun ? "Dry run: nothing was changed.\n" : "")
                      + ReservationViews.one(shown, root.now()));
          return dryRun && shown.getState() == Reservation.State.STATE_FAILED
              ? Exit.REFUSED.code()
              : Exit.OK.code();
        });
  }

  private CreateReservationRequest request() {
    Reservation.Builder reservation =
        Reservation.newBuilder()
            .setWorkload(workload.workload())
            .setPriority(priority)
            .setTrustZone(zone.isEmpty() ? "" : Names.ZONE.full(zone));
    amount.vector().ifPresent(reservation::setAmount);
    CreateReservationRequest.Builder request =
        CreateReservationRequest.newBuilder()
            .setParent(workload.parent())
            .setReservationId(id)
            .setReservation(reservation)
            .setHoldDuration(Spans.onWire(span))
            .setRequestId(requestId())
            .setValidateOnly(dryRun);
    if (!delay.isZero()) {
      request.setStartDelay(Spans.onWire(delay));
    }
    return request.build();
  }

  private String requestId() {
    if (requestId.isEmpty()) {
      return UUID.randomUUID().toString();
    }
    try {
      UUID given = UUID.fromString(requestId);
      if (given.version() == 4 && given.toString().equalsIgnoreCase(requestId)) {
        return given.toString();
      }
    } catch (IllegalArgumentException e) {
      // Refused below, with every other form that is not meant.
    }
    throw CommandException.usage(
        "\"" + Text.clean(requestId) + "\" is no UUID of version 4. Make one with uuidgen -r.");
  }
}
