package dev.holdfast.enclave;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.holdfast.node.session.GrantAnswer;
import dev.holdfast.node.session.Grants;
import dev.holdfast.proto.reservation.v1.Grant;
import dev.holdfast.proto.reservation.v1.ResourceRequest;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A desk that grants what is wanted, keeps its word by request id, and can go away. */
final class OwnDesk implements Grants {
  final AtomicInteger renewals = new AtomicInteger();
  final AtomicInteger requests = new AtomicInteger();
  final AtomicInteger granted = new AtomicInteger();
  final LinkedBlockingQueue<String> released = new LinkedBlockingQueue<>();
  volatile boolean away;
  volatile boolean refuses;
  volatile long lifetimeMillis = 60_000;
  volatile long safeLifetimeMillis;
  private final Map<UUID, Grant> byRequest = new ConcurrentHashMap<>();
  private final Map<String, Grant> byName = new ConcurrentHashMap<>();
  private final AtomicLong generation = new AtomicLong();

  @Override
  public GrantAnswer request(ResourceRequest wanted, UUID requestId, java.time.Duration timeout) {
    long asked = System.nanoTime();
    requests.incrementAndGet();
    if (away) {
      return new GrantAnswer.Unanswered(false);
    }
    if (refuses) {
      return new GrantAnswer.Refused(refusal());
    }
    Grant grant = byRequest.computeIfAbsent(requestId, _ -> make(wanted));
    byName.put(grant.getName(), grant);
    return new GrantAnswer.Granted(
        grant.getName().substring(0, grant.getName().indexOf("/grants/")), grant, asked);
  }

  private Grant make(ResourceRequest wanted) {
    int number = granted.incrementAndGet();
    return timed(
        Grant.newBuilder()
            .setName("tenants/t/reservations/r" + number + "/grants/g" + number)
            .setLimits(wanted.getWanted())
            .setSafeLimits(ResourceVector.newBuilder().setCpuMillicores(1))
            .build());
  }

  private Grant timed(Grant grant) {
    return grant.toBuilder()
        .setGeneration(generation.incrementAndGet())
        .setLifetime(millis(lifetimeMillis))
        .setSafeLifetime(millis(safeLifetimeMillis))
        .setRefreshInterval(millis(lifetimeMillis / 4))
        .build();
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000 * 1_000_000))
        .build();
  }

  @Override
  public GrantAnswer renew(
      String name, Optional<ResourceVector> wanted, java.time.Duration timeout) {
    long asked = System.nanoTime();
    Grant grant = byName.get(name);
    if (away) {
      return new GrantAnswer.Unanswered(false);
    }
    if (refuses || grant == null) {
      return new GrantAnswer.Refused(refusal());
    }
    Grant next =
        timed(wanted.isPresent() ? grant.toBuilder().setLimits(wanted.get()).build() : grant);
    byName.put(name, next);
    renewals.incrementAndGet();
    return new GrantAnswer.Granted("ignored", next, asked);
  }

  static Status refusal() {
    return Status.newBuilder()
        .setCode(Code.FAILED_PRECONDITION_VALUE)
        .setMessage("PCR 7 changed")
        .addDetails(
            Any.pack(
                ErrorInfo.newBuilder()
                    .setDomain("holdfast.dev")
                    .setReason("TRUST_LOST")
                    .putMetadata("pcr", "7")
                    .build()))
        .build();
  }

  @Override
  public void release(String grant) {
    released.add(grant);
  }

  @Override
  public boolean connected() {
    return !away;
  }
}
