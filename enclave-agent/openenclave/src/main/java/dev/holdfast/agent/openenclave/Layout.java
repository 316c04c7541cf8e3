package dev.holdfast.agent.openenclave;

/**
 * Where the fields of the SDK's structures lie on x86-64 ({@code bits/evidence.h}, {@code
 * bits/types.h}); a C program of the tests holds the compiler's opinion against it.
 */
final class Layout {
  /** {@code oe_uuid_t}. */
  static final int UUID_BYTES = 16;

  /** {@code oe_claim_t}: name, value, size of the value. */
  static final int CLAIM_BYTES = 24;

  static final int CLAIM_NAME = 0;
  static final int CLAIM_VALUE = 8;
  static final int CLAIM_VALUE_SIZE = 16;

  /** {@code oe_policy_t}: type, content, size of the content. */
  static final int POLICY_BYTES = 24;

  static final int POLICY_TYPE = 0;
  static final int POLICY_CONTENT = 8;
  static final int POLICY_CONTENT_SIZE = 16;

  /** {@code oe_datetime_t}: year, month, day, hours, minutes, seconds, of 4 bytes each. */
  static final int DATETIME_BYTES = 24;

  private Layout() {}
}
