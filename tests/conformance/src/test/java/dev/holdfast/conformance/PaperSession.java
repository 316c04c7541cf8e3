package dev.holdfast.conformance;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Role;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationReport;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.Capabilities;
import dev.holdfast.proto.node.v1.DesiredAllocations;
import dev.holdfast.proto.node.v1.Hello;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.SessionResponse;
import dev.holdfast.proto.node.v1.UsageAck;
import dev.holdfast.proto.node.v1.UsageReport;
import dev.holdfast.proto.reservation.v1.GrantUpdate;
import dev.holdfast.proto.resource.v1.ResourceVector;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A node's session: it answers challenges in a manner, and applies what it is told to hold. */
final class PaperSession implements StreamObserver<SessionResponse>, AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final PaperNode node;
  private final Client client;
  private final StreamObserver<SessionRequest> out;
  private final BlockingQueue<Appraisal> appraisals = new LinkedBlockingQueue<>();
  private final BlockingQueue<Challenge> unanswered = new LinkedBlockingQueue<>();
  private final BlockingQueue<GrantUpdate> grants = new LinkedBlockingQueue<>();
  private final BlockingQueue<UsageAck> acknowledged = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final AtomicInteger told = new AtomicInteger();
  private final Map<String, Allocation> held = new ConcurrentHashMap<>();
  private final Object judging = new Object();
  private int unjudged;
  private volatile Manner manner = Manner.HONEST;
  private volatile ByteString lastEvidence = ByteString.EMPTY;
  private volatile UnaryOperator<AllocationStatus.Builder> reporting = UnaryOperator.identity();

  /** Opens a session with an honest Hello. */
  static PaperSession open(PaperNode node, Client client) {
    PaperSession session = new PaperSession(node, client);
    session.say(SessionRequest.newBuilder().setHello(hello(node)));
    return session;
  }

  PaperSession(PaperNode node, Client client) {
    this.node = node;
    this.client = client;
    this.out = client.node().session(this);
  }

  static Hello hello(PaperNode node) {
    return Hello.newBuilder()
        .setNode(node.name())
        .setRole(wire(node.role()))
        .setCapabilities(
            Capabilities.newBuilder().addEvidenceFormats(EvidenceFormat.EVIDENCE_FORMAT_TPM2_QUOTE))
        .setCapacity(capacity(node.role()))
        .setSoftwareVersion("paper/1")
        .setBootId(node.bootId())
        .build();
  }

  static NodeRole wire(Role role) {
    return switch (role) {
      case HYPERVISOR -> NodeRole.NODE_ROLE_HYPERVISOR;
      case SWITCH -> NodeRole.NODE_ROLE_SWITCH;
      case STORAGE_CONTROLLER -> NodeRole.NODE_ROLE_STORAGE_CONTROLLER;
      case ENCLAVE -> NodeRole.NODE_ROLE_ENCLAVE;
      case ORCHESTRATOR -> NodeRole.NODE_ROLE_UNSPECIFIED;
    };
  }

  private static ResourceVector capacity(Role role) {
    return switch (role) {
      case HYPERVISOR ->
          ResourceVector.newBuilder()
              .setCpuMillicores(Site.CPU_MILLICORES)
              .setMemoryBytes(64L << 30)
              .build();
      case SWITCH -> ResourceVector.newBuilder().setNetworkBytesPerSecond(1L << 30).build();
      case STORAGE_CONTROLLER ->
          ResourceVector.newBuilder()
              .setDiskReadBytesPerSecond(1L << 30)
              .setDiskWriteBytesPerSecond(1L << 30)
              .setStorageBytes(1L << 40)
              .build();
      case ENCLAVE, ORCHESTRATOR -> ResourceVector.getDefaultInstance();
    };
  }

  /** Says one thing; after the other side has ended, nothing. */
  void say(SessionRequest.Builder message) {
    synchronized (out) {
      try {
        out.onNext(message.build());
      } catch (IllegalStateException ended) {
        // The status is known to who waits for the end.
      }
    }
  }

  @Override
  public void onNext(SessionResponse message) {
    switch (message.getMessageCase()) {
      case CHALLENGE -> challenged(message.getChallenge());
      case APPRAISAL -> {
        appraisals.add(message.getAppraisal());
        unjudged(-1);
      }
      case DESIRED_ALLOCATIONS -> apply(message.getDesiredAllocations());
      case GRANT -> grants.add(message.getGrant());
      case USAGE_ACK -> acknowledged.add(message.getUsageAck());
      case WELCOME, HEARTBEAT, MESSAGE_NOT_SET -> {}
    }
  }

  private void challenged(Challenge challenge) {
    Manner present = manner;
    if (present.silent()) {
      unanswered.add(challenge);
    } else {
      ByteString evidence = node.evidence(challenge, present);
      lastEvidence = evidence;
      answer(evidence);
    }
  }

  /** Sends evidence, asked for or not. */
  void answer(ByteString evidence) {
    unjudged(1);
    say(SessionRequest.newBuilder().setEvidenceBundle(evidence));
  }

  private void apply(DesiredAllocations desired) {
    AllocationReport.Builder report =
        AllocationReport.newBuilder()
            .setGeneration(desired.getGeneration())
            .setSnapshot(desired.getSnapshot())
            .setSnapshotEnd(desired.getSnapshotEnd());
    for (Allocation allocation : desired.getAllocationsList()) {
      if (!allocation.hasWithdrawal()) {
        told.incrementAndGet();
      }
      held.put(allocation.getReservation(), allocation);
      report.addStatuses(reporting.apply(status(allocation)));
    }
    say(SessionRequest.newBuilder().setAllocations(report));
  }

  private static AllocationStatus.Builder status(Allocation allocation) {
    return AllocationStatus.newBuilder()
        .setState(
            allocation.hasWithdrawal()
                ? AllocationStatus.State.STATE_WITHDRAWN
                : AllocationStatus.State.STATE_APPLIED)
        .setObserved(allocation);
  }

  /** Reports one reservation again, truly. */
  void reportAgain(String reservation) {
    Allocation allocation = held.get(reservation);
    if (allocation == null) {
      throw new AssertionError("nothing was desired for " + reservation);
    }
    say(
        SessionRequest.newBuilder()
            .setAllocations(AllocationReport.newBuilder().addStatuses(status(allocation))));
  }

  /** How reports are changed before they are sent, from now on. */
  void reporting(UnaryOperator<AllocationStatus.Builder> change) {
    reporting = change;
  }

  private void unjudged(int change) {
    synchronized (judging) {
      unjudged += change;
      judging.notifyAll();
    }
  }

  /** Whoever waited for a round may be ahead of the verdict on its way to the node. */
  private void awaitVerdicts() {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    synchronized (judging) {
      while (unjudged > 0 && !end.isDone()) {
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError(node.name() + " heard of no verdict on " + unjudged);
        }
        try {
          judging.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** How challenges are answered from now on; verdicts on what was sent before are forgotten. */
  void behave(Manner next) {
    awaitVerdicts();
    appraisals.clear();
    unanswered.clear();
    manner = next;
  }

  /** The evidence that was last sent for a challenge. */
  ByteString lastEvidence() {
    return lastEvidence;
  }

  /** How often it was told to hold something. */
  int told() {
    return told.get();
  }

  Appraisal appraisal() {
    return take(appraisals, "appraisal");
  }

  Challenge unanswered() {
    return take(unanswered, "challenge");
  }

  GrantUpdate grant() {
    return take(grants, "grant");
  }

  /** Reports usage, and waits for the answer. */
  UsageAck report(UsageReport.Builder report) {
    say(SessionRequest.newBuilder().setUsage(report));
    return take(acknowledged, "answer to its report");
  }

  private <T> T take(BlockingQueue<T> queue, String what) {
    try {
      T next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError(
            node.name() + " heard of no " + what + (end.isDone() ? ": " + end.join() : ""));
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** How the server ended it. */
  Refused refused() {
    try {
      return Refused.of(end.get(PATIENCE_SECONDS, TimeUnit.SECONDS).asRuntimeException(trailers));
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("the session did not end", e);
    }
  }

  private volatile io.grpc.Metadata trailers = new io.grpc.Metadata();

  @Override
  public void onError(Throwable failure) {
    if (failure instanceof StatusRuntimeException status && status.getTrailers() != null) {
      trailers = status.getTrailers();
    }
    end.complete(Status.fromThrowable(failure));
    unjudged(0);
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
    unjudged(0);
  }

  Client client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
