package dev.holdfast.cli;

import dev.holdfast.proto.reservation.v1.ReleaseReservationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends a reservation. */
@Command(name = "release", description = "Ends a reservation; one that has ended stays as it is.")
final class ReleaseCommand implements Callable<Integer> {
  private final Holdfast root;

  @Parameters(paramLabel = "NAME", description = "tenants/T/reservations/R, or T/R.")
  private String name = "";

  @Option(names = "--etag", paramLabel = "ETAG", description = "Only if it is still this version.")
  private String etag = "";

  ReleaseCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    var request =
        ReleaseReservationRequest.newBuilder()
            .setName(Names.RESERVATION.full(name))
            .setEtag(etag)
            .build();
    return root.call(
        remote -> {
          var released = remote.reservations().releaseReservation(request);
          root.print(released, () -> ReservationViews.one(released, root.now()));
          return Exit.OK.code();
        });
  }
}
