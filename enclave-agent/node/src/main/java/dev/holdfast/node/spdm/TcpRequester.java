package dev.holdfast.node.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.RequesterSetup;
import dev.holdfast.attestation.spdm.SpdmRequester;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** Asks a device for its measurements over a connection of its own. */
public final class TcpRequester {
  private TcpRequester() {}

  /**
   * Holds one whole conversation.
   *
   * @param device where it answers
   * @param deadline for all of it, connecting included
   * @return {@link SpdmRequester.Finished} or {@link SpdmRequester.Refused}
   * @throws IOException if the device cannot be reached, breaks the framing, or takes longer
   */
  public static SpdmRequester.Step ask(
      InetSocketAddress device, RequesterSetup setup, Duration deadline) throws IOException {
    try (Socket socket = new Socket();
        SessionDeadline _ = new SessionDeadline(socket, deadline)) {
      socket.connect(device);
      socket.setTcpNoDelay(true);
      Frames frames = new Frames(socket, SpdmRequester.MESSAGE_MAX_BYTES);
      SpdmRequester.Step step = SpdmRequester.begin(setup);
      while (step instanceof SpdmRequester.Send send) {
        frames.write(send.request());
        Bytes response =
            frames.read().orElseThrow(() -> new EOFException("the device ended the conversation"));
        step = send.next().next(response);
      }
      return step;
    }
  }
}
