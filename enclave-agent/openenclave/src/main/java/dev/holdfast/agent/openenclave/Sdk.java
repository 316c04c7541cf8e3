package dev.holdfast.agent.openenclave;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The SDK's host functions by JNA's direct mapping: {@code attestation/verifier.h}, {@code host.h},
 * {@code bits/result.h}. A {@code size_t} is a long here, which holds on x86-64 only.
 */
final class Sdk {
  /** Every symbol is resolved when the library is opened: one missing later would end the JVM. */
  private static final int RTLD_NOW = 2;

  private static final int LOG_BYTES_MAX = 2048;

  /** Libraries stay loaded for good: the SDK may log from threads of its own at any time. */
  private static final Map<Path, NativeLibrary> LOADED = new HashMap<>();

  private static final AtomicReference<SdkLog> HEARS = new AtomicReference<>(SdkLog.NONE);

  /** Held for good, as the SDK keeps its address for good. */
  private static final LogCallback CALLBACK = Sdk::logged;

  private Sdk() {}

  /** {@code oe_log_callback_t}. */
  interface LogCallback extends Callback {
    /** Hears a line; {@code fromEnclave} is a C bool, of which only the low byte counts. */
    void invoke(
        @Nullable Pointer context,
        byte fromEnclave,
        @Nullable Pointer time,
        long micros,
        int level,
        long thread,
        @Nullable Pointer message);
  }

  /**
   * Binds the functions of a library, in place of any bound before.
   *
   * @throws OpenEnclaveException if it cannot be loaded, or is not the SDK
   */
  static synchronized NativeLibrary bind(Path file) throws OpenEnclaveException {
    if (Native.SIZE_T_SIZE != Long.BYTES || Native.LONG_SIZE != Long.BYTES) {
      throw new OpenEnclaveException("the Open Enclave SDK is called on 64-bit Linux only");
    }
    Path absolute = file.toAbsolutePath().normalize();
    try {
      NativeLibrary library = LOADED.get(absolute);
      if (library == null) {
        library =
            NativeLibrary.getInstance(
                absolute.toString(), Map.of(Library.OPTION_OPEN_FLAGS, RTLD_NOW));
        LOADED.put(absolute, library);
      }
      Native.unregister(Sdk.class);
      Native.register(Sdk.class, library);
      return library;
    } catch (UnsatisfiedLinkError e) {
      throw new OpenEnclaveException(
          absolute + " is no shared object with the Open Enclave SDK's host API: " + e.getMessage(),
          e);
    }
  }

  /** Lets a listener hear the log; the SDK writes nothing to standard output any more. */
  static int hear(SdkLog log) {
    HEARS.set(log);
    return oe_log_set_callback(null, CALLBACK);
  }

  /** Lets nobody hear the log. */
  static void hearNoMore() {
    HEARS.set(SdkLog.NONE);
  }

  private static void logged(
      @Nullable Pointer context,
      byte fromEnclave,
      @Nullable Pointer time,
      long micros,
      int level,
      long thread,
      @Nullable Pointer message) {
    SdkLog log = HEARS.get();
    if (log.equals(SdkLog.NONE) || message == null) {
      return;
    }
    try {
      String text = NativeText.read(message, LOG_BYTES_MAX).replaceAll("\\p{Cntrl}", " ").strip();
      log.heard(new SdkLog.Line(fromEnclave != 0, SdkLog.Level.of(level), text));
    } catch (RuntimeException e) {
      // A listener that fails loses its line: nothing may be thrown into the SDK's own frames.
    }
  }

  static native int oe_verifier_initialize();

  static native int oe_verifier_shutdown();

  static native int oe_verifier_get_formats(Pointer formats, Pointer length);

  static native int oe_verifier_free_formats(Pointer formats);

  static native int oe_verify_evidence(
      @Nullable Pointer format,
      Pointer evidence,
      long evidenceSize,
      @Nullable Pointer endorsements,
      long endorsementsSize,
      @Nullable Pointer policies,
      long policiesLength,
      Pointer claims,
      Pointer claimsLength);

  static native int oe_free_claims(Pointer claims, long length);

  static native @Nullable Pointer oe_result_str(int result);

  static native int oe_log_set_callback(@Nullable Pointer context, LogCallback callback);

  static native int oe_terminate_enclave(Pointer enclave);
}
