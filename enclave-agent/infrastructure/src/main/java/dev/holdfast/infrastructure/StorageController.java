package dev.holdfast.infrastructure;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.holdfast.infrastructure.cache.AttestedCache;
import dev.holdfast.infrastructure.cache.ContentDigest;
import dev.holdfast.infrastructure.cache.ContentRefused;
import dev.holdfast.node.session.Allocator;
import dev.holdfast.proto.attestation.v1.NodeRole;
import dev.holdfast.proto.node.v1.Allocation;
import dev.holdfast.proto.node.v1.AllocationStatus;
import dev.holdfast.proto.node.v1.StorageAllocation;
import dev.holdfast.proto.resource.v1.Content;
import dev.holdfast.proto.resource.v1.Resource;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A storage controller that brings content near before it is read. Prefetching goes on behind
 * STATE_APPLYING and is tried again by itself, with growing pauses, for as long as it is wanted.
 *
 * <p>It serves content from its cache and is not in the way of a volume's own traffic: limits on
 * that are not in force, and what it reports as observed leaves them out.
 */
public final class StorageController implements Allocator, AutoCloseable {
  private static final int PREFETCH_MAX = 64;
  private static final int VOLUME_BYTES_MAX = 256;
  private static final Duration PAUSE_MIN = Duration.ofMillis(250);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

  private final AttestedCache cache;
  private final ResourceVector capacity;
  private final HeldAllocations held;
  private final Map<String, Prefetch> running = new LinkedHashMap<>();
  private volatile Runnable changed = () -> {};

  /** The work behind one allocation; a failure is kept until the next attempt succeeds. */
  private static final class Prefetch {
    private final Allocation allocation;
    private volatile Optional<Status> failure = Optional.empty();
    private volatile boolean done;
    private volatile Optional<Thread> thread = Optional.empty();

    Prefetch(Allocation allocation) {
      this.allocation = allocation;
    }
  }

  /**
   * A controller of one cache. It goes on with what it held before.
   *
   * @param capacity what all allocations together may be given
   * @param state where what is held is kept
   */
  public StorageController(AttestedCache cache, ResourceVector capacity, Path state)
      throws IOException {
    this.cache = cache;
    this.capacity = capacity;
    this.held = new HeldAllocations(state);
    for (HeldAllocations.Held one : held.all()) {
      start(one.allocation());
    }
  }

  @Override
  public NodeRole role() {
    return NodeRole.NODE_ROLE_STORAGE_CONTROLLER;
  }

  @Override
  public ResourceVector capacity() {
    return capacity;
  }

  @Override
  public Set<Resource> resources() {
    return Set.of(
        Resource.RESOURCE_STORAGE_BYTES,
        Resource.RESOURCE_DISK_READ_BYTES_PER_SECOND,
        Resource.RESOURCE_DISK_WRITE_BYTES_PER_SECOND);
  }

  @Override
  public boolean prefetches() {
    return true;
  }

  @Override
  public void watch(Runnable listener) {
    changed = listener;
  }

  @Override
  public synchronized AllocationStatus apply(Allocation desired) {
    Optional<HeldAllocations.Held> before = held.get(desired.getReservation());
    if (before.isPresent() && before.get().allocation().getGeneration() > desired.getGeneration()) {
      return status(before.get().allocation());
    }
    try {
      check(desired);
      if (before.isEmpty() || !before.get().allocation().equals(desired)) {
        held.put(new HeldAllocations.Held(desired, 0));
        start(desired);
      }
      return status(desired);
    } catch (AllocationRefused refusal) {
      return Statuses.failed(inForce(desired), refusal.status());
    } catch (IOException e) {
      return Statuses.failed(inForce(desired), Statuses.failure(e));
    }
  }

  private void check(Allocation desired) throws AllocationRefused {
    if (!desired.hasStorage()) {
      throw AllocationRefused.invalid(
          "detail",
          "a storage controller takes storage allocations, not " + desired.getDetailCase());
    }
    StorageAllocation storage = desired.getStorage();
    if (storage.getVolume().length() > VOLUME_BYTES_MAX) {
      throw AllocationRefused.invalid("volume", "a volume's name has at most 256 bytes");
    }
    if (storage.getPrefetchCount() > PREFETCH_MAX) {
      throw AllocationRefused.invalid("prefetch", "at most 64 contents are brought near");
    }
    for (Content content : storage.getPrefetchList()) {
      if (content.getDigest().size() != 32 || content.getSizeBytes() < 0) {
        throw AllocationRefused.invalid(
            "prefetch", "content has a digest of 32 bytes and a size of 0 or more");
      }
    }
    long others = 0;
    for (HeldAllocations.Held one : held.all()) {
      if (!one.allocation().getReservation().equals(desired.getReservation())) {
        others += one.allocation().getStorage().getStorageBytes();
      }
    }
    long free = capacity.getStorageBytes() - others;
    if (storage.getStorageBytes() < 0 || storage.getCacheBytes() < 0) {
      throw AllocationRefused.invalid("storage_bytes", "space is never negative");
    }
    if (storage.getStorageBytes() > free) {
      throw new AllocationRefused(
          Code.RESOURCE_EXHAUSTED,
          "STORAGE_EXHAUSTED",
          storage.getStorageBytes() + " bytes were asked for, and " + free + " are left",
          Map.of("free", Long.toString(free)));
    }
  }

  private void start(Allocation allocation) {
    stop(allocation.getReservation());
    Prefetch prefetch = new Prefetch(allocation);
    running.put(allocation.getReservation(), prefetch);
    cache.name(allocation.getReservation(), digests(allocation.getStorage()));
    prefetch.done = allocation.getStorage().getPrefetchCount() == 0;
    if (!prefetch.done) {
      prefetch.thread =
          Optional.of(
              Thread.ofVirtual()
                  .name("prefetch for " + allocation.getReservation())
                  .start(() -> run(prefetch)));
    }
  }

  private void stop(String reservation) {
    Prefetch before = running.remove(reservation);
    if (before != null) {
      before.thread.ifPresent(Thread::interrupt);
    }
  }

  private void run(Prefetch prefetch) {
    Duration pause = PAUSE_MIN;
    while (!prefetch.done) {
      try {
        fetchAll(prefetch.allocation.getStorage());
        prefetch.failure = Optional.empty();
        prefetch.done = true;
      } catch (AllocationRefused e) {
        prefetch.failure = Optional.of(e.status());
      } catch (IOException e) {
        prefetch.failure = Optional.of(Statuses.failure(e));
      }
      changed.run();
      if (!prefetch.done) {
        try {
          Thread.sleep(pause);
        } catch (InterruptedException _) {
          return;
        }
        pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
      }
    }
  }

  private void fetchAll(StorageAllocation storage) throws IOException, AllocationRefused {
    long bytes = 0;
    for (Content content : storage.getPrefetchList()) {
      ContentDigest digest = ContentDigest.of(content.getDigest().toByteArray());
      try {
        bytes += cache.prefetch(digest, content.getUri(), content.getSizeBytes());
      } catch (ContentRefused e) {
        throw refusal(digest, e);
      }
      if (storage.getCacheBytes() != 0 && bytes > storage.getCacheBytes()) {
        throw new AllocationRefused(
            Code.FAILED_PRECONDITION,
            "CACHE_SHARE_EXCEEDED",
            "the content to bring near is longer than the "
                + storage.getCacheBytes()
                + " bytes of cache kept for it",
            Map.of("cache_bytes", Long.toString(storage.getCacheBytes())));
      }
    }
  }

  private static AllocationRefused refusal(ContentDigest digest, ContentRefused e) {
    Code code =
        switch (e.reason()) {
          case CONTENT_MISMATCH -> Code.DATA_LOSS;
          case CONTENT_TOO_LONG -> Code.OUT_OF_RANGE;
          case CACHE_FULL -> Code.RESOURCE_EXHAUSTED;
          case ORIGIN_FORBIDDEN -> Code.PERMISSION_DENIED;
          case CONTENT_ABSENT -> Code.NOT_FOUND;
        };
    return new AllocationRefused(
        code, e.reason().name(), String.valueOf(e.getMessage()), Map.of("digest", digest.hex()));
  }

  private static Set<ContentDigest> digests(StorageAllocation storage) {
    Set<ContentDigest> digests = new LinkedHashSet<>();
    storage
        .getPrefetchList()
        .forEach(content -> digests.add(ContentDigest.of(content.getDigest().toByteArray())));
    return digests;
  }

  private AllocationStatus status(Allocation told) {
    Prefetch prefetch = running.get(told.getReservation());
    if (prefetch != null
        && prefetch.done
        && !digests(told.getStorage()).stream().allMatch(cache::holds)) {
      // It was found changed on disk, and thrown away.
      start(told);
      prefetch = running.get(told.getReservation());
    }
    // Read before what is in force is looked at: work that ends meanwhile was not seen whole.
    boolean done = prefetch == null || prefetch.done;
    Optional<Status> failure = prefetch == null ? Optional.empty() : prefetch.failure;
    AllocationStatus.Builder status =
        AllocationStatus.newBuilder()
            .setObserved(observed(told))
            .setPrefetchedBytes(
                digests(told.getStorage()).stream().mapToLong(cache::heldBytes).sum());
    if (done) {
      return status.setState(AllocationStatus.State.STATE_APPLIED).build();
    }
    return failure.isPresent()
        ? status.setState(AllocationStatus.State.STATE_FAILED).setError(failure.get()).build()
        : status.setState(AllocationStatus.State.STATE_APPLYING).build();
  }

  private Allocation inForce(Allocation desired) {
    return held.get(desired.getReservation())
        .map(one -> observed(one.allocation()))
        .orElseGet(() -> Statuses.nothing(desired.getReservation(), desired.getGeneration()));
  }

  /** What is in force: the content that is here, the space, and no limit on a volume's traffic. */
  private Allocation observed(Allocation told) {
    StorageAllocation.Builder seen =
        told.getStorage().toBuilder()
            .clearPrefetch()
            .clearReadBytesPerSecondMax()
            .clearWriteBytesPerSecondMax()
            .clearOperationsPerSecondMax();
    for (Content content : told.getStorage().getPrefetchList()) {
      if (cache.holds(ContentDigest.of(content.getDigest().toByteArray()))) {
        seen.addPrefetch(content);
      }
    }
    return told.toBuilder().setStorage(seen).build();
  }

  @Override
  public synchronized AllocationStatus withdraw(String reservation, long generation) {
    Optional<HeldAllocations.Held> before = held.get(reservation);
    if (before.isPresent() && before.get().allocation().getGeneration() > generation) {
      return status(before.get().allocation());
    }
    try {
      stop(reservation);
      cache.name(reservation, Set.of());
      held.remove(reservation);
      return Statuses.withdrawn(reservation, generation);
    } catch (IOException e) {
      return Statuses.failed(Statuses.nothing(reservation, generation), Statuses.failure(e));
    }
  }

  @Override
  public synchronized List<AllocationStatus> held() {
    List<AllocationStatus> statuses = new ArrayList<>();
    held.all().forEach(one -> statuses.add(status(one.allocation())));
    return statuses;
  }

  /** Ends what goes on in the background; what is held stays. */
  @Override
  public synchronized void close() {
    List.copyOf(running.keySet()).forEach(this::stop);
  }
}
