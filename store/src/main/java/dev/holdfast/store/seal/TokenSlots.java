package dev.holdfast.store.seal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.holdfast.store.seal.KeyFailure.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The tokens of a PKCS #11 library by their labels, which the JDK's own provider does not look at
 * (PKCS #11 2.40, sections 5.5 and 3.2; the calling convention of 64-bit Linux).
 */
final class TokenSlots {
  static final int SLOTS_MAX = 64;
  static final int LABEL_BYTES = 32;

  /** CK_TOKEN_INFO, with room to spare; it begins with the label, padded with spaces. */
  private static final int TOKEN_INFO_BYTES = 512;

  private static final long OK = 0;

  private TokenSlots() {}

  /**
   * The id of the slot with a token of this label, in a library that was initialised.
   *
   * @throws KeyFailure TOKEN_UNUSABLE when the library does not answer
   */
  @SuppressWarnings("restricted") // The library is the operator's own choice.
  static OptionalLong withLabel(Path library, String label) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup symbols = SymbolLookup.libraryLookup(library, arena);
      Linker linker = Linker.nativeLinker();
      MethodHandle list =
          linker.downcallHandle(
              symbols.findOrThrow("C_GetSlotList"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_BYTE, ADDRESS, ADDRESS));
      MethodHandle info =
          linker.downcallHandle(
              symbols.findOrThrow("C_GetTokenInfo"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS));
      MemorySegment slots = arena.allocate(JAVA_LONG, SLOTS_MAX);
      MemorySegment count = arena.allocate(JAVA_LONG);
      count.set(JAVA_LONG, 0, SLOTS_MAX);
      long listed = (long) list.invokeExact((byte) 1, slots, count);
      if (listed != OK) {
        throw unusable(library, "C_GetSlotList returned 0x" + Long.toHexString(listed));
      }
      MemorySegment token = arena.allocate(TOKEN_INFO_BYTES);
      for (long place = 0; place < count.get(JAVA_LONG, 0); place++) {
        long slot = slots.getAtIndex(JAVA_LONG, place);
        if ((long) info.invokeExact(slot, token) == OK && label.equals(label(token))) {
          return OptionalLong.of(slot);
        }
      }
      return OptionalLong.empty();
    } catch (KeyFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unusable(library, String.valueOf(e.getMessage()));
    }
  }

  private static String label(MemorySegment token) {
    byte[] label = token.asSlice(0, LABEL_BYTES).toArray(JAVA_BYTE);
    return new String(label, StandardCharsets.UTF_8).stripTrailing();
  }

  private static KeyFailure unusable(Path library, String why) {
    return new KeyFailure(
        Reason.TOKEN_UNUSABLE, "PKCS #11 library %s does not answer: %s".formatted(library, why));
  }
}
