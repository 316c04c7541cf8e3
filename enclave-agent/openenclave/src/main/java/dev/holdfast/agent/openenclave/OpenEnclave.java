package dev.holdfast.agent.openenclave;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.holdfast.attestation.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The Open Enclave SDK's host side, from a shared object that the operator linked. A process has
 * one open at a time, as the SDK itself is global. Whatever the SDK allocates is freed in every
 * outcome; sizes are bounded before anything is copied; calls run on two platform threads with a
 * deadline.
 */
public final class OpenEnclave implements AutoCloseable {
  /** How long a call may take: the quote provider may fetch collateral in it. */
  public static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Most bytes of evidence that is verified. */
  public static final int EVIDENCE_MAX_BYTES = 256 * 1024;

  /** Most bytes of endorsements that are handed over. */
  public static final int ENDORSEMENTS_MAX_BYTES = 8 * 1024 * 1024;

  private static final int FORMATS_MAX = 64;
  private static final int POLICIES_MAX = 8;
  private static final int WORDS_BYTES_MAX = 256;
  private static final AtomicBoolean TAKEN = new AtomicBoolean();

  private final NativeLibrary library;
  private final NativeThreads threads;
  private final Set<Enclave> enclaves = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  private OpenEnclave(NativeLibrary library, NativeThreads threads) {
    this.library = library;
    this.threads = threads;
  }

  /**
   * Loads the SDK and starts its verifier.
   *
   * @param file the shared object
   * @param log hears what the SDK logs, until this is closed
   * @throws OpenEnclaveException if it cannot be loaded, is not the SDK, does not start, or another
   *     is open
   */
  public static OpenEnclave open(Path file, SdkLog log) throws OpenEnclaveException {
    return open(file, log, DEADLINE);
  }

  /** The same with another deadline for each call. */
  static OpenEnclave open(Path file, SdkLog log, Duration deadline) throws OpenEnclaveException {
    if (!TAKEN.compareAndSet(false, true)) {
      throw new OpenEnclaveException("an Open Enclave library is open already; close that first");
    }
    boolean opened = false;
    NativeThreads threads = new NativeThreads(deadline);
    try {
      NativeLibrary library = Sdk.bind(file);
      threads.call(
          () -> {
            require("oe_log_set_callback", Sdk.hear(log));
            require("oe_verifier_initialize", Sdk.oe_verifier_initialize());
            return true;
          });
      opened = true;
      return new OpenEnclave(library, threads);
    } finally {
      if (!opened) {
        Sdk.hearNoMore();
        // A start that hangs keeps the library: what it is doing would go on in another.
        TAKEN.set(!threads.end());
      }
    }
  }

  private static void require(String what, int result) throws OpenEnclaveException {
    if (result != ResultCode.OK.code()) {
      throw new OpenEnclaveException(what + ": " + words(new ResultCode(result)));
    }
  }

  /** What the SDK says of a result; on a native thread. */
  private static String words(ResultCode result) {
    Pointer text = Sdk.oe_result_str(result.code());
    String words = text == null ? "" : NativeText.read(text, WORDS_BYTES_MAX);
    return words.isBlank() ? "result " + result : words + " (" + result + ")";
  }

  /** What the SDK says of a result. */
  public String describe(ResultCode result) throws OpenEnclaveException {
    return threads.call(() -> words(result));
  }

  /**
   * The formats of evidence that the SDK verifies, as UUIDs of 16 bytes.
   *
   * @throws OpenEnclaveException if there is no answer, or one out of bounds
   */
  public List<Bytes> formats() throws OpenEnclaveException {
    return threads.call(
        () -> {
          try (Memory out = zeros(16)) {
            Pointer length = out.share(8);
            require("oe_verifier_get_formats", Sdk.oe_verifier_get_formats(out, length));
            Pointer list = out.getPointer(0);
            if (list == null) {
              return none("formats", length.getLong(0));
            }
            try {
              long count = bounded("formats", length.getLong(0), FORMATS_MAX);
              List<Bytes> formats = new ArrayList<>();
              for (int i = 0; i < count; i++) {
                formats.add(
                    Bytes.of(list.getByteArray((long) i * Layout.UUID_BYTES, Layout.UUID_BYTES)));
              }
              return List.copyOf(formats);
            } finally {
              Sdk.oe_verifier_free_formats(list);
            }
          }
        });
  }

  private static <T> List<T> none(String what, long length) throws OpenEnclaveException {
    if (length != 0) {
      throw new OpenEnclaveException(
          "the library tells of " + Long.toUnsignedString(length) + " " + what + " at no address");
    }
    return List.of();
  }

  private static long bounded(String what, long count, long most) throws OpenEnclaveException {
    if (count < 0 || count > most) {
      throw new OpenEnclaveException(
          "the library tells of "
              + Long.toUnsignedString(count)
              + " "
              + what
              + ", more than "
              + most);
    }
    return count;
  }

  /**
   * Verifies evidence as the enclave sent it, header included.
   *
   * @param endorsements with their header; empty lets the SDK's quote provider fetch them
   */
  public Verification verify(Bytes evidence, Bytes endorsements, List<VerifierPolicy> policies) {
    return verify(Optional.empty(), evidence, endorsements, policies);
  }

  /**
   * Verifies evidence.
   *
   * @param format the evidence's format, 16 bytes, where it has no header; else empty
   */
  public Verification verify(
      Optional<Bytes> format, Bytes evidence, Bytes endorsements, List<VerifierPolicy> policies) {
    if (format.filter(uuid -> uuid.length() != Layout.UUID_BYTES).isPresent()) {
      throw new IllegalArgumentException("a format has 16 bytes");
    }
    if (policies.size() > POLICIES_MAX) {
      throw new IllegalArgumentException("at most " + POLICIES_MAX + " policies");
    }
    if (evidence.isEmpty()
        || evidence.length() > EVIDENCE_MAX_BYTES
        || endorsements.length() > ENDORSEMENTS_MAX_BYTES) {
      return new Verification.Unavailable(
          "evidence of 1 to "
              + EVIDENCE_MAX_BYTES
              + " bytes and endorsements of at most "
              + ENDORSEMENTS_MAX_BYTES
              + " are handed to the library, not "
              + evidence.length()
              + " and "
              + endorsements.length());
    }
    try {
      return threads.call(() -> verifyNow(format, evidence, endorsements, policies));
    } catch (OpenEnclaveException e) {
      return new Verification.Unavailable(String.valueOf(e.getMessage()));
    }
  }

  private static Verification verifyNow(
      Optional<Bytes> format, Bytes evidence, Bytes endorsements, List<VerifierPolicy> policies)
      throws OpenEnclaveException {
    try (Memory out = zeros(16);
        NativeInput input = new NativeInput()) {
      Pointer length = out.share(8);
      ResultCode result =
          new ResultCode(
              Sdk.oe_verify_evidence(
                  input.copy(format.orElse(Bytes.EMPTY)),
                  input.required(evidence),
                  evidence.length(),
                  input.copy(endorsements),
                  endorsements.length(),
                  input.policies(policies),
                  policies.size(),
                  out,
                  length));
      // With any other result the SDK has freed what it had, and the pointer means nothing.
      List<EvidenceClaim> claims =
          result.bringsClaims()
              ? NativeClaims.take(out.getPointer(0), length.getLong(0))
              : List.of();
      if (result.equals(ResultCode.OK)) {
        return new Verification.Verified(claims);
      }
      String words = words(result);
      return result.ofTheEnvironment()
          ? new Verification.Unavailable(words)
          : new Verification.Refused(result, words);
    }
  }

  /**
   * Starts an enclave.
   *
   * @throws OpenEnclaveException if the stub is not in the library, or the enclave does not start
   */
  public Enclave start(EnclaveImage image) throws OpenEnclaveException {
    Function create;
    Function evidence;
    try {
      create = library.getFunction(image.createFunction());
      evidence = library.getFunction(image.evidenceFunction());
    } catch (UnsatisfiedLinkError e) {
      throw new OpenEnclaveException(
          "the shared object lacks a function of the enclave's stub: " + e.getMessage(), e);
    }
    return threads.call(
        () -> {
          Enclave enclave = new Enclave(this, threads, evidence, create(image, create));
          // An enclave that comes too late for whoever asked ends with the library.
          enclaves.add(enclave);
          if (closed.get()) {
            enclave.terminate();
          }
          return enclave;
        });
  }

  private static Pointer create(EnclaveImage image, Function create) throws OpenEnclaveException {
    final int typeAuto = 1; // OE_ENCLAVE_TYPE_AUTO
    try (Memory out = zeros(8);
        NativeInput input = new NativeInput()) {
      Bytes path =
          Bytes.concat(Bytes.utf8(image.file().toAbsolutePath().toString()), Bytes.of((byte) 0));
      int result =
          create.invokeInt(
              new @Nullable Object[] {
                input.required(path), typeAuto, image.debug() ? 1 : 0, null, 0, out
              });
      require(image.createFunction(), result);
      Pointer enclave = out.getPointer(0);
      if (enclave == null) {
        throw new OpenEnclaveException(
            image.createFunction() + " says that it started an enclave, and hands out none");
      }
      return enclave;
    }
  }

  /** On a native thread. */
  static void requireOk(String what, int result) throws OpenEnclaveException {
    require(what, result);
  }

  static Memory zeros(long bytes) {
    Memory memory = new Memory(bytes);
    memory.clear();
    return memory;
  }

  void ended(Enclave enclave) {
    enclaves.remove(enclave);
  }

  /** Ends the enclaves and the verifier; a call that still hangs then keeps the library open. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    List.copyOf(enclaves).forEach(Enclave::close);
    try {
      threads.call(Sdk::oe_verifier_shutdown);
    } catch (OpenEnclaveException e) {
      // The SDK could not be told in time; its threads end with the process.
      Sdk.hearNoMore();
    }
    boolean ended = threads.end();
    Sdk.hearNoMore();
    TAKEN.set(!ended);
  }
}
