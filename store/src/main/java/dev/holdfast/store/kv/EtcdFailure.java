package dev.holdfast.store.kv;

import io.grpc.Status;
import java.util.StringJoiner;

/** A call to etcd that gave no answer, or a refusal; it never leaves this package. */
final class EtcdFailure extends Exception {
  private static final long serialVersionUID = 1;

  /** What a failed call means. */
  enum Kind {
    /** It names a lease that is not held; nothing was done. */
    NO_LEASE,
    /** It names a revision that was compacted; nothing was done. */
    COMPACTED,
    /** It names a revision that is yet to come; nothing was done. */
    FUTURE,
    /** The server will not do it; nothing was done. */
    REFUSED,
    /** It certainly did nothing, and another member or a later attempt may do it. */
    UNSENT,
    /** It was sent and may have been done. */
    LOST
  }

  private final String what;
  private final Kind kind;

  EtcdFailure(String what, Kind kind, Throwable cause) {
    super(cause);
    this.what = what;
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  String say() {
    Status status = Status.fromThrowable(this);
    return "etcd did not %s: %s".formatted(what, say(status));
  }

  /** A status in one line. */
  static String say(Status status) {
    var said = new StringJoiner(": ").add(status.getCode().toString());
    if (status.getDescription() != null) {
      said.add(status.getDescription());
    }
    if (status.getCause() != null && status.getCause().getMessage() != null) {
      said.add(status.getCause().getMessage());
    }
    return said.toString();
  }

  /** Only what the server certainly refused counts as refused; the rest may have been done. */
  static Kind kind(Status status, boolean sent) {
    String said = status.getDescription() == null ? "" : status.getDescription();
    if (!sent) {
      return Kind.UNSENT;
    }
    if (said.contains("requested lease not found")) {
      return Kind.NO_LEASE;
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
      // A member that knows no leader says so before it does anything.
      case UNAVAILABLE -> said.equals("etcdserver: no leader") ? Kind.UNSENT : Kind.LOST;
      case OK,
          CANCELLED,
          UNKNOWN,
          DEADLINE_EXCEEDED,
          NOT_FOUND,
          ALREADY_EXISTS,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          INTERNAL,
          DATA_LOSS ->
          Kind.LOST;
    };
  }
}
