package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.CommitResult.Committed;
import dev.holdfast.store.kv.CommitResult.Conflict;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.net.URI;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * The key-value store in an etcd cluster, version 3.4 or later.
 *
 * <p>Where a transaction's answer is lost the outcome is unknown, and it is never sent twice.
 */
public final class EtcdStore implements KeyValueStore {
  /** The gRPC call itself ends first, so that nothing is sent after a failure was reported. */
  private static final Duration SLACK = Duration.ofMillis(500);

  /**
   * Makes a member without a leader refuse at once (etcd: rpctypes.MetadataRequireLeaderKey). One
   * that is cut off from the others but not from us would else hold every call until its deadline.
   */
  private static final String REQUIRE_LEADER = "hasleader";

  private static final String NO_LEADER = "etcdserver: no leader";

  private static final Duration KEEPALIVE_TIME = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(3);

  /** How long jetcd waits before it reads from the next member; its own half second is long. */
  private static final Duration RETRY_DELAY = Duration.ofMillis(50);

  private static final Duration RETRY_DELAY_MAX = Duration.ofMillis(500);

  private final Client client;
  private final int members;
  private final Duration deadline;
  private volatile boolean closed;

  private EtcdStore(Client client, int members, Duration deadline) {
    this.client = client;
    this.members = members;
    this.deadline = deadline;
  }

  /**
   * Connects when first used. With TLS, every endpoint that can be reached is first asked whether
   * it accepts our certificate: a call would only wait for its deadline.
   *
   * @param endpoints of the members, such as {@code http://127.0.0.1:2379}; https with TLS
   * @param tls empty only for a cluster on this machine that nobody else can reach
   * @param deadline how long one call may take
   * @throws IllegalArgumentException when there is no endpoint or a certificate cannot be read
   * @throws StoreRefused when we do not accept an endpoint's certificate, or it does not accept
   *     ours
   */
  public static EtcdStore connect(List<URI> endpoints, Optional<EtcdTls> tls, Duration deadline) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("etcd needs at least one endpoint");
    }
    ClientBuilder builder =
        Client.builder()
            .endpoints(endpoints)
            .connectTimeout(deadline)
            .keepaliveTime(KEEPALIVE_TIME)
            .keepaliveTimeout(KEEPALIVE_TIMEOUT)
            // etcd takes pings of an idle connection for an attack, and ends it with whatever
            // begins on it.
            .keepaliveWithoutCalls(false)
            .retryDelay(RETRY_DELAY.toMillis())
            .retryMaxDelay(RETRY_DELAY_MAX.toMillis())
            .retryChronoUnit(ChronoUnit.MILLIS)
            .retryMaxDuration(deadline)
            .header(REQUIRE_LEADER, "true")
            .interceptor(new Deadline(deadline));
    if (tls.isPresent()) {
      EtcdTls files = tls.get();
      endpoints.forEach(files::check);
      try {
        builder.sslContext(files::addTo);
      } catch (SSLException e) {
        throw new IllegalArgumentException("cannot use " + files + " to reach etcd", e);
      }
    }
    return new EtcdStore(builder.build(), endpoints.size(), deadline);
  }

  /** Connects without TLS, with {@link KeyValueStore#DEADLINE_DEFAULT}. */
  public static EtcdStore connect(URI endpoint) {
    return connect(List.of(endpoint), Optional.empty(), DEADLINE_DEFAULT);
  }

  /** Gives every unary call a deadline: jetcd has none, and would wait for ever. */
  private record Deadline(Duration span) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return next.newCall(
          method,
          method.getType() == MethodDescriptor.MethodType.UNARY
              ? options.withDeadlineAfter(span.toNanos(), TimeUnit.NANOSECONDS)
              : options);
    }
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a limit is 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
    GetOption.Builder option = GetOption.builder().withRange(endOf(range)).withLimit(limit);
    revision.ifPresent(option::withRevision);
    GetResponse found;
    try {
      found =
          await("read", client -> client.getKVClient().get(bytes(range.from()), option.build()));
    } catch (Failed e) {
      throw switch (e.kind()) {
        case COMPACTED -> new RevisionCompacted(revision.orElse(0));
        case FUTURE ->
            new IllegalArgumentException("revision %s is not there yet".formatted(revision), e);
        case REFUSED -> new StoreRefused(e.say(), e);
        case NO_LEASE, LEADERLESS, UNSENT, LOST -> new StoreUnavailable(e.say(), e);
      };
    }
    return new Snapshot(
        found.getKvs().stream().map(EtcdStore::row).toList(),
        found.getHeader().getRevision(),
        found.isMore());
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    Cmp[] compares = transaction.compares().stream().map(EtcdStore::compare).toArray(Cmp[]::new);
    Op[] operations =
        transaction.operations().stream().map(EtcdStore::operation).toArray(Op[]::new);
    var keys = new LinkedHashSet<Key>();
    transaction.compares().stream().map(Compare::key).sorted().forEach(keys::add);
    Op[] otherwise =
        keys.stream().map(key -> Op.get(bytes(key), GetOption.DEFAULT)).toArray(Op[]::new);
    TxnResponse answer;
    try {
      answer =
          await(
              "commit",
              client ->
                  client
                      .getKVClient()
                      .txn()
                      .If(compares)
                      .Then(operations)
                      .Else(otherwise)
                      .commit());
    } catch (Failed e) {
      throw changeFailed(e);
    }
    long revision = answer.getHeader().getRevision();
    if (answer.isSucceeded()) {
      return new Committed(revision);
    }
    return new Conflict(
        answer.getGetResponses().stream()
            .flatMap(found -> found.getKvs().stream())
            .map(EtcdStore::row)
            .sorted(Comparator.comparing(Row::key))
            .toList(),
        revision);
  }

  private static RuntimeException changeFailed(Failed e) {
    return switch (e.kind()) {
      case NO_LEASE -> new LeaseNotFound(e.say(), e);
      case REFUSED -> new StoreRefused(e.say(), e);
      case LEADERLESS, UNSENT -> new StoreUnavailable(e.say(), e);
      case COMPACTED, FUTURE, LOST -> new OutcomeUnknown(e.say(), e);
    };
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    long seconds = Lease.seconds(timeToLive);
    try {
      var granted = await("grant a lease", client -> client.getLeaseClient().grant(seconds));
      return new Lease(new LeaseId(granted.getID()), Duration.ofSeconds(granted.getTTL()));
    } catch (Failed e) {
      if (e.kind() == Kind.REFUSED) {
        throw new StoreRefused(e.say(), e);
      }
      // A lease that was granted all the same has no rows and runs out by itself.
      throw new StoreUnavailable(e.say(), e);
    }
  }

  @Override
  public Lease keepAlive(LeaseId id) {
    try {
      var kept =
          await("keep a lease alive", client -> client.getLeaseClient().keepAliveOnce(id.number()));
      if (kept.getTTL() <= 0) {
        throw new LeaseNotFound(id);
      }
      return new Lease(id, Duration.ofSeconds(kept.getTTL()));
    } catch (Failed e) {
      if (e.kind() == Kind.NO_LEASE) {
        throw new LeaseNotFound(id);
      }
      throw new StoreUnavailable(e.say(), e);
    }
  }

  @Override
  public void revokeLease(LeaseId id) {
    try {
      await("revoke a lease", client -> client.getLeaseClient().revoke(id.number()));
    } catch (Failed e) {
      if (e.kind() != Kind.NO_LEASE) {
        throw changeFailed(e);
      }
    }
  }

  @Override
  public Watch watch(KeyRange range, long fromRevision) {
    if (fromRevision < 1) {
      throw new IllegalArgumentException("a watch begins at revision 1, not " + fromRevision);
    }
    requireOpen();
    return new EtcdWatch(client, range, fromRevision);
  }

  @Override
  public void compact(long revision) {
    try {
      await("compact", client -> client.getKVClient().compact(revision));
    } catch (Failed e) {
      switch (e.kind()) {
        case COMPACTED -> {
          // It was done already.
        }
        case FUTURE ->
            throw new IllegalArgumentException(
                "revision %d is not there yet".formatted(revision), e);
        case REFUSED -> throw new StoreRefused(e.say(), e);
        // Compacting again is safe, so it makes no difference whether it was done.
        case NO_LEASE, LEADERLESS, UNSENT, LOST -> throw new StoreUnavailable(e.say(), e);
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      client.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  /** What a failed call means. */
  private enum Kind {
    NO_LEASE,
    COMPACTED,
    FUTURE,
    REFUSED,
    LEADERLESS,
    UNSENT,
    LOST
  }

  /** A call that gave no answer; it never leaves this class. */
  private static final class Failed extends Exception {
    private final String what;
    private final Kind kind;

    Failed(String what, Kind kind, Throwable cause) {
      super(cause);
      this.what = what;
      this.kind = kind;
    }

    Kind kind() {
      return kind;
    }

    String say() {
      return "etcd did not %s: %s".formatted(what, getMessage());
    }
  }

  @FunctionalInterface
  private interface Call<T> {
    CompletableFuture<T> start(Client client);
  }

  /** Asks one member after another where they say that they have no leader. */
  private <T> T await(String what, Call<T> call) throws Failed {
    for (int asked = 1; ; asked++) {
      try {
        return awaitOnce(what, call);
      } catch (Failed e) {
        if (e.kind() != Kind.LEADERLESS || asked >= members) {
          throw e;
        }
      }
    }
  }

  private <T> T awaitOnce(String what, Call<T> call) throws Failed {
    requireOpen();
    CompletableFuture<T> future = call.start(client);
    try {
      return future.get(deadline.plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new Failed(what, kind(e), e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new Failed(what, Kind.LOST, e);
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new Failed(what, Kind.LOST, e);
    }
  }

  /** Only what the server certainly refused counts as refused; the rest may have been done. */
  private static Kind kind(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    String said = status.getDescription() == null ? "" : status.getDescription();
    if (said.isEmpty() && failure.getCause() != null) {
      said = String.valueOf(failure.getCause().getMessage());
    }
    if (said.contains("requested lease not found")) {
      return Kind.NO_LEASE;
    }
    if (said.contains(NO_LEADER)) {
      return Kind.LEADERLESS;
    }
    if (said.contains("has been compacted")) {
      return Kind.COMPACTED;
    }
    if (said.contains("is a future revision")) {
      return Kind.FUTURE;
    }
    return switch (status.getCode()) {
      case INVALID_ARGUMENT,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          UNIMPLEMENTED,
          RESOURCE_EXHAUSTED ->
          Kind.REFUSED;
      // gRPC's own words for a call that never left: no connection was found for it.
      case DEADLINE_EXCEEDED ->
          said.contains("waiting_for_connection") && !said.contains("remote_addr")
              ? Kind.UNSENT
              : Kind.LOST;
      case OK,
          CANCELLED,
          UNKNOWN,
          NOT_FOUND,
          ALREADY_EXISTS,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          INTERNAL,
          UNAVAILABLE,
          DATA_LOSS ->
          Kind.LOST;
    };
  }

  static ByteSequence bytes(Key key) {
    return ByteSequence.from(key.bytes());
  }

  /** One zero byte is etcd's way to say: to the last key there is. */
  static ByteSequence endOf(KeyRange range) {
    return range.end().map(EtcdStore::bytes).orElse(ByteSequence.from(new byte[] {0}));
  }

  static Row row(KeyValue found) {
    return new Row(
        key(found),
        new Value(ByteString.copyFrom(found.getValue().getBytes())),
        found.getCreateRevision(),
        found.getModRevision(),
        found.getVersion());
  }

  static Key key(KeyValue found) {
    return new Key(ByteString.copyFrom(found.getKey().getBytes()));
  }

  private static Cmp compare(Compare compare) {
    CmpTarget<?> target =
        switch (compare) {
          case Compare.Absent _ -> CmpTarget.createRevision(0);
          case Compare.ModifiedAt(_, long revision) -> CmpTarget.modRevision(revision);
          case Compare.ValueIs(_, Value value) -> CmpTarget.value(ByteSequence.from(value.bytes()));
          case Compare.VersionIs(_, long version) -> CmpTarget.version(version);
        };
    return new Cmp(bytes(compare.key()), Cmp.Op.EQUAL, target);
  }

  private static Op operation(Operation operation) {
    return switch (operation) {
      case Operation.Put(Key key, Value value, Optional<LeaseId> lease) -> {
        PutOption.Builder option = PutOption.builder();
        lease.ifPresent(id -> option.withLeaseId(id.number()));
        yield Op.put(bytes(key), ByteSequence.from(value.bytes()), option.build());
      }
      case Operation.Delete(Key key) -> Op.delete(bytes(key), DeleteOption.DEFAULT);
    };
  }
}
