package dev.holdfast.cli;

import dev.holdfast.proto.reservation.v1.CreateReservationRequest;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.Workload;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
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

  @Option(
      names = "--tenant",
      required = true,
      paramLabel = "TENANT",
      description = "Who it is for: acme.")
  private String tenant = "";

  @Option(
      names = "--image",
      required = true,
      paramLabel = "SHA256",
      description = "What will run: the SHA-256 of the image's manifest.")
  private String image = "";

  @Option(names = "--user", paramLabel = "USER", description = "Who runs it, as the tenant says.")
  private String user = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "What kind of work it is. Default: the image's.")
  private String type = "";

  @Option(
      names = "--input",
      paramLabel = "KEY=VALUE",
      description = {
        "A parameter that bears on demand: rows=5000000, mode=full, cold=true.",
        "In double quotes, a value is text whatever it looks like."
      })
  private Map<String, String> inputs = new LinkedHashMap<>();

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
    Workload.Builder workload =
        Workload.newBuilder().setImage(Names.image(image)).setUser(user).setWorkloadType(type);
    inputs.forEach((key, value) -> workload.putInputs(key, input(value)));
    Reservation.Builder reservation =
        Reservation.newBuilder()
            .setWorkload(workload)
            .setPriority(priority)
            .setTrustZone(zone.isEmpty() ? "" : Names.ZONE.full(zone));
    amount.vector().ifPresent(reservation::setAmount);
    CreateReservationRequest.Builder request =
        CreateReservationRequest.newBuilder()
            .setParent(Names.TENANT.full(tenant))
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

  /** A number, a switch, or else a word. */
  static InputValue input(String text) {
    if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
      return InputValue.newBuilder().setText(text.substring(1, text.length() - 1)).build();
    }
    if (text.equals("true") || text.equals("false")) {
      return InputValue.newBuilder().setFlag(text.equals("true")).build();
    }
    if (text.matches("[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d{1,3})?")) {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return InputValue.newBuilder().setNumber(number).build();
      }
    }
    return InputValue.newBuilder().setText(text).build();
  }
}
