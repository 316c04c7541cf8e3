package dev.holdfast.server.rpc;

import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.server.identity.Access;
import dev.holdfast.server.identity.Caller;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every RPC passes before a service sees it: who calls and whether they may, how large the
 * message is, whether it can be read, how long there is. It also turns whatever a service throws
 * into a status.
 */
public final class Gate implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  private final String trustDomain;
  private final Limits limits;
  private final Runnable leading;
  private final Predicate<Caller> revoked;
  private final Journal journal;
  private final ScheduledExecutorService timer;

  /**
   * @param trustDomain whose certificates count
   * @param leading refuses what only the leading replica does, where this one does not lead
   * @param revoked whether trust in a caller was withdrawn
   * @param timer ends calls that reach their deadline
   */
  public Gate(
      String trustDomain,
      Limits limits,
      Runnable leading,
      Predicate<Caller> revoked,
      Journal journal,
      ScheduledExecutorService timer) {
    this.trustDomain = trustDomain;
    this.limits = limits;
    this.leading = leading;
    this.revoked = revoked;
    this.journal = journal;
    this.timer = timer;
  }

  /** A service behind the gate. */
  public ServerServiceDefinition guard(ServerServiceDefinition service) {
    return ServerInterceptors.intercept(ServerInterceptors.useInputStreamMessages(service), this);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> raw, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = raw.getMethodDescriptor().getFullMethodName();
    Caller caller = callerOf(raw);
    RefusingCall<Q, R> call = new RefusingCall<>(raw, caller, method);
    try {
      admit(caller, method);
      Context context = Context.current().withValue(Caller.KEY, caller);
      if (raw.getMethodDescriptor().getType() == MethodType.UNARY) {
        return unary(call, headers, next, context);
      }
      return new Guarded<>(Contexts.interceptCall(context, call, headers, next), call);
    } catch (RuntimeException failure) {
      call.fail(failure);
      return new ServerCall.Listener<>() {};
    }
  }

  private <Q, R> ServerCall.Listener<Q> unary(
      RefusingCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next, Context context) {
    Deadline given = context.getDeadline();
    Deadline most = Deadline.after(limits.deadlineMax().toMillis(), TimeUnit.MILLISECONDS);
    Deadline deadline = given == null ? most : given.minimum(most);
    if (deadline.timeRemaining(TimeUnit.NANOSECONDS) < limits.deadlineLeast().toNanos()) {
      throw new Refusal(
          new AccessProblem.CallRefused(
              Problem.Kind.DEADLINE_EXCEEDED,
              "DEADLINE_EXCEEDED",
              "the call had less than "
                  + limits.deadlineLeast().toMillis()
                  + " ms left when it arrived, and nothing was begun: call again with more time",
              Map.of()));
    }
    Context.CancellableContext limited = context.withDeadline(deadline, timer);
    // The transport knows the caller's deadline only: ours ends the call here, whatever its service
    // does.
    limited.addListener(
        ended -> {
          if (ended.cancellationCause() instanceof TimeoutException) {
            call.fail(
                new Refusal(
                    new AccessProblem.CallRefused(
                        Problem.Kind.DEADLINE_EXCEEDED,
                        "DEADLINE_EXCEEDED",
                        "the call took longer than it may: look at what became of it, or repeat it"
                            + " with the same request_id",
                        Map.of())));
          }
        },
        Runnable::run);
    ServerCall.Listener<Q> inner = Contexts.interceptCall(limited, call, headers, next);
    return new Guarded<>(inner, call) {
      @Override
      public void onComplete() {
        limited.cancel(null);
        super.onComplete();
      }

      @Override
      public void onCancel() {
        limited.cancel(null);
        super.onCancel();
      }
    };
  }

  private void admit(Caller caller, String method) {
    Set<Access.Right> allowed = Access.to(method);
    Set<Access.Right> had = EnumSet.copyOf(Access.rightsOf(caller));
    had.retainAll(allowed);
    if (had.isEmpty()) {
      if (caller instanceof Caller.Anonymous) {
        throw new Refusal(new AccessProblem.ClientCertificateRequired());
      }
      throw new Refusal(new AccessProblem.RoleRefused(caller.label(), "call " + method));
    }
    if (!Access.servedByAny(method)) {
      leading.run();
    }
    if (revoked.test(caller)) {
      throw new Refusal(
          new AccessProblem.CallRefused(
              Problem.Kind.PERMISSION_DENIED,
              "REVOKED",
              "trust in "
                  + caller.label()
                  + " was withdrawn for good: delete the node and create it anew",
              Map.of("subject", caller.label())));
    }
  }

  private Caller callerOf(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return new Caller.Anonymous();
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate leaf
          ? Caller.of(leaf, trustDomain)
          : new Caller.Anonymous();
    } catch (SSLPeerUnverifiedException noCertificate) {
      return new Caller.Anonymous();
    }
  }

  /** Reads messages within bounds, and keeps what a service throws from reaching the transport. */
  private class Guarded<Q> extends SimpleForwardingServerCallListener<Q> {
    private final RefusingCall<Q, ?> call;

    Guarded(ServerCall.Listener<Q> inner, RefusingCall<Q, ?> call) {
      super(inner);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (call.closed()) {
        return;
      }
      try {
        super.onMessage(within(message));
      } catch (StatusRuntimeException | IOException unreadable) {
        // Only the parser of the message throws the one here, and only unpacking it the other.
        call.fail(
            new Refusal(
                new AccessProblem.CallRefused(
                    Problem.Kind.INVALID_ARGUMENT,
                    "MESSAGE_MALFORMED",
                    "the message is no protobuf of this method's request type: "
                        + "generate the client anew from the published .proto files",
                    Map.of())));
      } catch (RuntimeException failure) {
        call.fail(failure);
      }
    }

    /** The message, if it is no larger than it may be. */
    @SuppressWarnings("unchecked") // Guarded services are given streams for messages.
    private Q within(Q message) throws IOException {
      if (!(message instanceof InputStream bytes)) {
        return message;
      }
      if (bytes instanceof KnownLength) {
        requireSize(bytes.available());
        return message;
      }
      // A compressed message does not know its size: it is unpacked up to the limit, and no
      // further.
      byte[] unpacked = bytes.readNBytes(limits.messageBytesMax() + 1);
      requireSize(unpacked.length);
      return (Q) new ByteArrayInputStream(unpacked);
    }

    private void requireSize(int size) {
      if (size > limits.messageBytesMax()) {
        throw new Refusal(
            new AccessProblem.CallRefused(
                Problem.Kind.RESOURCE_EXHAUSTED,
                "MESSAGE_TOO_LARGE",
                "the message has more than "
                    + limits.messageBytesMax()
                    + " bytes, unpacked, and no more are read: send less at a time",
                Map.of("limit_bytes", Integer.toString(limits.messageBytesMax()))));
      }
    }

    @Override
    public void onHalfClose() {
      if (call.closed()) {
        return;
      }
      try {
        super.onHalfClose();
      } catch (RuntimeException failure) {
        call.fail(failure);
      }
    }
  }

  /** Journals how a call was refused, and closes it once. */
  private final class RefusingCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final Caller caller;
    private final String method;
    private volatile boolean closed;

    RefusingCall(ServerCall<Q, R> delegate, Caller caller, String method) {
      super(delegate);
      this.caller = caller;
      this.method = method;
    }

    boolean closed() {
      return closed;
    }

    void fail(Throwable failure) {
      if (!closed) {
        StatusRuntimeException status = Unary.refuse(failure, method);
        Metadata trailers = status.getTrailers();
        close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      }
    }

    @Override
    public void sendHeaders(Metadata headers) {
      synchronized (this) {
        if (!closed) {
          super.sendHeaders(headers);
        }
      }
    }

    /** What a service says after its call was ended is dropped. */
    @Override
    public void sendMessage(R message) {
      synchronized (this) {
        if (!closed) {
          super.sendMessage(message);
        }
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (closed) {
        return;
      }
      closed = true;
      if (!status.isOk()) {
        journal.record(new Event.Rejected(reasonOf(status, trailers), caller.label(), method));
      }
      super.close(status, trailers);
    }

    private String reasonOf(Status status, Metadata trailers) {
      com.google.rpc.@Nullable Status full = StatusProto.fromStatusAndTrailers(status, trailers);
      return full == null
          ? status.getCode().name()
          : Reasons.of(full).orElse(status.getCode().name());
    }
  }

  /** A word for logs that ties a client's INTERNAL error to what the server knows of it. */
  static String incident(Throwable bug, String method) {
    String incident = UUID.randomUUID().toString();
    LOG.error("incident {} in {}", incident, method, bug);
    return incident;
  }
}
