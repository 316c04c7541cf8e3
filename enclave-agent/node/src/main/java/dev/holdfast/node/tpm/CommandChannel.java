package dev.holdfast.node.tpm;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import tss.TpmDevice;

/**
 * Raw commands to a TPM and its raw responses (TPM 2.0 Part 1, 18), over a socket or a device file.
 *
 * <p>A response other than success is thrown before the library sees it, as the library would print
 * it to standard output.
 */
final class CommandChannel extends TpmDevice {
  private static final int HEADER_BYTES = 10;
  private static final int RESPONSE_BYTES_MAX = 4096;
  private static final int ATTEMPTS_MAX = 50;
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final ByteChannel channel;
  private byte[] command = {};
  private byte[] response = {};

  private CommandChannel(ByteChannel channel) {
    this.channel = channel;
  }

  static CommandChannel open(TpmAddress address) throws IOException {
    return new CommandChannel(
        switch (address) {
          case TpmAddress.UnixSocket socket -> connect(socket);
          case TpmAddress.Device device ->
              FileChannel.open(device.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
        });
  }

  private static SocketChannel connect(TpmAddress.UnixSocket socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket.path()));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The last response, header included. */
  byte[] response() {
    return response.clone();
  }

  @Override
  public boolean connect() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the TPM's channel cannot be closed", e);
    }
  }

  @Override
  public void dispatchCommand(byte[] bytes) {
    command = bytes.clone();
  }

  /** Sends the command and waits for the response; the TPM is asked again while it is busy. */
  @Override
  public byte[] getResponse() {
    try {
      for (int attempt = 1; ; attempt++) {
        response = exchange();
        int code = ByteBuffer.wrap(response).getInt(6);
        if (code == 0) {
          return response.clone();
        }
        if (!busy(code) || attempt >= ATTEMPTS_MAX) {
          throw new Refusal(code);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** TPM_RC_RETRY, TPM_RC_YIELDED and TPM_RC_TESTING: the command was not started. */
  private static boolean busy(int code) {
    return code == 0x922 || code == 0x908 || code == 0x90a;
  }

  private byte[] exchange() throws IOException {
    ByteBuffer out = ByteBuffer.wrap(command);
    while (out.hasRemaining()) {
      channel.write(out);
    }
    ByteBuffer in = ByteBuffer.allocate(RESPONSE_BYTES_MAX);
    while (in.position() < HEADER_BYTES || in.position() < in.getInt(2)) {
      if (in.position() >= HEADER_BYTES
          && (in.getInt(2) < HEADER_BYTES || in.getInt(2) > RESPONSE_BYTES_MAX)) {
        throw new IOException("a TPM's response has 10 to 4096 bytes, not " + in.getInt(2));
      }
      if (channel.read(in) < 0) {
        throw new EOFException("the TPM closed the connection within a response");
      }
    }
    var bytes = new byte[Math.max(HEADER_BYTES, in.getInt(2))];
    in.flip().get(bytes, 0, bytes.length);
    return bytes;
  }

  @Override
  public boolean responseReady() {
    return true;
  }

  /** Carries a response code past the library. */
  static final class Refusal extends RuntimeException {
    private final int code;

    Refusal(int code) {
      super("TPM response code 0x" + Integer.toHexString(code), null, false, false);
      this.code = code;
    }

    int code() {
      return code;
    }
  }
}
