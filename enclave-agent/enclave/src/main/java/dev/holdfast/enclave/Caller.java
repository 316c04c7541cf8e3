package dev.holdfast.enclave;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Who is at the other end of a Unix socket, as the kernel vouches for it (unix(7), SO_PEERCRED):
 * the process that connected.
 *
 * @param uid the user
 * @param pid the process
 */
record Caller(long uid, long pid) {
  static final Attributes.Key<Caller> ATTRIBUTE =
      Attributes.Key.create("dev.holdfast.enclave.caller");
  static final Context.Key<Caller> CONTEXT = Context.key("caller");

  /** Two users may draw the same id: what PAM sees is one of the user's own, still a version 4. */
  UUID own(UUID requestId) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update("holdfast/request/v1".getBytes(StandardCharsets.US_ASCII));
      sha.update(
          ByteBuffer.allocate(24)
              .putLong(uid)
              .putLong(requestId.getMostSignificantBits())
              .putLong(requestId.getLeastSignificantBits())
              .array());
      ByteBuffer digest = ByteBuffer.wrap(sha.digest());
      return new UUID(
          (digest.getLong() & ~0xF000L) | 0x4000L,
          (digest.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Puts the peer's credentials into the attributes of every connection, before its first call. */
  static final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
    private final InternalProtocolNegotiator.ProtocolNegotiator plain =
        InternalProtocolNegotiators.serverPlaintext();

    @Override
    public AsciiString scheme() {
      return plain.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
      return InternalProtocolNegotiators.waitUntilActiveHandler(
          new Identify(InternalProtocolNegotiators.grpcNegotiationHandler(handler)),
          handler.getNegotiationLogger());
    }

    @Override
    public void close() {
      plain.close();
    }
  }

  private static final class Identify extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;

    Identify(ChannelHandler next) {
      this.next = next;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (!(event instanceof ProtocolNegotiationEvent negotiation)) {
        super.userEventTriggered(context, event);
        return;
      }
      if (!(context.channel() instanceof EpollDomainSocketChannel channel)) {
        throw new IOException("not a Unix socket: " + context.channel());
      }
      PeerCredentials peer = channel.peerCredentials();
      Attributes attributes =
          InternalProtocolNegotiationEvent.getAttributes(negotiation).toBuilder()
              .set(ATTRIBUTE, new Caller(Integer.toUnsignedLong(peer.uid()), peer.pid()))
              .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, channel.remoteAddress())
              .build();
      context.pipeline().replace(this, null, next);
      context
          .pipeline()
          .fireUserEventTriggered(
              InternalProtocolNegotiationEvent.withAttributes(negotiation, attributes));
    }
  }
}
