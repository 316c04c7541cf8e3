package dev.holdfast.agent.openenclave;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a call is given, in native memory that is freed when the call has ended. */
final class NativeInput implements AutoCloseable {
  private final List<Memory> memory = new ArrayList<>();

  /** A copy; null for no bytes. */
  @Nullable Pointer copy(Bytes bytes) {
    return bytes.isEmpty() ? null : required(bytes);
  }

  /** A copy of at least one byte. */
  Pointer required(Bytes bytes) {
    Memory copy = new Memory(bytes.length());
    memory.add(copy);
    copy.write(0, bytes.toByteArray(), 0, bytes.length());
    return copy;
  }

  /** An array of {@code oe_policy_t}; null for none. */
  @Nullable Pointer policies(List<VerifierPolicy> policies) {
    if (policies.isEmpty()) {
      return null;
    }
    Memory array = OpenEnclave.zeros((long) policies.size() * Layout.POLICY_BYTES);
    memory.add(array);
    for (int i = 0; i < policies.size(); i++) {
      VerifierPolicy policy = policies.get(i);
      long at = (long) i * Layout.POLICY_BYTES;
      Bytes content = policy.content();
      array.setInt(at + Layout.POLICY_TYPE, policy.type());
      array.setPointer(at + Layout.POLICY_CONTENT, required(content));
      array.setLong(at + Layout.POLICY_CONTENT_SIZE, content.length());
    }
    return array;
  }

  @Override
  public void close() {
    memory.forEach(Memory::close);
  }
}
