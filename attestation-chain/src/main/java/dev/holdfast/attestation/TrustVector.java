package dev.holdfast.attestation;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An appraisal in the terms of AR4SI (draft-ietf-rats-ar4si, section 2.3): 0 claims nothing, 2
 * affirms, 32 warns, 96 to 99 contraindicate.
 *
 * @param instanceIdentity whether it is the instance it says it is
 * @param configuration whether it is configured as it should be
 * @param executables whether what was loaded is known and good
 * @param hardware whether the hardware and firmware are genuine and current
 */
public record TrustVector(int instanceIdentity, int configuration, int executables, int hardware) {
  private static final int NONE = 0;
  private static final int AFFIRMED = 2;
  private static final int WARNED = 32;
  private static final int CONTRAINDICATED = 96;
  private static final int NOT_RECOGNIZED = 97;
  private static final int CRYPTOGRAPHY_FAILED = 99;

  /** Which of the vector's claims a reason speaks about. */
  private enum Subject {
    IDENTITY,
    CONFIGURATION,
    EXECUTABLES,
    HARDWARE
  }

  /** The vector of an appraisal. */
  public static TrustVector of(Appraisal appraisal) {
    int start = appraisal.answered().isPresent() ? AFFIRMED : NONE;
    int identity = start;
    int configuration = NONE;
    int executables = start;
    int hardware = start;
    for (Finding finding : appraisal.findings()) {
      int value =
          switch (finding.verdict()) {
            case AFFIRMING -> NONE;
            case WARNING -> WARNED;
            case CONTRAINDICATED -> contraindicated(finding.reason());
          };
      switch (subject(finding.reason())) {
        case IDENTITY -> identity = Math.max(identity, value);
        case CONFIGURATION -> configuration = Math.max(configuration, value);
        case EXECUTABLES -> executables = Math.max(executables, value);
        case HARDWARE -> hardware = Math.max(hardware, value);
      }
    }
    return new TrustVector(identity, configuration, executables, hardware);
  }

  /** By the class of the fault, but for reasons whose subject is another than their class's. */
  private static Subject subject(Reason reason) {
    return switch (reason) {
      case TPM_FIRMWARE -> Subject.HARDWARE;
      case EVENTLOG_MALFORMED, IMA_MALFORMED -> Subject.EXECUTABLES;
      case AK_ATTRIBUTES,
          CHAIN_INCOMPLETE,
          CHAIN_ORDER,
          CLOCK_SKEW,
          EVIDENCE_STALE,
          HOP_REVOKED,
          TOKEN_EXPIRED ->
          Subject.IDENTITY;
      default ->
          switch (reason.fault()) {
            case MALFORMED, SIGNATURE, NONCE, BINDING, IDENTITY, ALGORITHM, SCHEMA ->
                Subject.IDENTITY;
            case REGISTER, MEASUREMENT, POLICY -> Subject.EXECUTABLES;
            case CHAIN, EXPIRED, REVOKED, TCB -> Subject.HARDWARE;
            case DEBUG -> Subject.CONFIGURATION;
          };
    };
  }

  private static int contraindicated(Reason reason) {
    return switch (reason) {
      case TPM_MAGIC_INVALID, TPM_PCR_DIGEST -> CRYPTOGRAPHY_FAILED;
      case AK_MISMATCH, AK_NOT_BOUND -> NOT_RECOGNIZED;
      default ->
          switch (reason.fault()) {
            case SIGNATURE -> CRYPTOGRAPHY_FAILED;
            case CHAIN -> NOT_RECOGNIZED;
            default -> CONTRAINDICATED;
          };
    };
  }

  /** The claims by their EAR names, those that claim nothing left out. */
  public Map<String, Integer> named() {
    Map<String, Integer> named = new LinkedHashMap<>();
    put(named, "instance-identity", instanceIdentity);
    put(named, "configuration", configuration);
    put(named, "executables", executables);
    put(named, "hardware", hardware);
    return named;
  }

  private static void put(Map<String, Integer> named, String name, int value) {
    if (value != NONE) {
      named.put(name, value);
    }
  }
}
