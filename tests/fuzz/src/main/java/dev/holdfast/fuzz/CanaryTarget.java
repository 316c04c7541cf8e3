package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import java.util.List;

/** A target that is known to fail: if the fuzzer does not find it, the fuzzer is blind. */
final class CanaryTarget implements Target {
  @Override
  public Class<?> reader() {
    return CanaryTarget.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of();
  }

  /**
   * Fails on six bytes that chance alone would not find; each comparison is a branch of its own, so
   * that a fuzzer that sees coverage gets there byte by byte.
   */
  @Override
  public void read(byte[] data) {
    if (data.length >= 6
        && data[0] == 'c'
        && data[1] == 'a'
        && data[2] == 'n'
        && data[3] == 'a'
        && data[4] == 'r'
        && data[5] == 'y') {
      throw new IllegalStateException("the canary was found");
    }
  }
}
