package dev.holdfast.node.spdm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.spdm.BaseAsym;
import dev.holdfast.attestation.spdm.BaseHash;
import dev.holdfast.attestation.spdm.PaperDevice;
import dev.holdfast.attestation.spdm.RequesterSetup;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmRequester;
import dev.holdfast.attestation.spdm.SpdmVerifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both ends over real connections on the loopback interface. */
@Timeout(60)
class SpdmOverTcpTest {
  private static final PaperDevice DEVICE = PaperDevice.p256();
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static TcpResponder responder(TcpResponder.Limits limits) throws IOException {
    return TcpResponder.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        DEVICE.device(),
        PaperDevice::measurements,
        limits);
  }

  private static RequesterSetup setup(SpdmExpectation expectation) {
    return RequesterSetup.of("nvme-0", expectation, PaperDevice.CHALLENGE_NONCE, PaperLayers.NOW);
  }

  private static List<Reason> reasons(SpdmRequester.Step step) {
    return assertInstanceOf(SpdmRequester.Refused.class, step).findings().stream()
        .map(Finding::reason)
        .toList();
  }

  /** Stands between both ends for one connection, and changes what it likes. */
  private static InetSocketAddress between(
      InetSocketAddress device, UnaryOperator<Bytes> requests, UnaryOperator<Bytes> responses)
      throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try (server;
                  Socket near = server.accept();
                  Socket far = new Socket(device.getAddress(), device.getPort())) {
                Frames left = new Frames(near, SpdmRequester.MESSAGE_MAX_BYTES);
                Frames right = new Frames(far, SpdmRequester.MESSAGE_MAX_BYTES);
                while (true) {
                  right.write(requests.apply(left.read().orElseThrow()));
                  left.write(responses.apply(right.read().orElseThrow()));
                }
              } catch (IOException | java.util.NoSuchElementException e) {
                // One of the ends went away: so does what stands between.
                Thread.currentThread().interrupt();
              }
            });
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  private static UnaryOperator<Bytes> onCode(int code, int position, int value) {
    return message -> {
      byte[] bytes = message.toByteArray();
      if (message.at(1) == code) {
        bytes[position] = (byte) value;
      }
      return Bytes.of(bytes);
    };
  }

  @Test
  void aDeviceProvesItselfAndItsMeasurements() throws IOException {
    try (TcpResponder responder = responder(TcpResponder.Limits.DEFAULT)) {
      for (int slot : List.of(0, 3)) {
        SpdmRequester.Step step =
            TcpRequester.ask(
                responder.address(), setup(DEVICE.expectation()).withSlot(slot), DEADLINE);
        SpdmRequester.Finished finished =
            assertInstanceOf(SpdmRequester.Finished.class, step, step::toString);
        assertInstanceOf(
            Outcome.Proven.class,
            SpdmVerifier.verify(finished.evidence(), DEVICE.expectation(), PaperLayers.NOW));
      }
    }
  }

  @Test
  void aSwappedSlotAndADowngradeAreRefused() throws IOException {
    UnaryOperator<Bytes> same = UnaryOperator.identity();
    try (TcpResponder responder = responder(TcpResponder.Limits.DEFAULT)) {
      InetSocketAddress device = responder.address();
      RequesterSetup setup = setup(DEVICE.expectation());
      assertEquals(
          List.of(Reason.SPDM_TRANSCRIPT),
          reasons(TcpRequester.ask(between(device, onCode(0x83, 2, 3), same), setup, DEADLINE)));
      assertEquals(
          List.of(Reason.SPDM_VERSION),
          reasons(TcpRequester.ask(between(device, same, onCode(0x04, 7, 0x11)), setup, DEADLINE)));
      assertEquals(
          List.of(Reason.SPDM_TRANSCRIPT),
          reasons(TcpRequester.ask(between(device, onCode(0xe3, 9, 0), same), setup, DEADLINE)));
      assertEquals(
          List.of(Reason.SPDM_TRANSCRIPT),
          reasons(TcpRequester.ask(between(device, onCode(0xe0, 10, 0), same), setup, DEADLINE)));
      RequesterSetup strong =
          new RequesterSetup(
              "nvme-0",
              DEVICE.expectation(),
              PaperDevice.CHALLENGE_NONCE,
              0,
              Set.of(BaseAsym.ECDSA_P384),
              Set.of(BaseHash.SHA_384),
              PaperLayers.NOW);
      assertEquals(
          List.of(Reason.SPDM_PROTOCOL), reasons(TcpRequester.ask(device, strong, DEADLINE)));
    }
  }

  @Test
  void aDeviceThatIsNotTheOneEnrolledIsRefused() throws IOException {
    SpdmExpectation other =
        SpdmExpectation.of(PaperDevice.NONCE, PaperDevice.p256().leafKey(), DEVICE.anchors());
    try (TcpResponder responder = responder(TcpResponder.Limits.DEFAULT)) {
      assertEquals(
          List.of(Reason.DEVICE_IDENTITY),
          reasons(TcpRequester.ask(responder.address(), setup(other), DEADLINE)));
    }
  }

  @Test
  void framesAreAsTheBindingLaysThemOut() throws IOException {
    try (TcpResponder responder = responder(TcpResponder.Limits.DEFAULT);
        Socket socket = connected(responder)) {
      socket.getOutputStream().write(new byte[] {6, 0, 1, 5, 0x10, (byte) 0x84, 0, 0});
      assertArrayEquals(
          new byte[] {10, 0, 1, 5, 0x10, 4, 0, 0, 0, 1, 0, 0x12},
          socket.getInputStream().readNBytes(12));
    }
  }

  @Test
  void brokenFramesEndTheConnectionWithAWord() throws IOException {
    byte[][] broken = {
      {0, 0, 1, 5}, {2, 0, 2, 5}, {2, 0, 1, (byte) 0xbf}, {(byte) 0xff, (byte) 0xff, 1, 5}
    };
    int[] words = {
      Frames.NOT_SUPPORTED, Frames.NOT_SUPPORTED, Frames.NOT_SUPPORTED, Frames.TOO_LARGE
    };
    for (int i = 0; i < broken.length; i++) {
      try (TcpResponder responder = responder(TcpResponder.Limits.DEFAULT);
          Socket socket = connected(responder)) {
        socket.getOutputStream().write(broken[i]);
        byte[] answer = socket.getInputStream().readNBytes(4);
        assertArrayEquals(new byte[] {2, 0, 1, (byte) words[i]}, answer, "frame " + i);
      }
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws IOException {
    TcpResponder.Limits hasty = new TcpResponder.Limits(4, Duration.ofMillis(200), 8);
    try (TcpResponder responder = responder(hasty);
        Socket socket = connected(responder)) {
      assertEquals(0, readToEnd(socket));
    }
  }

  @Test
  void aDeviceThatNeverAnswersIsGivenUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress device =
          new InetSocketAddress(silent.getInetAddress(), silent.getLocalPort());
      assertThrows(
          IOException.class,
          () -> TcpRequester.ask(device, setup(DEVICE.expectation()), Duration.ofMillis(200)));
    }
  }

  @Test
  void connectionsBeyondTheLimitAreClosed() throws IOException {
    TcpResponder.Limits one = new TcpResponder.Limits(1, DEADLINE, 8);
    try (TcpResponder responder = responder(one);
        Socket first = connected(responder)) {
      first.getOutputStream().write(new byte[] {6, 0, 1, 5, 0x10, (byte) 0x84, 0, 0});
      assertEquals(12, first.getInputStream().readNBytes(12).length);
      try (Socket second = connected(responder)) {
        assertEquals(0, readToEnd(second));
      }
    }
  }

  private static Socket connected(TcpResponder responder) throws IOException {
    return new Socket(responder.address().getAddress(), responder.address().getPort());
  }

  /** How many bytes come before the end; a reset is an end too. */
  private static int readToEnd(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes().length;
    } catch (IOException e) {
      return 0;
    }
  }
}
