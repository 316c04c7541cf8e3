package dev.holdfast.attestation;

/**
 * A register that measurements are folded into: its value stands for all of them, in their order.
 */
public sealed interface Register permits Pcr, Rtmr {
  /** The hash that folds. */
  PcrBank bank();

  /** Its number among its kind. */
  int index();

  /** The number that event logs name it by. */
  int logIndex();

  /** The name of the claim about it, such as {@code pcr/sha256/7} or {@code tdx/rtmr/0}. */
  String claim();
}
