package dev.holdfast.agent.openenclave;

import java.util.Set;

/**
 * A result of the SDK (Open Enclave SDK, {@code bits/result.h}, {@code oe_result_t}).
 *
 * @param code its number; not every number is known
 */
public record ResultCode(int code) {
  /** It went well. */
  public static final ResultCode OK = new ResultCode(0);

  /** The evidence is not believed. */
  public static final ResultCode VERIFY_FAILED = new ResultCode(8);

  /** Sound evidence from a platform that is not up to date; claims came with it. */
  public static final ResultCode TCB_LEVEL_INVALID = new ResultCode(34);

  /** A revocation list is over. */
  public static final ResultCode VERIFY_CRL_EXPIRED = new ResultCode(42);

  /**
   * What says nothing of the evidence: memory and threads (5, 6, 54, 55), device and service (15,
   * 18, 21), an enclave that ends (19, 20), busy (28), and the quote provider (35, 36).
   */
  private static final Set<Integer> OF_THE_ENVIRONMENT =
      Set.of(5, 6, 15, 18, 19, 20, 21, 28, 35, 36, 54, 55);

  /** Whether it tells of the machine that verifies, and not of the evidence. */
  public boolean ofTheEnvironment() {
    return OF_THE_ENVIRONMENT.contains(code);
  }

  /** Whether the SDK hands out claims with it. */
  boolean bringsClaims() {
    return equals(OK) || equals(TCB_LEVEL_INVALID);
  }

  @Override
  public String toString() {
    return Integer.toUnsignedString(code);
  }
}
