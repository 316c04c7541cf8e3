package dev.holdfast.node.session;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationReport;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.DesiredAllocations;
import dev.holdfast.proto.node.v1.Heartbeat;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.proto.node.v1.Welcome;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One session from Welcome to its end: a thread that reads, one that writes, one that applies. */
final class Conversation {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
  private static final int QUEUE_MAX = 256;
  private static final int STATUSES_MAX = 500;
  private static final int REPORTS_IN_FLIGHT_MAX = 32;
  private static final int SILENT_INTERVALS = 3;
  private static final Duration FIRST_INTERVAL = Duration.ofSeconds(10);

  /** How long to wait for Welcome: there may be another replica to ask. */
  private static final Duration WELCOME_MAX = Duration.ofSeconds(10);

  private final BlockingClientCall<SessionRequest, SessionResponse> call;
  private final NodeSession owner;
  private final Bytes publicKey;
  private final BlockingQueue<SessionRequest> outgoing = new ArrayBlockingQueue<>(QUEUE_MAX);

  /** What is desired, in order; empty: see whether something has changed by itself. */
  private final BlockingQueue<Optional<DesiredAllocations>> desired =
      new ArrayBlockingQueue<>(QUEUE_MAX);

  private final Set<String> named = new HashSet<>();
  private final Semaphore wake = new Semaphore(0);
  private final AtomicBoolean ended = new AtomicBoolean();
  private Map<String, AllocationStatus> reported = Map.of();
  private volatile Duration interval = FIRST_INTERVAL;
  private volatile boolean welcomed;
  private volatile long generation;
  private long sentReport;

  Conversation(
      BlockingClientCall<SessionRequest, SessionResponse> call,
      NodeSession owner,
      Bytes publicKey) {
    this.call = call;
    this.owner = owner;
    this.publicKey = publicKey;
  }

  /** Something is there to be sent. */
  void wake() {
    wake.release();
  }

  /** What is held changed by itself: that is reported now, or with what waits to be applied. */
  void changed() {
    if (welcomed && desired.isEmpty()) {
      var _ = desired.offer(Optional.empty());
    }
  }

  /** Speaks until the session ends; an exception says why it did. */
  void run(SessionRequest hello) throws IOException, StatusException, InterruptedException {
    Thread writer = Thread.ofVirtual().name("session-writer").unstarted(() -> guarded(this::write));
    Thread applier =
        Thread.ofVirtual().name("session-applier").unstarted(() -> guarded(this::applyAll));
    try {
      outgoing.add(hello);
      wake();
      writer.start();
      applier.start();
      read();
    } finally {
      end("the session is over");
      writer.interrupt();
      applier.interrupt();
      writer.join();
      applier.join();
    }
  }

  private interface Work {
    void run() throws IOException, StatusException, InterruptedException, TimeoutException;
  }

  private void guarded(Work work) {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | StatusException | TimeoutException | RuntimeException e) {
      if (!ended.get()) {
        LOG.warn("session of {} ends: {}", owner.node(), e.toString());
      }
      end("the node cannot go on");
    }
  }

  private void end(String why) {
    if (ended.compareAndSet(false, true)) {
      call.cancel(why, null);
    }
  }

  private void read() throws IOException, StatusException, InterruptedException {
    long heardNanoTime = System.nanoTime();
    while (!ended.get()) {
      Duration most = welcomed ? interval.multipliedBy(SILENT_INTERVALS) : WELCOME_MAX;
      long left = most.toNanos() - (System.nanoTime() - heardNanoTime);
      SessionResponse message;
      try {
        message = call.read(Math.max(1, left), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        throw new IOException("PAM was silent for " + most, e);
      }
      if (message == null) {
        return;
      }
      // A deposed leader's words are no sign of life either.
      if (owner.term().accepts(message.getLeaderTerm())) {
        heardNanoTime = System.nanoTime();
        owner.heard();
        handle(message);
      } else if (left <= 0) {
        throw new IOException("only a deposed leader speaks");
      }
    }
  }

  private void handle(SessionResponse message) throws IOException, StatusException {
    switch (message.getMessageCase()) {
      case WELCOME -> welcome(message.getWelcome());
      case CHALLENGE -> answer(message.getChallenge());
      case APPRAISAL -> {
        var appraisal = message.getAppraisal();
        LOG.info("evidence of {} appraised: {}", owner.node(), appraisal.getVerdict());
        appraisal
            .getFindingsList()
            .forEach(f -> LOG.info("finding {}: {}", f.getReason(), f.getMessage()));
        offer(DesiredAllocations.getDefaultInstance());
      }
      case DESIRED_ALLOCATIONS -> offer(message.getDesiredAllocations());
      case USAGE_ACK -> {
        var ack = message.getUsageAck();
        if (ack.hasError()) {
          LOG.warn("usage kept out of the profiles: {}", ack.getError().getMessage());
        }
        owner.spool().acknowledge(ack.getAcknowledgedSequence());
        wake();
      }
      case GRANT -> granted(message.getGrant());
      case HEARTBEAT, MESSAGE_NOT_SET -> LOG.trace("PAM is there");
    }
  }

  /** Who leads no longer has not answered: what was asked is asked again in the next session. */
  private void granted(GrantUpdate update) throws StatusException {
    if (update.hasRefusal() && NotLeader.of(update.getRefusal()).isPresent()) {
      throw StatusProto.toStatusException(update.getRefusal());
    }
    owner.pendingGrants().received(update);
  }

  private void welcome(Welcome terms) throws IOException {
    Duration told =
        Duration.ofSeconds(
            terms.getHeartbeatInterval().getSeconds(), terms.getHeartbeatInterval().getNanos());
    if (told.isPositive()) {
      interval = told;
    }
    owner.terms(terms);
    if (!welcomed) {
      owner.spool().acknowledge(terms.getAcknowledgedSequence());
      welcomed = true;
      owner.pendingGrants().connected(true);
      offer(DesiredAllocations.getDefaultInstance());
    }
    wake();
  }

  private void answer(Challenge challenge) throws IOException {
    LOG.info(
        "challenge for {}: {} {}",
        owner.node(),
        challenge.getReason(),
        challenge.getPathwaysList());
    ByteString bundle = owner.answer(challenge, publicKey);
    send(SessionRequest.newBuilder().setEvidenceBundle(bundle).build());
  }

  private void offer(DesiredAllocations next) throws IOException {
    if (!desired.offer(Optional.of(next))) {
      throw new IOException("PAM sends allocations faster than this node can make them so");
    }
  }

  private void send(SessionRequest message) throws IOException {
    if (!outgoing.offer(message)) {
      throw new IOException("PAM does not read what this node says");
    }
    wake();
  }

  /**
   * Applies what is desired, one after the other. A message of generation 0 asks for a report only.
   */
  private void applyAll() throws IOException, InterruptedException {
    while (!ended.get()) {
      Optional<DesiredAllocations> due = desired.poll(interval.toMillis(), TimeUnit.MILLISECONDS);
      if (due == null || due.isEmpty()) {
        report(List.of(), false);
        continue;
      }
      DesiredAllocations next = due.get();
      List<AllocationStatus> changed = new ArrayList<>();
      boolean whole = next.getGeneration() == 0;
      if (!whole) {
        for (Allocation allocation : next.getAllocationsList()) {
          changed.add(owner.held().apply(allocation));
          named.add(allocation.getReservation());
        }
        if (next.getSnapshot() && next.getSnapshotEnd()) {
          changed.addAll(owner.held().keepOnly(Set.copyOf(named)));
          whole = true;
        }
        if (!next.getSnapshot() || next.getSnapshotEnd()) {
          named.clear();
        }
        generation = next.getGeneration();
      }
      report(changed, whole);
    }
  }

  private void report(List<AllocationStatus> changed, boolean whole) throws IOException {
    Map<String, AllocationStatus> now = owner.held().held();
    List<AllocationStatus> statuses = new ArrayList<>(changed);
    Set<String> said = new HashSet<>();
    changed.forEach(status -> said.add(status.getObserved().getReservation()));
    now.forEach(
        (reservation, status) -> {
          if (!said.contains(reservation) && (whole || !status.equals(reported.get(reservation)))) {
            statuses.add(status);
          }
        });
    reported = now;
    for (int from = 0; from < statuses.size() || (whole && from == 0); from += STATUSES_MAX) {
      int to = Math.min(from + STATUSES_MAX, statuses.size());
      send(
          SessionRequest.newBuilder()
              .setAllocations(
                  AllocationReport.newBuilder()
                      .setGeneration(generation)
                      .addAllStatuses(statuses.subList(from, to))
                      .setSnapshot(whole)
                      .setSnapshotEnd(whole && to == statuses.size()))
              .build());
    }
  }

  private void write() throws IOException, StatusException, InterruptedException, TimeoutException {
    long wroteNanoTime = System.nanoTime();
    while (!ended.get()) {
      // Half an interval, so that a pause of this thread does not look like silence.
      long left = interval.toNanos() / 2 - (System.nanoTime() - wroteNanoTime);
      boolean awake = wake.tryAcquire(Math.max(1, left), TimeUnit.NANOSECONDS);
      wake.drainPermits();
      boolean wrote = false;
      SessionRequest next;
      while ((next = outgoing.poll()) != null) {
        write(next);
        wrote = true;
      }
      if (welcomed) {
        for (SessionRequest message : owner.pendingGrants().unsent()) {
          write(message);
          wrote = true;
        }
        wrote |= writeUsage();
      }
      if (!wrote && !awake && welcomed) {
        write(
            SessionRequest.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setCapacity(owner.capacity()))
                .build());
        wrote = true;
      }
      if (wrote || !awake) {
        wroteNanoTime = System.nanoTime();
      }
    }
  }

  private boolean writeUsage()
      throws IOException, StatusException, InterruptedException, TimeoutException {
    boolean wrote = false;
    long acknowledged = owner.spool().acknowledged();
    sentReport = Math.max(sentReport, acknowledged);
    while (sentReport - acknowledged < REPORTS_IN_FLIGHT_MAX) {
      Optional<UsageReport> report = owner.spool().after(sentReport);
      if (report.isEmpty()) {
        return wrote;
      }
      write(SessionRequest.newBuilder().setUsage(report.get()).build());
      sentReport = report.get().getSequence();
      wrote = true;
    }
    return wrote;
  }

  private void write(SessionRequest message)
      throws IOException, StatusException, InterruptedException, TimeoutException {
    long nanos = interval.multipliedBy(SILENT_INTERVALS).toNanos();
    if (!call.write(message, nanos, TimeUnit.NANOSECONDS)) {
      throw new IOException("the session is closed");
    }
  }
}
