package dev.holdfast.attestation;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A format of evidence, with what of it says which software was started. */
public enum EvidenceFormat {
  /** A TPM 2.0 quote. Its registers are chosen by the policy. */
  TPM2_QUOTE(1),
  /** An Intel SGX DCAP quote, version 3. */
  SGX_QUOTE(2),
  /** An Intel TDX DCAP quote, version 4 or 5. */
  TDX_QUOTE(3),
  /** An AMD SEV-SNP attestation report. */
  SEV_SNP_REPORT(4),
  /** Open Enclave evidence. */
  OPEN_ENCLAVE(5),
  /** Signed SPDM measurements. */
  SPDM_MEASUREMENTS(6),
  /** A DICE chain of certificates. */
  DICE(7),
  /** An AWS Nitro Enclaves attestation document. */
  AWS_NITRO(8),
  /** An Arm CCA token. */
  ARM_CCA(9),
  /** An Arm PSA token. */
  ARM_PSA(10),
  /** A conceptual message wrapper around one of the others. */
  CMW(11);

  private final int number;

  EvidenceFormat(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** Its name in configuration and documents: {@code tdx-quote}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The claims that must hold a reference value where the policy does not choose others: together
   * they say what was started. Empty for formats in which that differs from device to device.
   */
  public List<String> launchMeasurements() {
    return switch (this) {
      case SGX_QUOTE, OPEN_ENCLAVE -> List.of("sgx/mrenclave");
      case TDX_QUOTE -> List.of("tdx/mrtd", "tdx/rtmr/0", "tdx/rtmr/1", "tdx/rtmr/2");
      case SEV_SNP_REPORT -> List.of("snp/measurement");
      case AWS_NITRO -> List.of("nitro/pcr/0", "nitro/pcr/1", "nitro/pcr/2");
      case ARM_CCA -> List.of("cca/realm/initial-measurement");
      case ARM_PSA -> List.of("psa/implementation-id");
      case TPM2_QUOTE, SPDM_MEASUREMENTS, DICE, CMW -> List.of();
    };
  }

  /** The one called so. */
  public static Optional<EvidenceFormat> of(String word) {
    return Arrays.stream(values()).filter(format -> format.word().equals(word)).findFirst();
  }
}
