package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * What a quote carries so that the key which certified the quoting enclave can be found (Intel SGX
 * DCAP ECDSA quote API, A.4, QE certification data).
 *
 * @param type one of the types below
 * @param data as it stands in the quote
 */
public record CertificationData(int type, Bytes data) {
  /** The platform's PPID, and the level that was certified. */
  public static final int PPID_PLAIN = 1;

  /** The same, the PPID encrypted with RSA-2048. */
  public static final int PPID_RSA_2048 = 2;

  /** The same, the PPID encrypted with RSA-3072. */
  public static final int PPID_RSA_3072 = 3;

  /** The PCK certificate alone, PEM. */
  public static final int PCK_LEAF = 4;

  /** The PCK certificate and all up to the root, PEM. */
  public static final int PCK_CHAIN = 5;

  /** The quoting enclave's report with its own certification data inside (quotes 4 and 5). */
  public static final int QE_REPORT = 6;

  /** A platform manifest, from which no certificate can be found offline. */
  public static final int PLATFORM_MANIFEST = 7;

  static CertificationData read(ByteCursor in) {
    int type = in.u16("certification data type");
    long size = in.u32("certification data size");
    if (size > in.remaining()) {
      throw new MalformedException(
          "certification data of " + size + " bytes, and " + in.remaining() + " are left");
    }
    return new CertificationData(type, in.take((int) size, "certification data"));
  }

  /** Whether the type is one of those above. */
  public boolean known() {
    return type >= PPID_PLAIN && type <= PLATFORM_MANIFEST;
  }
}
