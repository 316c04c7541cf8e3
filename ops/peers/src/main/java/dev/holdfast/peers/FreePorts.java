package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * TCP ports of the loopback interface that nobody listened on a moment ago.
 *
 * <p>Another process may take one before it is used, so whoever starts a server on one checks that
 * the server which answers is the one that was started.
 */
public final class FreePorts {
  private FreePorts() {}

  /** Returns {@code count} different ports, 1 to 64, each 1024 to 65535. */
  public static List<Integer> of(int count) {
    if (count < 1 || count > 64) {
      throw new IllegalArgumentException("count of ports is 1 to 64, not " + count);
    }
    var ports = new ArrayList<Integer>(count);
    try {
      find(count, ports);
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    }
    return List.copyOf(ports);
  }

  /** Each stays open until the last is found, so that no port is found twice. */
  private static void find(int count, List<Integer> ports) throws IOException {
    if (count > 0) {
      try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        ports.add(socket.getLocalPort());
        find(count - 1, ports);
      }
    }
  }
}
