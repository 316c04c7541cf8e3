package dev.holdfast.store.kv;

import com.google.protobuf.ByteString;
import dev.holdfast.store.kv.CommitResult.Committed;
import dev.holdfast.store.kv.CommitResult.Conflict;
import dev.holdfast.store.kv.EtcdFailure.Kind;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.MethodDescriptor;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The key-value store in an etcd cluster, version 3.4 or later.
 *
 * <p>Where a transaction's answer is lost the outcome is unknown, and it is never sent twice. The
 * messages are those of jetcd; connections and calls are our own ({@link EtcdMembers}).
 */
public final class EtcdStore implements KeyValueStore {
  /**
   * A stream to etcd, used for one question and one answer: on the wire it is the same, and so it
   * has a deadline.
   */
  private static final MethodDescriptor<LeaseKeepAliveRequest, LeaseKeepAliveResponse> KEEP_ALIVE =
      LeaseGrpc.getLeaseKeepAliveMethod().toBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .build();

  private final EtcdMembers members;
  private volatile boolean closed;

  private EtcdStore(EtcdMembers members) {
    this.members = members;
  }

  /**
   * Connects when first used. With TLS, every endpoint that can be reached is first asked whether
   * it accepts our certificate: a call would only wait for its deadline.
   *
   * @param endpoints of the members, such as {@code http://127.0.0.1:2379}
   * @param tls how to prove who we are, whatever the endpoints begin with; empty only for a cluster
   *     on this machine that nobody else can reach
   * @param deadline how long one call may take
   * @throws IllegalArgumentException when there is no endpoint or a certificate cannot be read
   * @throws StoreRefused when we do not accept an endpoint's certificate, or it does not accept
   *     ours
   */
  public static EtcdStore connect(List<URI> endpoints, Optional<EtcdTls> tls, Duration deadline) {
    tls.ifPresent(files -> endpoints.forEach(files::check));
    return new EtcdStore(new EtcdMembers(endpoints, tls, deadline));
  }

  /** Connects without TLS, with {@link KeyValueStore#DEADLINE_DEFAULT}. */
  public static EtcdStore connect(URI endpoint) {
    return connect(List.of(endpoint), Optional.empty(), DEADLINE_DEFAULT);
  }

  @Override
  public Snapshot range(KeyRange range, OptionalLong revision, int limit) {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a limit is 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
    RangeResponse found =
        read(
            RangeRequest.newBuilder()
                .setKey(range.from().bytes())
                .setRangeEnd(endOf(range))
                .setLimit(limit)
                .setRevision(revision.orElse(0)));
    return new Snapshot(
        found.getKvsList().stream().map(EtcdStore::row).toList(),
        found.getHeader().getRevision(),
        found.getMore());
  }

  private RangeResponse read(RangeRequest.Builder request) {
    long revision = request.getRevision();
    try {
      return call("read", KVGrpc.getRangeMethod(), request.build(), true);
    } catch (EtcdFailure e) {
      throw switch (e.kind()) {
        case COMPACTED -> new RevisionCompacted(revision);
        case FUTURE ->
            new IllegalArgumentException("revision %d is not there yet".formatted(revision), e);
        case REFUSED -> new StoreRefused(e.say(), e);
        case NO_LEASE, UNSENT, LOST -> new StoreUnavailable(e.say(), e);
      };
    }
  }

  @Override
  public Set<Key> leased(KeyRange range) {
    var keys = new HashSet<Key>();
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      RangeResponse page =
          read(
              RangeRequest.newBuilder()
                  .setKey(rest.get().from().bytes())
                  .setRangeEnd(endOf(range))
                  .setLimit(LIMIT_MAX)
                  .setKeysOnly(true));
      page.getKvsList().stream()
          .filter(found -> found.getLease() != 0)
          .forEach(found -> keys.add(new Key(found.getKey())));
      rest =
          page.getMore()
              ? range.after(new Key(page.getKvsList().getLast().getKey()))
              : Optional.empty();
    }
    return keys;
  }

  @Override
  public CommitResult commit(Transaction transaction) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    transaction.compares().forEach(compare -> request.addCompare(compare(compare)));
    transaction.operations().forEach(operation -> request.addSuccess(operation(operation)));
    transaction.shown().stream()
        .map(key -> RangeRequest.newBuilder().setKey(key.bytes()))
        .forEach(read -> request.addFailure(RequestOp.newBuilder().setRequestRange(read)));
    TxnResponse answer;
    try {
      answer = call("commit", KVGrpc.getTxnMethod(), request.build(), false);
    } catch (EtcdFailure e) {
      throw changeFailed(e);
    }
    long revision = answer.getHeader().getRevision();
    if (answer.getSucceeded()) {
      return new Committed(revision);
    }
    return new Conflict(
        answer.getResponsesList().stream()
            .flatMap(found -> found.getResponseRange().getKvsList().stream())
            .map(EtcdStore::row)
            .sorted(Comparator.comparing(Row::key))
            .toList(),
        revision);
  }

  private static RuntimeException changeFailed(EtcdFailure e) {
    return switch (e.kind()) {
      case NO_LEASE -> new LeaseNotFound(e.say(), e);
      case REFUSED -> new StoreRefused(e.say(), e);
      case UNSENT -> new StoreUnavailable(e.say(), e);
      case COMPACTED, FUTURE, LOST -> new OutcomeUnknown(e.say(), e);
    };
  }

  @Override
  public Lease grantLease(Duration timeToLive) {
    LeaseGrantRequest request =
        LeaseGrantRequest.newBuilder().setTTL(Lease.seconds(timeToLive)).build();
    try {
      // A lease that was granted without our hearing of it has no rows and runs out by itself.
      LeaseGrantResponse granted =
          call("grant a lease", LeaseGrpc.getLeaseGrantMethod(), request, true);
      return new Lease(new LeaseId(granted.getID()), Duration.ofSeconds(granted.getTTL()));
    } catch (EtcdFailure e) {
      throw e.kind() == Kind.REFUSED
          ? new StoreRefused(e.say(), e)
          : new StoreUnavailable(e.say(), e);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>etcd renews leases in the memory of the member that leads, without asking the others, so one
   * that was deposed and has not noticed yet renews them too. A read that the majority confirms
   * follows; only if it is of the same term did nobody else lead when the lease was renewed. Else
   * it counts as {@link StoreUnavailable}: it may have been kept, and nothing rests on it.
   */
  @Override
  public Lease keepAlive(LeaseId id) {
    LeaseKeepAliveRequest request = LeaseKeepAliveRequest.newBuilder().setID(id.number()).build();
    try {
      LeaseKeepAliveResponse kept = call("keep a lease alive", KEEP_ALIVE, request, true);
      if (kept.getTTL() <= 0) {
        throw new LeaseNotFound(id);
      }
      requireTerm(kept.getHeader().getRaftTerm());
      return new Lease(id, Duration.ofSeconds(kept.getTTL()));
    } catch (EtcdFailure e) {
      if (e.kind() == Kind.NO_LEASE) {
        throw new LeaseNotFound(id);
      }
      throw new StoreUnavailable(e.say(), e);
    }
  }

  /** Throws where the cluster, by its majority, is not of this term any more. */
  private void requireTerm(long term) throws EtcdFailure {
    RangeRequest anything =
        RangeRequest.newBuilder().setKey(ByteString.copyFrom(new byte[] {0})).setLimit(1).build();
    RangeResponse now = call("confirm who keeps a lease", KVGrpc.getRangeMethod(), anything, true);
    if (now.getHeader().getRaftTerm() != term) {
      throw new StoreUnavailable(
          "a lease was kept alive in term %d of etcd, and term %d began: whether it counts is not known"
              .formatted(term, now.getHeader().getRaftTerm()));
    }
  }

  @Override
  public void revokeLease(LeaseId id) {
    try {
      call(
          "revoke a lease",
          LeaseGrpc.getLeaseRevokeMethod(),
          LeaseRevokeRequest.newBuilder().setID(id.number()).build(),
          true);
    } catch (EtcdFailure e) {
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
    return new EtcdWatch(members, range, fromRevision, EtcdWatch.RECHECK);
  }

  @Override
  public void compact(long revision) {
    try {
      call(
          "compact",
          KVGrpc.getCompactMethod(),
          CompactionRequest.newBuilder().setRevision(revision).build(),
          true);
    } catch (EtcdFailure e) {
      switch (e.kind()) {
        case COMPACTED -> {
          // It was done already.
        }
        case FUTURE ->
            throw new IllegalArgumentException(
                "revision %d is not there yet".formatted(revision), e);
        case REFUSED -> throw new StoreRefused(e.say(), e);
        // Compacting again is safe, so it makes no difference whether it was done.
        case NO_LEASE, UNSENT, LOST -> throw new StoreUnavailable(e.say(), e);
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      members.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  private <Q, A> A call(String what, MethodDescriptor<Q, A> method, Q request, boolean repeatable)
      throws EtcdFailure {
    requireOpen();
    return members.call(what, method, request, repeatable);
  }

  /** One zero byte is etcd's way to say: to the last key there is. */
  static ByteString endOf(KeyRange range) {
    return range.end().map(Key::bytes).orElse(ByteString.copyFrom(new byte[] {0}));
  }

  static Row row(KeyValue found) {
    return new Row(
        new Key(found.getKey()),
        new Value(found.getValue()),
        found.getCreateRevision(),
        found.getModRevision(),
        found.getVersion());
  }

  private static io.etcd.jetcd.api.Compare compare(Compare compare) {
    io.etcd.jetcd.api.Compare.Builder builder =
        io.etcd.jetcd.api.Compare.newBuilder()
            .setKey(compare.key().bytes())
            .setResult(io.etcd.jetcd.api.Compare.CompareResult.EQUAL);
    return switch (compare) {
      case Compare.Absent _ ->
          builder
              .setTarget(io.etcd.jetcd.api.Compare.CompareTarget.CREATE)
              .setCreateRevision(0)
              .build();
      case Compare.ModifiedAt(_, long revision) ->
          builder
              .setTarget(io.etcd.jetcd.api.Compare.CompareTarget.MOD)
              .setModRevision(revision)
              .build();
      case Compare.CreatedAt(_, long revision) ->
          builder
              .setTarget(io.etcd.jetcd.api.Compare.CompareTarget.CREATE)
              .setCreateRevision(revision)
              .build();
      case Compare.ValueIs(_, Value value) ->
          builder
              .setTarget(io.etcd.jetcd.api.Compare.CompareTarget.VALUE)
              .setValue(value.bytes())
              .build();
      case Compare.VersionIs(_, long version) ->
          builder
              .setTarget(io.etcd.jetcd.api.Compare.CompareTarget.VERSION)
              .setVersion(version)
              .build();
    };
  }

  private static RequestOp operation(Operation operation) {
    RequestOp.Builder builder = RequestOp.newBuilder();
    return switch (operation) {
      case Operation.Put(Key key, Value value, Optional<LeaseId> lease) ->
          builder
              .setRequestPut(
                  PutRequest.newBuilder()
                      .setKey(key.bytes())
                      .setValue(value.bytes())
                      .setLease(lease.map(LeaseId::number).orElse(0L)))
              .build();
      case Operation.Delete(Key key) ->
          builder
              .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key.bytes()))
              .build();
    };
  }
}
