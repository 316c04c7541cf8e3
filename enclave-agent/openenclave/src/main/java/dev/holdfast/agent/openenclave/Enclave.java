package dev.holdfast.agent.openenclave;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.holdfast.attestation.Bytes;
import java.util.concurrent.locks.ReentrantLock;

/** A running enclave that makes evidence of itself; one call enters it at a time. */
public final class Enclave implements AutoCloseable {
  /** {@code OE_FORMAT_UUID_SGX_ECDSA}: a quote with custom claims that it signs. */
  public static final Bytes SGX_ECDSA = Bytes.fromHex("a3a21e871b4d4014b70aa125d2fbcd8c");

  private static final int CUSTOM_CLAIMS_MAX_BYTES = 4096;

  private final OpenEnclave owner;
  private final NativeThreads threads;
  private final Function evidence;
  private final Pointer enclave;
  private final ReentrantLock entry = new ReentrantLock();
  private boolean terminated; // guarded by entry

  Enclave(OpenEnclave owner, NativeThreads threads, Function evidence, Pointer enclave) {
    this.owner = owner;
    this.threads = threads;
    this.evidence = evidence;
    this.enclave = enclave;
  }

  /**
   * Lets the enclave make evidence of the format SGX_ECDSA.
   *
   * @param customClaims what the evidence binds, as it stands; 1 to 4096 bytes
   * @throws OpenEnclaveException if there is none, or its size is out of bounds
   */
  public EnclaveEvidence evidence(Bytes customClaims) throws OpenEnclaveException {
    if (customClaims.isEmpty() || customClaims.length() > CUSTOM_CLAIMS_MAX_BYTES) {
      throw new IllegalArgumentException(
          "custom claims have 1 to " + CUSTOM_CLAIMS_MAX_BYTES + " bytes");
    }
    return threads.call(
        () -> {
          entry.lock();
          try {
            return make(customClaims);
          } finally {
            entry.unlock();
          }
        });
  }

  private EnclaveEvidence make(Bytes customClaims) throws OpenEnclaveException {
    if (terminated) {
      throw new OpenEnclaveException("the enclave has ended");
    }
    try (Memory made = new Memory(EnclaveEvidence.EVIDENCE_MAX_BYTES);
        Memory endorsements = new Memory(EnclaveEvidence.ENDORSEMENTS_MAX_BYTES);
        Memory out = OpenEnclave.zeros(24);
        NativeInput input = new NativeInput()) {
      Pointer madeSize = out.share(8);
      Pointer endorsementsSize = out.share(16);
      int call =
          evidence.invokeInt(
              new Object[] {
                enclave,
                out,
                input.required(SGX_ECDSA),
                input.required(customClaims),
                (long) customClaims.length(),
                made,
                made.size(),
                madeSize,
                endorsements,
                endorsements.size(),
                endorsementsSize
              });
      OpenEnclave.requireOk("the call into the enclave", call);
      OpenEnclave.requireOk("the enclave's evidence", out.getInt(0));
      return new EnclaveEvidence(
          copy("evidence", made, madeSize.getLong(0), 1),
          copy("endorsements", endorsements, endorsementsSize.getLong(0), 0));
    }
  }

  /** The enclave tells the sizes, and is believed only within the memory that it was given. */
  private static Bytes copy(String what, Memory from, long size, int least)
      throws OpenEnclaveException {
    if (size < least || size > from.size()) {
      throw new OpenEnclaveException(
          "the enclave tells of "
              + Long.toUnsignedString(size)
              + " bytes of "
              + what
              + ", where "
              + least
              + " to "
              + from.size()
              + " can be");
    }
    return Bytes.of(from.getByteArray(0, (int) size));
  }

  /** Ends the enclave, once. */
  @Override
  public void close() {
    owner.ended(this);
    try {
      threads.call(this::terminate);
    } catch (OpenEnclaveException e) {
      // A call still holds the enclave: it ends with the process.
    }
  }

  /** Ends it, once; on a native thread. */
  int terminate() {
    entry.lock();
    try {
      boolean ends = !terminated;
      terminated = true;
      return ends ? Sdk.oe_terminate_enclave(enclave) : ResultCode.OK.code();
    } finally {
      entry.unlock();
    }
  }
}
