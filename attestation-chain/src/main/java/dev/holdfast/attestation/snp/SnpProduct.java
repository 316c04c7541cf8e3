package dev.holdfast.attestation.snp;

import java.util.Arrays;
import java.util.Optional;

/** A line of processors with SEV-SNP, as the certificates of its keys name it (AMD 57230). */
public enum SnpProduct {
  /** EPYC 7003. */
  MILAN("Milan"),
  /** EPYC 9004, with Bergamo and Siena, which share its root. */
  GENOA("Genoa"),
  /** EPYC 9005: its firmware has a first mutable code, and its chips an 8-byte identifier. */
  TURIN("Turin");

  private static final int ZEN_3_4 = 0x19;
  private static final int ZEN_5 = 0x1a;

  private final String word;

  SnpProduct(String word) {
    this.word = word;
  }

  /** As certificates write it. */
  public String word() {
    return word;
  }

  /** Whether the TCB begins with the version of the first mutable code. */
  public boolean fmcFirst() {
    return this == TURIN;
  }

  /** Bytes of the identifier of a chip. */
  public int chipIdLength() {
    return this == TURIN ? 8 : 64;
  }

  /** The line of a name such as {@code Milan-B0}. */
  static Optional<SnpProduct> ofName(String name) {
    return Arrays.stream(values())
        .filter(product -> name.equals(product.word) || name.startsWith(product.word + "-"))
        .findFirst();
  }

  /** The line of a processor with this family and model, both combined as in the report. */
  public static Optional<SnpProduct> ofProcessor(int family, int model) {
    if (family == ZEN_3_4 && model <= 0x0f) {
      return Optional.of(MILAN);
    }
    if (family == ZEN_3_4 && (model >> 4 == 0x1 || model >> 4 == 0xa)) {
      return Optional.of(GENOA);
    }
    return family == ZEN_5 && model <= 0x1f ? Optional.of(TURIN) : Optional.empty();
  }
}
