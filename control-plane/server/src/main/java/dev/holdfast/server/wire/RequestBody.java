package dev.holdfast.server.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What makes a repeated request the same one: everything that it says, and who says it. */
public final class RequestBody {
  private RequestBody() {}

  /**
   * SHA-256 over both, 32 bytes. Entries of maps, such as a workload's inputs, count in the order
   * of their keys, however they came.
   */
  public static Bytes digest(String who, MessageLite said) {
    byte[] bytes = new byte[said.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      said.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the message's size takes the message", e);
    }
    return Sha256.of(Bytes.utf8(who), Bytes.of(bytes));
  }
}
