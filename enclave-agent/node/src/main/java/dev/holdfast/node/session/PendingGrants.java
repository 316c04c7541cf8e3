package dev.holdfast.node.session;

import dev.holdfast.proto.node.v1.GrantRelease;
import dev.holdfast.proto.node.v1.GrantRequest;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Requests for grants that wait for an answer, over as many sessions as it takes. */
final class PendingGrants implements Grants {
  private static final int RELEASES_MAX = 4_096;

  private final Map<String, Waiting> waiting = new LinkedHashMap<>();

  /** When the requests were asked that nobody waits for any more, oldest first. */
  private final Map<String, Long> givenUp = new LinkedHashMap<>();

  private final Set<String> releases = new LinkedHashSet<>();
  private final GrantListener listener;
  private final Runnable wake;
  private boolean connected;

  PendingGrants(GrantListener listener, Runnable wake) {
    this.listener = listener;
    this.wake = wake;
  }

  private static final class Waiting {
    private final GrantRequest request;
    private boolean sent;
    private long askedNanoTime;
    private @Nullable GrantUpdate answer;

    private Waiting(GrantRequest request) {
      this.request = request;
    }
  }

  @Override
  public GrantAnswer request(ResourceRequest wanted, UUID requestId, Duration timeout)
      throws InterruptedException {
    return await(
        GrantRequest.newBuilder().setRequestId(requestId.toString()).setAcquire(wanted).build(),
        timeout);
  }

  @Override
  public GrantAnswer renew(String grant, Optional<ResourceVector> wanted, Duration timeout)
      throws InterruptedException {
    var renewal = GrantRequest.Renewal.newBuilder().setGrant(grant);
    wanted.ifPresent(renewal::setWanted);
    return await(
        GrantRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setRenew(renewal)
            .build(),
        timeout);
  }

  private GrantAnswer await(GrantRequest request, Duration timeout) throws InterruptedException {
    var mine = new Waiting(request);
    long end = System.nanoTime() + timeout.toNanos();
    synchronized (this) {
      if (waiting.size() >= WAITING_MAX
          || waiting.putIfAbsent(request.getRequestId(), mine) != null) {
        throw new IllegalStateException(
            "too many requests wait for grants, or the same one waits already");
      }
    }
    wake.run();
    synchronized (this) {
      try {
        while (mine.answer == null) {
          long left = end - System.nanoTime();
          if (left <= 0) {
            return new GrantAnswer.Unanswered(connected);
          }
          wait(Math.max(1, Duration.ofNanos(left).toMillis()));
        }
        return answer(mine.answer, mine.askedNanoTime);
      } finally {
        waiting.remove(request.getRequestId());
        if (mine.answer == null && mine.askedNanoTime != 0) {
          remember(request.getRequestId(), mine.askedNanoTime);
        }
      }
    }
  }

  private void remember(String requestId, long askedNanoTime) {
    if (givenUp.size() >= WAITING_MAX) {
      givenUp.remove(givenUp.keySet().iterator().next());
    }
    givenUp.put(requestId, askedNanoTime);
  }

  private static GrantAnswer answer(GrantUpdate update, long askedNanoTime) {
    return switch (update.getStandingCase()) {
      case GRANT ->
          new GrantAnswer.Granted(update.getReservation(), update.getGrant(), askedNanoTime);
      case REVOCATION -> new GrantAnswer.Revoked(update.getRevocation());
      case REFUSAL, STANDING_NOT_SET -> new GrantAnswer.Refused(update.getRefusal());
    };
  }

  @Override
  public void release(String grant) {
    synchronized (this) {
      if (releases.size() < RELEASES_MAX) {
        releases.add(grant);
      }
    }
    wake.run();
  }

  @Override
  public synchronized boolean connected() {
    return connected;
  }

  /** A session began or ended: what was asked is to be asked again in the next. */
  synchronized void connected(boolean now) {
    connected = now;
    waiting.values().forEach(request -> request.sent = false);
  }

  /** What is to be sent now; each only once in a session. */
  synchronized List<SessionRequest> unsent() {
    List<SessionRequest> messages = new ArrayList<>();
    for (Waiting request : waiting.values()) {
      if (!request.sent) {
        request.sent = true;
        // Asked again, the lifetime still counts from the first time: never longer than PAM thinks.
        if (request.askedNanoTime == 0) {
          request.askedNanoTime = System.nanoTime();
        }
        messages.add(SessionRequest.newBuilder().setGrantRequest(request.request).build());
      }
    }
    for (String grant : releases) {
      messages.add(
          SessionRequest.newBuilder()
              .setGrantRelease(GrantRelease.newBuilder().setGrant(grant))
              .build());
    }
    releases.clear();
    return messages;
  }

  /** Hands an update to whoever waits for it, else to the listener. */
  void received(GrantUpdate update) {
    long countsFrom;
    synchronized (this) {
      Waiting request = waiting.get(update.getRequestId());
      if (request != null && request.answer == null) {
        request.answer = update;
        notifyAll();
        return;
      }
      Long asked = givenUp.remove(update.getRequestId());
      countsFrom = asked == null ? System.nanoTime() : asked;
    }
    listener.updated(update, countsFrom);
  }
}
