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
 * <p>Another process may take one before it is used, so whoever starts a server on one checks that the
 * server which answers is the one that was started.
 */
public final class FreePorts {
  private FreePorts() {}

  /** Returns {@code count} different ports, 1 to 64, each 1024 to 65535. */
  public static List<Integer> of(int count) {
    if (count < 1 || count > 64) {
      throw new IllegalArgumentException("count of ports is 1 to 64, not " + count);
    }
    var sockets = new ArrayList<ServerSocket>(count);
    try {
      // All are open at once, so that no port is found twice.
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on loopback", e);
    } finally {
      for (ServerSocket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new UncheckedIOException("cannot give a probed port back", e);
        }
      }
    }
  }
}
