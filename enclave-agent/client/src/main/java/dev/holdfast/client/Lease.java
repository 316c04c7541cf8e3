package dev.holdfast.client;

import dev.holdfast.proto.agent.v1.ReleaseGrantRequest;
import dev.holdfast.proto.agent.v1.RenewGrantRequest;
import dev.holdfast.proto.agent.v1.WatchGrantRequest;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.resource.v1.ResourceVector;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Resources that the application may use until it closes this; the agent renews them meanwhile.
 * What may be used can go down at any time, and to nothing: {@link #limits} is always the latest,
 * and listeners are told. Once the agent is gone, nothing may be used after the grant's lifetime.
 */
public final class Lease implements AutoCloseable {
  private static final Duration CALL_DEADLINE = Duration.ofSeconds(30);

  /** A watch is opened again after this, so that none outlives what it watches unseen. */
  private static final Duration WATCH_DEADLINE = Duration.ofMinutes(10);

  private final HoldfastClient client;
  private final String reservation;
  private final String name;
  private final Context.CancellableContext watching = Context.ROOT.withCancellation();
  private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
  private final Thread watcher;
  private volatile State state;
  private volatile long usableUntil;
  private volatile boolean closed;

  /** What may be used. */
  public sealed interface State {
    /** What may be used: nothing once it has ended. */
    ResourceVector limits();

    /**
     * Something.
     *
     * @param limits up to these
     */
    record Usable(ResourceVector limits) implements State {}

    /**
     * Nothing any more.
     *
     * @param reason a stable identifier in UPPER_SNAKE_CASE, such as TRUST_LOST
     * @param message what happened, why, and what to do
     */
    record Ended(String reason, String message) implements State {
      @Override
      public ResourceVector limits() {
        return ResourceVector.getDefaultInstance();
      }
    }
  }

  Lease(HoldfastClient client, String reservation, Grant grant) {
    this.client = client;
    this.reservation = reservation;
    this.name = grant.getName();
    this.state = new State.Usable(grant.getLimits());
    this.usableUntil = end(grant);
    this.watcher = Thread.ofVirtual().name("watch on " + name).unstarted(this::watch);
  }

  void start() {
    watcher.start();
  }

  private static long end(Grant grant) {
    return System.nanoTime()
        + Duration.ofSeconds(
                Math.clamp(grant.getLifetime().getSeconds(), 0, 86_400),
                grant.getLifetime().getNanos())
            .toNanos();
  }

  /** The grant: tenants/{tenant}/reservations/{reservation}/grants/{grant}. */
  public String name() {
    return name;
  }

  /** The reservation drawn on: tenants/{tenant}/reservations/{reservation}. */
  public String reservation() {
    return reservation;
  }

  /** What may be used now. */
  public ResourceVector limits() {
    return state.limits();
  }

  /** How it stands now. */
  public State state() {
    return state;
  }

  /**
   * Adds a listener.
   *
   * @param listener told how it stands at once, by this thread, and then at every change, by
   *     another
   */
  public void onChange(Consumer<State> listener) {
    synchronized (this) {
      listeners.add(listener);
      listener.accept(state);
    }
  }

  /**
   * Asks for other limits.
   *
   * @return what may be used from now on
   * @throws ResourcesRefused if not; what was granted stays
   */
  public ResourceVector resize(ResourceVector wanted) throws ResourcesRefused {
    try {
      Grant next =
          client
              .broker(CALL_DEADLINE)
              .renewGrant(RenewGrantRequest.newBuilder().setName(name).setWanted(wanted).build());
      usableUntil = end(next);
      become(new State.Usable(next.getLimits()));
      return next.getLimits();
    } catch (StatusRuntimeException e) {
      throw ResourcesRefused.of(e);
    }
  }

  private synchronized void become(State next) {
    if (state.equals(next) || state instanceof State.Ended) {
      return;
    }
    state = next;
    listeners.forEach(listener -> listener.accept(next));
  }

  private boolean over() {
    return closed || state instanceof State.Ended;
  }

  private void watch() {
    int failures = 0;
    while (!over()) {
      try {
        watching.call(
            () -> {
              Iterator<GrantUpdate> updates =
                  client
                      .broker(WATCH_DEADLINE)
                      .watchGrant(
                          WatchGrantRequest.newBuilder().setReservation(reservation).build());
              while (updates.hasNext()) {
                take(updates.next());
              }
              return true;
            });
        failures = 0;
        if (!over()) {
          become(new State.Ended("WATCH_ENDED", "The agent says nothing more of the grant."));
        }
      } catch (StatusRuntimeException e) {
        failures = e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED ? 0 : failures + 1;
        afterFailure(e);
      } catch (Exception e) {
        become(new State.Ended("WATCH_FAILED", String.valueOf(e.getMessage())));
      }
      if (!over() && failures > 0 && !client.pause(failures)) {
        return;
      }
    }
  }

  private void afterFailure(StatusRuntimeException e) {
    if (closed) {
      return;
    }
    if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
      become(new State.Ended("GRANT_UNKNOWN", "The agent has restarted; ask again."));
    } else if (System.nanoTime() - usableUntil >= 0) {
      become(new State.Ended("AGENT_AWAY", "The agent cannot be reached; ask again when it can."));
    }
  }

  private void take(GrantUpdate update) {
    switch (update.getStandingCase()) {
      case GRANT -> {
        if (update.getGrant().getName().equals(name)) {
          usableUntil = end(update.getGrant());
          become(new State.Usable(update.getGrant().getLimits()));
        }
      }
      case REVOCATION -> {
        // A reservation may have several grants, of which others end.
        String subject = update.getRevocation().getSubject();
        if (subject.equals(name) || !subject.contains("/grants/")) {
          become(
              new State.Ended(
                  update.getRevocation().getReason(), update.getRevocation().getMessage()));
        }
      }
      case REFUSAL, STANDING_NOT_SET -> {}
    }
  }

  /** Gives the resources back. Where the agent cannot be reached, they end with their lifetime. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    watching.cancel(null);
    watcher.interrupt();
    become(new State.Ended("RELEASED", "The application gave the resources back."));
    client.forget(this);
    try {
      ReleaseGrantRequest request = ReleaseGrantRequest.newBuilder().setName(name).build();
      client.broker(CALL_DEADLINE).releaseGrant(request);
    } catch (StatusRuntimeException e) {
      switch (e.getStatus().getCode()) {
        // It has ended, or will by itself.
        case NOT_FOUND, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> {}
        default -> throw e;
      }
    }
  }
}
