package dev.holdfast.enclave;

import com.google.rpc.Code;
import dev.holdfast.node.session.GrantAnswer;
import dev.holdfast.node.session.GrantListener;
import dev.holdfast.node.session.Grants;
import dev.holdfast.proto.reservation.v1.Cause;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The grants of the applications in one enclave: asked for, renewed while the application's process
 * lives, brought down to safe limits when PAM is away, and ended at once when revoked.
 */
final class GrantBroker implements GrantListener, AutoCloseable {
  /** Live grants of one user, requests that wait included. */
  static final int GRANTS_PER_USER_MAX = 100;

  /** Ended grants and answered requests remembered, of all users. */
  static final int REMEMBERED_MAX = 4_096;

  static final int WATCHES_MAX = 1_000;

  private static final Duration LOOK_AT_LEAST = Duration.ofSeconds(1);
  private static final Duration RENEWAL_TIMEOUT_MAX = Duration.ofSeconds(30);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Grants desk;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<UUID, Request> requests = new LinkedHashMap<>();
  private final Map<String, HeldGrant> grants = new LinkedHashMap<>();
  private final List<GrantWatch> watches = new ArrayList<>();
  private final Thread keeper;
  private boolean closed;

  /** One wish; the same id from the same user finds it again. */
  private static final class Request {
    private final Caller caller;
    private final ResourceRequest wanted;
    private final String requestId;
    private boolean asking;
    private Optional<HeldGrant> grant = Optional.empty();

    Request(Caller caller, ResourceRequest wanted, String requestId) {
      this.caller = caller;
      this.wanted = wanted;
      this.requestId = requestId;
    }
  }

  GrantBroker(Grants desk) {
    this.desk = desk;
    this.keeper = Thread.ofVirtual().name("grant keeper").start(this::keep);
  }

  /**
   * Asks for resources and waits for the answer.
   *
   * @param requestId as the application chose it
   */
  GrantUpdate request(Caller caller, ResourceRequest wanted, UUID requestId, Duration timeout)
      throws BrokerProblem, InterruptedException {
    UUID id = caller.own(requestId);
    long until = System.nanoTime() + timeout.toNanos();
    Request request;
    lock.lock();
    try {
      request = requests.get(id);
      if (request == null) {
        request = admit(caller, wanted, requestId);
        requests.put(id, request);
      } else if (!request.wanted.equals(wanted)) {
        throw new BrokerProblem(
            Code.ALREADY_EXISTS,
            "REQUEST_ID_REUSED",
            "request " + requestId + " was for something else; choose a new id",
            Map.of("request_id", requestId.toString()));
      }
      while (request.asking && request.grant.isEmpty()) {
        long left = until - System.nanoTime();
        if (left <= 0 || changed.awaitNanos(left) <= 0) {
          throw BrokerProblem.unanswered(desk.connected());
        }
      }
      if (request.grant.isPresent()) {
        return request.grant.get().update(System.nanoTime());
      }
      request.asking = true;
    } finally {
      lock.unlock();
    }
    GrantAnswer answer = new GrantAnswer.Unanswered(false);
    try {
      Duration left = Duration.ofNanos(Math.max(1, until - System.nanoTime()));
      answer = desk.request(wanted, id, left);
    } catch (IllegalStateException e) {
      throw new BrokerProblem(
          Code.RESOURCE_EXHAUSTED, "AGENT_BUSY", String.valueOf(e.getMessage()), Map.of());
    } finally {
      lock.lock();
      try {
        request.asking = false;
        if (answer instanceof GrantAnswer.Granted granted) {
          hold(request, granted.reservation(), granted.grant(), granted.askedNanoTime());
        } else if (!(answer instanceof GrantAnswer.Unanswered) && request.grant.isEmpty()) {
          requests.remove(id);
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    return answered(request, answer);
  }

  private GrantUpdate answered(Request request, GrantAnswer answer) throws BrokerProblem {
    GrantUpdate.Builder update = GrantUpdate.newBuilder().setRequestId(request.requestId);
    return switch (answer) {
      case GrantAnswer.Granted _ -> stands(request);
      case GrantAnswer.Refused refused -> update.setRefusal(refused.reason()).build();
      case GrantAnswer.Revoked revoked -> update.setRevocation(revoked.cause()).build();
      case GrantAnswer.Unanswered unanswered -> {
        // A late answer may have come by the other way meanwhile.
        if (holds(request)) {
          yield stands(request);
        }
        throw BrokerProblem.unanswered(unanswered.connected());
      }
    };
  }

  private boolean holds(Request request) {
    lock.lock();
    try {
      return request.grant.isPresent();
    } finally {
      lock.unlock();
    }
  }

  private GrantUpdate stands(Request request) {
    lock.lock();
    try {
      return request.grant.orElseThrow().update(System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private Request admit(Caller caller, ResourceRequest wanted, UUID requestId)
      throws BrokerProblem {
    requests
        .values()
        .removeIf(r -> !r.asking && r.grant.filter(g -> !g.isLive()).isPresent() && crowded());
    long mine =
        requests.values().stream()
            .filter(r -> r.caller.uid() == caller.uid())
            .filter(r -> r.grant.map(HeldGrant::isLive).orElse(true))
            .count();
    if (mine >= GRANTS_PER_USER_MAX || requests.size() >= 2 * REMEMBERED_MAX) {
      throw new BrokerProblem(
          Code.RESOURCE_EXHAUSTED,
          "TOO_MANY_GRANTS",
          "a user holds or waits for at most " + GRANTS_PER_USER_MAX + " grants; release some",
          Map.of("grants_max", Integer.toString(GRANTS_PER_USER_MAX)));
    }
    return new Request(caller, wanted, requestId.toString());
  }

  private boolean crowded() {
    return requests.size() >= REMEMBERED_MAX;
  }

  private void hold(Request request, String reservation, Grant grant, long countsFrom) {
    HeldGrant known = grants.get(grant.getName());
    if (known != null) {
      known.take(grant, countsFrom);
      request.grant = Optional.of(known);
      tell(known);
      return;
    }
    HeldGrant held =
        new HeldGrant(request.caller, request.requestId, reservation, grant, countsFrom);
    request.grant = Optional.of(held);
    grants.put(grant.getName(), held);
    if (grants.size() > REMEMBERED_MAX) {
      grants.values().removeIf(old -> !old.isLive());
    }
    changed.signalAll();
  }

  /**
   * Watches the caller's grants on one reservation; the observer is told how they stand at once.
   */
  void watch(Caller caller, String reservation, GrantWatch watch) throws BrokerProblem {
    lock.lock();
    try {
      watches.removeIf(GrantWatch::isOver);
      if (watches.size() >= WATCHES_MAX) {
        throw new BrokerProblem(
            Code.RESOURCE_EXHAUSTED, "TOO_MANY_WATCHES", "too many watches are open", Map.of());
      }
      List<HeldGrant> mine = grants.values().stream().filter(watch::concerns).toList();
      if (mine.isEmpty()) {
        throw BrokerProblem.unknown(reservation);
      }
      watches.add(watch);
      mine.forEach(grant -> watch.send(grant.name(), grant.update(System.nanoTime())));
      endIfOver(watch);
    } finally {
      lock.unlock();
    }
  }

  private void endIfOver(GrantWatch watch) {
    if (grants.values().stream().noneMatch(g -> g.isLive() && watch.concerns(g))) {
      watch.end();
    }
  }

  private void tell(HeldGrant grant) {
    watches.removeIf(GrantWatch::isOver);
    for (GrantWatch watch : watches) {
      if (watch.concerns(grant)) {
        watch.send(grant.name(), grant.update(System.nanoTime()));
        endIfOver(watch);
      }
    }
    changed.signalAll();
  }

  /** Renews a grant at the application's wish. */
  Grant renew(Caller caller, String name, Optional<ResourceVector> wanted, Duration timeout)
      throws BrokerProblem, InterruptedException {
    HeldGrant held = owned(caller, name);
    if (!held.isLive()) {
      throw BrokerProblem.unknown(name);
    }
    return switch (desk.renew(name, wanted, timeout)) {
      case GrantAnswer.Granted granted -> {
        lock.lock();
        try {
          renewed(held, granted.grant(), granted.askedNanoTime());
          yield held.told(System.nanoTime());
        } finally {
          lock.unlock();
        }
      }
      case GrantAnswer.Refused refused -> throw new BrokerProblem(refused.reason());
      case GrantAnswer.Revoked revoked -> {
        end(held, revoked.cause());
        throw new BrokerProblem(
            Code.FAILED_PRECONDITION,
            "GRANT_REVOKED",
            revoked.cause().getMessage(),
            Map.of("grant", name, "cause", revoked.cause().getReason()));
      }
      case GrantAnswer.Unanswered unanswered ->
          throw BrokerProblem.unanswered(unanswered.connected());
    };
  }

  /** A renewal that comes after the end is given back: else PAM would keep its room until then. */
  private void renewed(HeldGrant held, Grant grant, long countsFrom) {
    if (held.take(grant, countsFrom)) {
      tell(held);
    } else if (!held.isLive()) {
      desk.release(held.name());
    }
  }

  /** Gives a grant back; one that has ended stays as it is. */
  void release(Caller caller, String name) throws BrokerProblem {
    HeldGrant held = owned(caller, name);
    lock.lock();
    try {
      if (!held.isLive()) {
        return;
      }
      held.end(Causes.of("RELEASED", "The application gave the grant back.", name));
      tell(held);
    } finally {
      lock.unlock();
    }
    desk.release(name);
  }

  private HeldGrant owned(Caller caller, String name) throws BrokerProblem {
    lock.lock();
    try {
      HeldGrant held = grants.get(name);
      if (held == null || held.owner().uid() != caller.uid()) {
        throw BrokerProblem.unknown(name);
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  /** The grants that live, for the meter. */
  List<Metered> metered() {
    lock.lock();
    try {
      return grants.values().stream()
          .filter(HeldGrant::isLive)
          .map(grant -> new Metered(grant.name(), grant.owner().pid()))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A grant to meter.
   *
   * @param grant its name
   * @param pid the process that asked for it
   */
  record Metered(String grant, long pid) {}

  @Override
  public void updated(GrantUpdate update, long countsFrom) {
    lock.lock();
    try {
      switch (update.getStandingCase()) {
        case GRANT -> {
          HeldGrant held = grants.get(update.getGrant().getName());
          if (held != null) {
            renewed(held, update.getGrant(), countsFrom);
          } else {
            late(update, countsFrom);
          }
        }
        case REVOCATION -> {
          HeldGrant held = grants.get(update.getRevocation().getSubject());
          if (held != null) {
            held.end(update.getRevocation());
            tell(held);
          }
        }
        // A late refusal ends a request that nobody waits for: a repeat asks PAM again.
        case REFUSAL, STANDING_NOT_SET -> {}
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * An answer that came after its waiter had gone: kept for the repeat, and given back if none
   * comes.
   */
  private void late(GrantUpdate update, long countsFrom) {
    if (update.getRequestId().isEmpty()) {
      return;
    }
    Request request = requests.get(UUID.fromString(update.getRequestId()));
    if (request != null && request.grant.isEmpty()) {
      hold(request, update.getReservation(), update.getGrant(), countsFrom);
    }
  }

  private void end(HeldGrant held, Cause cause) {
    lock.lock();
    try {
      held.end(cause);
      tell(held);
    } finally {
      lock.unlock();
    }
  }

  private void keep() {
    lock.lock();
    try {
      while (!closed) {
        long wait = LOOK_AT_LEAST.toNanos();
        for (HeldGrant held : List.copyOf(grants.values())) {
          if (held.isLive()) {
            wait = Math.min(wait, look(held));
          }
        }
        // Woken earlier when something changed.
        var _ = changed.awaitNanos(Math.max(wait, TimeUnit.MILLISECONDS.toNanos(1)));
      }
    } catch (InterruptedException _) {
      // The agent ends.
    } finally {
      lock.unlock();
    }
  }

  private long look(HeldGrant held) {
    if (!held.ownerLives()) {
      held.end(
          Causes.of("OWNER_GONE", "The process that asked for the grant has ended.", held.name()));
      desk.release(held.name());
      tell(held);
      return Long.MAX_VALUE;
    }
    long now = System.nanoTime();
    if (held.advance(now)) {
      tell(held);
      if (!held.isLive()) {
        return Long.MAX_VALUE;
      }
    }
    if (held.beginRenewal(now)) {
      Thread.ofVirtual().name("renewal of " + held.name()).start(() -> renewByItself(held));
    }
    return held.untilNextEvent(now);
  }

  private void renewByItself(HeldGrant held) {
    long left = held.nanosToExpiry(System.nanoTime());
    Duration timeout =
        Duration.ofNanos(Math.clamp(left, RETRY.toNanos(), RENEWAL_TIMEOUT_MAX.toNanos()));
    GrantAnswer answer = new GrantAnswer.Unanswered(false);
    try {
      answer = desk.renew(held.name(), Optional.empty(), timeout);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException _) {
      // Too many wait already: tried again below.
    }
    lock.lock();
    try {
      switch (answer) {
        case GrantAnswer.Granted granted -> {
          renewed(held, granted.grant(), granted.askedNanoTime());
          held.endRenewal(System.nanoTime());
        }
        case GrantAnswer.Refused refused -> {
          held.renewalRefused(Causes.ofRefusal(refused.reason(), held.name()));
          changed.signalAll();
        }
        case GrantAnswer.Revoked revoked -> {
          held.end(revoked.cause());
          tell(held);
        }
        case GrantAnswer.Unanswered _ ->
            held.endRenewal(System.nanoTime() + Math.clamp(left / 8, 1_000_000, RETRY.toNanos()));
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends: what is held is given back as far as PAM can be told. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      for (HeldGrant held : List.copyOf(grants.values())) {
        if (held.isLive()) {
          held.end(Causes.of("AGENT_STOPPED", "The agent has ended.", held.name()));
          desk.release(held.name());
          tell(held);
        }
      }
    } finally {
      lock.unlock();
    }
    keeper.interrupt();
  }
}
