package dev.holdfast.pam.forecast.xgboost;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Collections;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoostError;

/**
 * The C interface of the library that XGBoost4J brings along (XGBoost's {@code c_api.h}): functions
 * whose arguments are pointers, and which return 0 where they succeed.
 *
 * @param arena what is made for calls lives as long as it
 */
@SuppressWarnings("restricted") // what it calls is the library's published interface
record NativeXgboost(Arena arena) {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final long MESSAGE_BYTES_MAX = 64 << 10;

  /** Loads the library. */
  static NativeXgboost load(Arena arena) throws XGBoostError {
    // Any call of XGBoost4J does; the functions are then found among those of its class loader.
    new DMatrix(new float[1], 1, 1, Float.NaN).dispose();
    return new NativeXgboost(arena);
  }

  /**
   * Calls a function.
   *
   * @throws XGBoostError with what it says, if it fails
   */
  void call(String name, MemorySegment... arguments) throws XGBoostError {
    ValueLayout[] pointers =
        Collections.nCopies(arguments.length, ValueLayout.ADDRESS).toArray(ValueLayout[]::new);
    MethodHandle function = function(name, FunctionDescriptor.of(ValueLayout.JAVA_INT, pointers));
    if ((int) invoke(function, (Object[]) arguments) != 0) {
      MethodHandle words = function("XGBGetLastError", FunctionDescriptor.of(ValueLayout.ADDRESS));
      MemorySegment said = (MemorySegment) invoke(words);
      throw new XGBoostError(said.reinterpret(MESSAGE_BYTES_MAX).getString(0));
    }
  }

  /** Calls a function whose last argument is where it puts what it makes. */
  MemorySegment create(String name, MemorySegment... arguments) throws XGBoostError {
    MemorySegment made = arena.allocate(ValueLayout.ADDRESS);
    MemorySegment[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = made;
    call(name, all);
    return made.get(ValueLayout.ADDRESS, 0);
  }

  /** A pointer by which the library calls back. */
  MemorySegment callback(MethodHandle method, FunctionDescriptor type) {
    return LINKER.upcallStub(method, type, arena);
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(SymbolLookup.loaderLookup().findOrThrow(name), type);
  }

  private static Object invoke(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error bug) {
      throw bug;
    } catch (Throwable bug) {
      throw new IllegalStateException(bug);
    }
  }
}
