package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Reason;
import java.util.List;
import java.util.Optional;

/** The names that hardware proves of itself. */
public final class Hardware {
  private Hardware() {}

  /**
   * The claim that names the hardware behind evidence of a format; empty where it names itself
   * otherwise (a TPM, by its keys) or not at all (Nitro).
   */
  public static Optional<String> claim(EvidenceFormat format) {
    return switch (format) {
      case SEV_SNP_REPORT -> Optional.of("snp/chip-id");
      case SGX_QUOTE, TDX_QUOTE, OPEN_ENCLAVE -> Optional.of("pck/ppid");
      case ARM_CCA -> Optional.of("cca/platform/instance-id");
      case ARM_PSA -> Optional.of("psa/instance-id");
      case SPDM_MEASUREMENTS, DICE -> Optional.of("device/key");
      case TPM2_QUOTE, AWS_NITRO, CMW -> Optional.empty();
    };
  }

  /** The name among proven claims. */
  public static Optional<Bytes> identifier(EvidenceFormat format, List<Claim> claims) {
    Optional<String> name = claim(format);
    return claims.stream()
        .filter(claim -> name.equals(Optional.of(claim.name())))
        .flatMap(claim -> claim.comparable().stream())
        .findFirst();
  }

  static Reason mismatch(EvidenceFormat format) {
    return format == EvidenceFormat.SEV_SNP_REPORT ? Reason.SNP_CHIP : Reason.DEVICE_IDENTITY;
  }
}
