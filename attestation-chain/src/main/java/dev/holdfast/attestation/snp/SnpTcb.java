package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The security versions of a platform's firmware: a TCB_VERSION (SEV-SNP ABI, 2.2), read in the
 * layout of its product.
 *
 * @param fmc of the first mutable code; 0 before Turin, which has none
 * @param bootLoader of the boot loader
 * @param tee of the operating system of the secure processor
 * @param snp of the SNP firmware
 * @param microcode the lowest patch level of all cores
 */
public record SnpTcb(int fmc, int bootLoader, int tee, int snp, int microcode) {
  /** Refuses what is no byte. */
  public SnpTcb {
    if (((fmc | bootLoader | tee | snp | microcode) & ~0xff) != 0) {
      throw new IllegalArgumentException("a security version is 0 to 255");
    }
  }

  /** Of products before Turin. */
  public static SnpTcb of(int bootLoader, int tee, int snp, int microcode) {
    return new SnpTcb(0, bootLoader, tee, snp, microcode);
  }

  /**
   * Reads the eight bytes as a product lays them out; reserved bytes are those of {@link
   * #reserved}.
   */
  public static SnpTcb read(Bytes eight, SnpProduct product) {
    return product.fmcFirst()
        ? new SnpTcb(eight.at(0), eight.at(1), eight.at(2), eight.at(3), eight.at(7))
        : new SnpTcb(0, eight.at(0), eight.at(1), eight.at(6), eight.at(7));
  }

  /** The bytes that a product leaves unused; they must be zero. */
  static Bytes reserved(Bytes eight, SnpProduct product) {
    return product.fmcFirst() ? eight.slice(4, 7) : eight.slice(2, 6);
  }

  /** Whether no version is below that of another. */
  public boolean isAtLeast(SnpTcb least) {
    return fmc >= least.fmc
        && bootLoader >= least.bootLoader
        && tee >= least.tee
        && snp >= least.snp
        && microcode >= least.microcode;
  }

  /** The versions by the names that claims use. */
  Map<String, Integer> named(SnpProduct product) {
    Map<String, Integer> named = new LinkedHashMap<>();
    if (product.fmcFirst()) {
      named.put("fmc", fmc);
    }
    named.put("boot-loader", bootLoader);
    named.put("tee", tee);
    named.put("snp", snp);
    named.put("microcode", microcode);
    return named;
  }

  @Override
  public String toString() {
    return "fmc "
        + fmc
        + ", boot loader "
        + bootLoader
        + ", tee "
        + tee
        + ", snp "
        + snp
        + ", microcode "
        + microcode;
  }
}
