package dev.holdfast.attestation;

import java.util.List;

/**
 * A statement by a node or by one of its devices, exactly as it was signed, and not yet believed.
 *
 * <p>One record for each format. They carry anything: lengths and content are judged by the
 * format's verifier, which answers with findings instead of exceptions.
 */
public sealed interface Evidence {
  /** The device, such as {@code gpu-0}; empty for the node itself. */
  String component();

  /**
   * A TPM 2.0 quote with what is needed to understand it.
   *
   * @param component the device; empty for the node itself
   * @param attest TPMS_ATTEST as signed, at most 2 KiB
   * @param signature TPMT_SIGNATURE, at most 2 KiB
   * @param pcrValues the value of every register quoted, at most 120
   * @param eventLog the TCG event log, at most 4 MiB; empty for none
   * @param akPublic TPMT_PUBLIC of the signing key, at most 2 KiB; empty for the one enrolled
   * @param imaLog the kernel's list of file measurements in binary form, read after the quote, at
   *     most 2 MiB; empty for none
   */
  record Tpm2Quote(
      String component,
      Bytes attest,
      Bytes signature,
      List<ReportedPcr> pcrValues,
      Bytes eventLog,
      Bytes akPublic,
      Bytes imaLog)
      implements Evidence {
    /** Most bytes of file measurements beside a quote. */
    public static final int IMA_LOG_MAX_BYTES = 2 * 1024 * 1024;

    /** Copies the list. */
    public Tpm2Quote {
      pcrValues = List.copyOf(pcrValues);
    }

    /** A quote without file measurements. */
    public Tpm2Quote(
        String component,
        Bytes attest,
        Bytes signature,
        List<ReportedPcr> pcrValues,
        Bytes eventLog,
        Bytes akPublic) {
      this(component, attest, signature, pcrValues, eventLog, akPublic, Bytes.EMPTY);
    }
  }

  /**
   * An SGX quote.
   *
   * @param component the device; empty for the node itself
   * @param quote the DCAP quote with its certification data, at most 64 KiB
   */
  record SgxQuote(String component, Bytes quote) implements Evidence {}

  /**
   * A TDX quote.
   *
   * @param component the device; empty for the node itself
   * @param quote the DCAP quote with its certification data, at most 64 KiB
   * @param eventLog the confidential-computing event log, at most 1 MiB; empty for none
   */
  record TdxQuote(String component, Bytes quote, Bytes eventLog) implements Evidence {}

  /**
   * An SEV-SNP report.
   *
   * @param component the device; empty for the node itself
   * @param report ATTESTATION_REPORT as the firmware returned it, 1184 bytes
   * @param certificates the VCEK or VLEK and what certifies it, DER, leaf first, at most 4 of 8 KiB
   */
  record SnpReport(String component, Bytes report, List<Bytes> certificates) implements Evidence {
    /** Copies the list. */
    public SnpReport {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * Open Enclave evidence.
   *
   * @param component the device; empty for the node itself
   * @param evidence header, quote and custom claims, at most 128 KiB
   * @param endorsements what came with it, at most 512 KiB; empty for none
   */
  record OpenEnclave(String component, Bytes evidence, Bytes endorsements) implements Evidence {}

  /**
   * Signed SPDM measurements.
   *
   * @param component the device; empty for the node itself
   * @param transcript the messages that the signature covers, in order, at most 512 KiB
   * @param certificates the chain of the slot used, DER, leaf first, at most 8 of 8 KiB
   */
  record SpdmMeasurements(String component, Bytes transcript, List<Bytes> certificates)
      implements Evidence {
    /** Copies the list. */
    public SpdmMeasurements {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * A DICE chain.
   *
   * @param component the device; empty for the node itself
   * @param certificates with their TcbInfo extensions, DER, leaf first, at most 8 of 16 KiB
   * @param signature the leaf key's over the binding, at most 256 bytes
   */
  record Dice(String component, List<Bytes> certificates, Bytes signature) implements Evidence {
    /** Copies the list. */
    public Dice {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * An AWS Nitro Enclaves attestation document.
   *
   * @param component the device; empty for the node itself
   * @param document COSE_Sign1 as the module returned it, at most 32 KiB
   */
  record NitroDocument(String component, Bytes document) implements Evidence {}

  /**
   * An Arm CCA token.
   *
   * @param component the device; empty for the node itself
   * @param token the collection of platform and realm token, at most 64 KiB
   */
  record CcaToken(String component, Bytes token) implements Evidence {}

  /**
   * An Arm PSA token.
   *
   * @param component the device; empty for the node itself
   * @param token COSE_Sign1, at most 32 KiB
   */
  record PsaToken(String component, Bytes token) implements Evidence {}

  /**
   * A wrapped statement.
   *
   * @param component the device; empty for the node itself
   * @param wrapper in its CBOR or JSON form, at most 512 KiB
   */
  record ConceptualMessage(String component, Bytes wrapper) implements Evidence {}

  /** Its format. */
  default EvidenceFormat format() {
    return switch (this) {
      case Tpm2Quote _ -> EvidenceFormat.TPM2_QUOTE;
      case SgxQuote _ -> EvidenceFormat.SGX_QUOTE;
      case TdxQuote _ -> EvidenceFormat.TDX_QUOTE;
      case SnpReport _ -> EvidenceFormat.SEV_SNP_REPORT;
      case OpenEnclave _ -> EvidenceFormat.OPEN_ENCLAVE;
      case SpdmMeasurements _ -> EvidenceFormat.SPDM_MEASUREMENTS;
      case Dice _ -> EvidenceFormat.DICE;
      case NitroDocument _ -> EvidenceFormat.AWS_NITRO;
      case CcaToken _ -> EvidenceFormat.ARM_CCA;
      case PsaToken _ -> EvidenceFormat.ARM_PSA;
      case ConceptualMessage _ -> EvidenceFormat.CMW;
    };
  }

  /**
   * The value of one register as a node reports it, in range or not.
   *
   * @param algorithm the bank, by its TPM_ALG_ID ({@link PcrBank#algorithm()}); 0 for an unknown
   *     one
   * @param index the register
   * @param digest the value
   */
  record ReportedPcr(int algorithm, int index, Bytes digest) {}
}
