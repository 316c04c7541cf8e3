package dev.holdfast.node.session;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.node.enrol.NodeIdentity;
import dev.holdfast.node.enrol.PamChannels;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.node.v1.Capabilities;
import dev.holdfast.proto.node.v1.Hello;
import dev.holdfast.proto.node.v1.NodeServiceGrpc;
import dev.holdfast.proto.node.v1.SessionRequest;
import dev.holdfast.proto.node.v1.Welcome;
import dev.holdfast.proto.replica.NotLeader;
import dev.holdfast.proto.replica.Replicas;
import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.proto.resource.v1.ResourceVector;
import dev.holdfast.proto.usage.v1.UsageSample;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's session with PAM, opened again whenever it ends. It owns three threads: one that speaks,
 * one that meters, one that gives orphans back.
 */
public final class NodeSession implements AutoCloseable {
  /** Usage reports kept while PAM does not have them. */
  public static final int SPOOL_REPORTS_MAX = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(NodeSession.class);
  private static final Duration BACK_OFF_MIN = Duration.ofMillis(200);
  private static final Duration BACK_OFF_MAX = Duration.ofSeconds(30);

  /** The longest pause while a replica waits for a leader: it will not be long. */
  private static final Duration VACANT_BACK_OFF_MAX = Duration.ofSeconds(5);

  private static final Duration ORPHAN_CHECK = Duration.ofSeconds(1);
  private static final Duration CONTACT_RECORD = Duration.ofSeconds(10);
  private static final Duration SAMPLE_PERIOD_DEFAULT = Duration.ofSeconds(1);
  private static final int SAMPLES_PER_REPORT = 500;
  private static final String CONTACT_FILE = "last-contact";

  private final SessionSetup setup;
  private final LeaderTerm term;
  private final UsageSpool spool;
  private final HeldAllocations held;
  private final PendingGrants grants;
  private final List<Thread> threads;
  private volatile boolean closed;
  private volatile @Nullable Conversation conversation;
  private volatile Duration samplePeriod;
  private volatile Duration reportInterval;
  private volatile long heardNanoTime = System.nanoTime();
  private volatile Instant heardAt;
  private Instant recordedAt;

  private NodeSession(SessionSetup setup) throws IOException {
    this.setup = setup;
    this.term = new LeaderTerm(setup.state());
    this.spool = new UsageSpool(setup.state().within("spool"), SPOOL_REPORTS_MAX);
    this.held = new HeldAllocations(setup.allocator());
    this.grants = new PendingGrants(setup.grantListener(), this::wake);
    this.samplePeriod = setup.samplePeriod().orElse(SAMPLE_PERIOD_DEFAULT);
    this.reportInterval = samplePeriod;
    this.heardAt =
        setup
            .state()
            .read(CONTACT_FILE)
            .filter(content -> content.length == Long.BYTES)
            .map(content -> Instant.ofEpochMilli(ByteBuffer.wrap(content).getLong()))
            .orElseGet(Instant::now);
    this.recordedAt = heardAt;
    this.threads =
        List.of(
            Thread.ofVirtual().name("session").unstarted(this::speak),
            Thread.ofVirtual().name("session-meter").unstarted(this::meter),
            Thread.ofVirtual().name("session-orphans").unstarted(this::watchOrphans));
  }

  /** Starts a session; it goes on until it is closed. */
  public static NodeSession start(SessionSetup setup) throws IOException {
    var session = new NodeSession(setup);
    setup.allocator().watch(session::changed);
    session.threads.forEach(Thread::start);
    return session;
  }

  /** The desk where grants are asked for. */
  public Grants grants() {
    return grants;
  }

  NodeName node() {
    return setup.node();
  }

  LeaderTerm term() {
    return term;
  }

  UsageSpool spool() {
    return spool;
  }

  HeldAllocations held() {
    return held;
  }

  PendingGrants pendingGrants() {
    return grants;
  }

  ResourceVector capacity() {
    return setup.allocator().capacity();
  }

  ByteString answer(Challenge challenge, Bytes publicKey) throws IOException {
    return setup.evidence().answer(challenge, publicKey);
  }

  void terms(Welcome welcome) {
    Duration sample = duration(welcome.getSamplePeriod());
    samplePeriod =
        setup.samplePeriod().orElse(sample.isPositive() ? sample : SAMPLE_PERIOD_DEFAULT);
    Duration report = duration(welcome.getReportInterval());
    reportInterval = report.compareTo(samplePeriod) > 0 ? report : samplePeriod;
  }

  private static Duration duration(com.google.protobuf.Duration wire) {
    return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
  }

  /** PAM spoke: what is held is no orphan. Recorded, as the count goes on over a restart. */
  void heard() throws IOException {
    heardNanoTime = System.nanoTime();
    heardAt = Instant.now();
    if (Duration.between(recordedAt, heardAt).abs().compareTo(CONTACT_RECORD) >= 0) {
      recordContact();
    }
  }

  private void recordContact() throws IOException {
    recordedAt = heardAt;
    setup
        .state()
        .write(
            CONTACT_FILE,
            ByteBuffer.allocate(Long.BYTES).putLong(recordedAt.toEpochMilli()).array());
  }

  private void changed() {
    Conversation now = conversation;
    if (now != null) {
      now.changed();
    }
  }

  private void wake() {
    Conversation now = conversation;
    if (now != null) {
      now.wake();
    }
  }

  private void speak() {
    Replicas servers = setup.servers();
    Duration backOff = BACK_OFF_MIN;
    while (!closed) {
      ServerAddress server = servers.current();
      Optional<NotLeader> answer = Optional.empty();
      long began = System.nanoTime();
      try {
        converse(server);
      } catch (IOException | StatusException | RuntimeException e) {
        answer = NotLeader.of(e);
        if (!closed) {
          LOG.warn("session of {} with {} ended: {}", node(), server, e.toString());
        }
      } catch (InterruptedException e) {
        return;
      } finally {
        conversation = null;
        grants.connected(false);
      }
      if (System.nanoTime() - began > BACK_OFF_MAX.toNanos()) {
        servers.served();
        backOff = BACK_OFF_MIN;
      }
      Duration most =
          switch (servers.after(server, answer)) {
            case AT_ONCE -> Duration.ZERO;
            case SOON -> VACANT_BACK_OFF_MAX;
            case LATER -> BACK_OFF_MAX;
          };
      if (most.isPositive()) {
        backOff = shorter(backOff, most);
        long nanos = backOff.toNanos();
        pause(Duration.ofNanos(ThreadLocalRandom.current().nextLong(nanos / 2, nanos)));
        backOff = shorter(backOff.multipliedBy(2), BACK_OFF_MAX);
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void converse(ServerAddress server)
      throws IOException, StatusException, InterruptedException {
    NodeIdentity identity = setup.identity().get();
    ManagedChannel channel = PamChannels.mutual(server, identity);
    try {
      var now =
          new Conversation(
              NodeServiceGrpc.newBlockingV2Stub(channel).session(), this, identity.publicKey());
      conversation = now;
      now.run(SessionRequest.newBuilder().setHello(hello()).build());
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  private Hello hello() {
    Allocator allocator = setup.allocator();
    return Hello.newBuilder()
        .setNode(node().toString())
        .setRole(allocator.role())
        .setCapabilities(
            Capabilities.newBuilder()
                .addAllEvidenceFormats(setup.evidence().formats())
                .addAllResources(allocator.resources())
                .setPrefetch(allocator.prefetches())
                .setHardwareCounters(setup.meter().readsHardwareCounters()))
        .setCapacity(allocator.capacity())
        .setSoftwareVersion(setup.softwareVersion())
        .setBootId(setup.evidence().bootId())
        .setLeaderTerm(term.highest())
        .setSpooledSequence(spool.oldest())
        .build();
  }

  private void meter() {
    List<UsageSample> samples = new ArrayList<>();
    long reported = System.nanoTime();
    while (!closed) {
      pause(samplePeriod);
      try {
        List<UsageSample> taken = setup.meter().sample(samplePeriod);
        for (UsageSample sample :
            taken.subList(0, Math.min(taken.size(), UsageMeter.SAMPLES_MAX))) {
          samples.add(spool.number(sample));
        }
        boolean due = System.nanoTime() - reported >= reportInterval.toNanos();
        if (!samples.isEmpty() && (due || samples.size() >= SAMPLES_PER_REPORT)) {
          for (int from = 0; from < samples.size(); from += SAMPLES_PER_REPORT) {
            spool.add(samples.subList(from, Math.min(from + SAMPLES_PER_REPORT, samples.size())));
          }
          samples.clear();
          reported = System.nanoTime();
          wake();
        }
      } catch (IOException | RuntimeException e) {
        LOG.warn("usage of {} could not be recorded", node(), e);
        samples.clear();
      }
    }
  }

  private void watchOrphans() {
    while (!closed) {
      pause(ORPHAN_CHECK);
      Duration monotonic = Duration.ofNanos(System.nanoTime() - heardNanoTime);
      Duration byClock = Duration.between(heardAt, Instant.now());
      try {
        held.withdrawOrphans(monotonic.compareTo(byClock) > 0 ? monotonic : byClock);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("orphans of {} could not be given back", node(), e);
      }
    }
  }

  private void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    long left;
    while (!closed && (left = end - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        return;
      }
    }
  }

  /** Ends the session; what is held stays held, as an orphan from now on. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join(Duration.ofSeconds(5));
      }
      recordContact();
    } catch (IOException e) {
      LOG.warn("the last contact could not be recorded", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
