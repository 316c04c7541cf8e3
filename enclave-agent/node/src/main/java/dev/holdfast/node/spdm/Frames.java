package dev.holdfast.node.spdm;

import dev.holdfast.attestation.Bytes;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;

/**
 * The framing of one connection (DSP0287 1.0, clause 6): the length of what follows as 16 bits,
 * least significant byte first, the version of the binding, the type of the message, the message.
 */
final class Frames {
  /** An SPDM message outside any secured session. */
  static final int MESSAGE = 0x05;

  /** The message is longer than the other end takes. */
  static final int TOO_LARGE = 0xc0;

  /** The type of message is not known to the other end. */
  static final int NOT_SUPPORTED = 0xc1;

  private static final int BINDING_VERSION = 1;
  private static final int HEADER_BYTES = 2;
  private static final int LENGTH_MAX = 0xffff;

  private final DataInputStream in;
  private final OutputStream out;
  private final int maxBytes;

  /**
   * The frames of a connection.
   *
   * @param maxBytes the longest message that is taken; nothing is allocated for a longer one
   */
  Frames(Socket socket, int maxBytes) throws IOException {
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
    this.maxBytes = maxBytes;
  }

  /** Thrown when the other end breaks the framing; the connection is over. */
  static final class FramingException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int answer;

    FramingException(String message, int answer) {
      super(message);
      this.answer = answer;
    }

    /** The type of frame that says so to the other end. */
    int answer() {
      return answer;
    }
  }

  /**
   * Takes one message; empty at the end of the connection.
   *
   * @throws FramingException if it is anything else than a message within the limit
   */
  Optional<Bytes> read() throws IOException {
    int low = in.read();
    if (low < 0) {
      return Optional.empty();
    }
    int length = low | in.readUnsignedByte() << 8;
    if (length < HEADER_BYTES) {
      throw new FramingException("a frame of " + length + " bytes", NOT_SUPPORTED);
    }
    int version = in.readUnsignedByte();
    int type = in.readUnsignedByte();
    if (version != BINDING_VERSION || type != MESSAGE) {
      throw new FramingException(
          "a frame of version " + version + " and type " + type, NOT_SUPPORTED);
    }
    if (length - HEADER_BYTES > maxBytes) {
      throw new FramingException("a message of " + (length - HEADER_BYTES) + " bytes", TOO_LARGE);
    }
    byte[] message = in.readNBytes(length - HEADER_BYTES);
    if (message.length < length - HEADER_BYTES) {
      throw new EOFException("the connection ended within a message");
    }
    return Optional.of(Bytes.of(message));
  }

  /** Sends one message. */
  void write(Bytes message) throws IOException {
    write(MESSAGE, message);
  }

  /** Says that the framing was broken, and how. */
  void refuse(int type) throws IOException {
    write(type, Bytes.EMPTY);
  }

  private void write(int type, Bytes message) throws IOException {
    int length = HEADER_BYTES + message.length();
    if (length > LENGTH_MAX) {
      throw new IOException("a message of " + message.length() + " bytes has no frame");
    }
    Bytes header =
        Bytes.of((byte) length, (byte) (length >> 8), (byte) BINDING_VERSION, (byte) type);
    out.write(Bytes.concat(header, message).toByteArray());
    out.flush();
  }
}
