package dev.holdfast.node.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.MeasurementBlock;
import dev.holdfast.attestation.spdm.SpdmDevice;
import dev.holdfast.attestation.spdm.SpdmResponder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers for a device on a TCP port: one conversation for each connection, a bounded number of
 * them at once, each with a deadline.
 */
public final class TcpResponder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TcpResponder.class);
  private static final int NONCE_BYTES = 32;

  private final ServerSocket server;
  private final SpdmDevice device;
  private final Supplier<List<MeasurementBlock>> measurements;
  private final Limits limits;
  private final SecureRandom random = new SecureRandom();
  private final Semaphore places;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;

  /**
   * What connections may cost.
   *
   * @param sessions most of them at once, 1 to 1,024; others are closed at once
   * @param deadline for each of them, from first to last byte
   * @param messages most of each of them
   */
  public record Limits(int sessions, Duration deadline, int messages) {
    /** 16 sessions of 30 seconds and 1,024 messages. */
    public static final Limits DEFAULT = new Limits(16, Duration.ofSeconds(30), 1024);

    /** Checks the ranges. */
    public Limits {
      if (sessions < 1 || sessions > 1024 || messages < 1 || !deadline.isPositive()) {
        throw new IllegalArgumentException("limits of " + sessions + " sessions");
      }
    }
  }

  private TcpResponder(
      ServerSocket server,
      SpdmDevice device,
      Supplier<List<MeasurementBlock>> measurements,
      Limits limits) {
    this.server = server;
    this.device = device;
    this.measurements = measurements;
    this.limits = limits;
    this.places = new Semaphore(limits.sessions());
    this.acceptor = Thread.ofVirtual().name("spdm-accept").unstarted(this::accept);
  }

  /**
   * Begins to answer.
   *
   * @param address port 4194 is the one registered; 0 takes any that is free
   * @param measurements asked anew for each request
   * @throws IOException if the address is taken
   */
  public static TcpResponder start(
      InetSocketAddress address,
      SpdmDevice device,
      Supplier<List<MeasurementBlock>> measurements,
      Limits limits)
      throws IOException {
    ServerSocket server = new ServerSocket();
    try {
      server.bind(address);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    TcpResponder responder = new TcpResponder(server, device, measurements, limits);
    responder.acceptor.start();
    return responder;
  }

  /** Where it answers. */
  public InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        if (!places.tryAcquire()) {
          socket.close();
          continue;
        }
        open.add(socket);
        Thread.ofVirtual().name("spdm-session").start(() -> session(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          LOG.warn("a connection to the SPDM port could not be taken: {}", e.getMessage());
        }
      }
    }
  }

  private void session(Socket socket) {
    try (socket;
        SessionDeadline _ = new SessionDeadline(socket, limits.deadline())) {
      if (server.isClosed()) {
        return;
      }
      socket.setTcpNoDelay(true);
      Frames frames = new Frames(socket, SpdmResponder.REQUEST_MAX_BYTES);
      try {
        converse(frames);
      } catch (Frames.FramingException e) {
        frames.refuse(e.answer());
      }
    } catch (IOException e) {
      LOG.debug("an SPDM conversation ended early: {}", e.getMessage());
    } finally {
      open.remove(socket);
      places.release();
    }
  }

  private void converse(Frames frames) throws IOException {
    SpdmResponder responder = SpdmResponder.of(device);
    for (int i = 0; i < limits.messages(); i++) {
      Optional<Bytes> request = frames.read();
      if (request.isEmpty()) {
        return;
      }
      byte[] nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce);
      SpdmResponder.Reply reply =
          responder.respond(
              request.get(), new SpdmResponder.Fresh(Bytes.of(nonce), measurements.get()));
      frames.write(reply.response());
      responder = reply.next();
    }
  }

  /** Ends all conversations. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
