package dev.holdfast.enclave;

import dev.holdfast.proto.reservation.v1.GrantUpdate;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An application that watches its grants on one reservation. A slow one misses what was overtaken
 * and never the latest: one update is kept for each grant.
 */
final class GrantWatch {
  private final long uid;
  private final String reservation;
  private final ServerCallStreamObserver<GrantUpdate> observer;
  private final Map<String, GrantUpdate> pending = new LinkedHashMap<>();
  private boolean ending;
  private boolean over;

  GrantWatch(long uid, String reservation, ServerCallStreamObserver<GrantUpdate> observer) {
    this.uid = uid;
    this.reservation = reservation;
    this.observer = observer;
    observer.setOnReadyHandler(this::flush);
  }

  boolean concerns(HeldGrant grant) {
    return grant.owner().uid() == uid && grant.reservation().equals(reservation);
  }

  synchronized void send(String grant, GrantUpdate update) {
    pending.put(grant, update);
    flush();
  }

  synchronized void end() {
    ending = true;
    flush();
  }

  synchronized boolean isOver() {
    return over || observer.isCancelled();
  }

  private synchronized void flush() {
    if (isOver()) {
      return;
    }
    var each = pending.values().iterator();
    while (each.hasNext() && observer.isReady()) {
      observer.onNext(each.next());
      each.remove();
    }
    if (pending.isEmpty() && ending) {
      over = true;
      observer.onCompleted();
    }
  }
}
