package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/** One reader of bytes from outside, as the fuzzer drives it. */
public interface Target {
  /** The class of the product that reads: a run in which the fuzzer did not see into it fails. */
  Class<?> reader();

  /** Inputs to start from: few, small, good, and made here. */
  List<Bytes> seeds();

  /**
   * Reads one input. It runs some thousand times a second in one process, and what it came to must
   * depend on nothing but the input.
   *
   * @param data any bytes, at most 4 KiB
   * @throws Exception which one does not matter: any is a defect, of the reader or of a promise
   *     that it makes
   */
  void read(byte[] data) throws Exception;
}
