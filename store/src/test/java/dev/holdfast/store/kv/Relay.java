package dev.holdfast.store.kv;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A wire between a client and a server on loopback that can be cut and mended. */
final class Relay implements AutoCloseable {
  /** What the wire does. */
  enum Wire {
    /** Everything passes. */
    WHOLE,
    /** Nothing passes, and neither end is told: connections stay open. */
    SILENT,
    /** Connections are ended as soon as they are made. */
    REFUSING
  }

  private final ServerSocket door;
  private final URI server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger knocks = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Wire wire = Wire.WHOLE;

  private Relay(ServerSocket door, URI server) {
    this.door = door;
    this.server = server;
  }

  static Relay to(URI server) {
    try {
      var relay = new Relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), server);
      relay.threads.execute(relay::admit);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + door.getLocalPort());
  }

  /** How many connections were made to it. */
  int knocks() {
    return knocks.get();
  }

  void set(Wire now) {
    lock.lock();
    try {
      wire = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (now == Wire.REFUSING) {
      open.forEach(Relay::end);
    }
  }

  private boolean passes() throws InterruptedException {
    lock.lock();
    try {
      while (wire == Wire.SILENT) {
        changed.await();
      }
      return wire == Wire.WHOLE;
    } finally {
      lock.unlock();
    }
  }

  private void admit() {
    try {
      while (true) {
        Socket client = door.accept();
        knocks.incrementAndGet();
        open.add(client);
        threads.execute(() -> connect(client));
      }
    } catch (IOException e) {
      // The door was closed.
      open.forEach(Relay::end);
    }
  }

  private void connect(Socket client) {
    var upstream = new Socket();
    try {
      if (passes()) {
        upstream.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        open.add(upstream);
        threads.execute(() -> pump(upstream, client));
        pump(client, upstream);
        return;
      }
    } catch (IOException | InterruptedException e) {
      // The client is told by its end of the wire.
      end(upstream);
    }
    end(client);
  }

  private void pump(Socket from, Socket to) {
    var buffer = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0 && passes(); read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException | InterruptedException e) {
      // Either end is gone, and so is the other.
    }
    end(from);
    end(to);
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    open.forEach(Relay::end);
    threads.shutdownNow();
  }
}
