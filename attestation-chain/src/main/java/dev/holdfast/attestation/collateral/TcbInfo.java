package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is said of the levels of one kind of platform (PCS API 3 and 4, TCB info version 2 and 3).
 * It proves nothing by itself: only {@link CollateralVerifier} makes {@link VerifiedCollateral}.
 *
 * @param version 2 or 3
 * @param tee whether it is about SGX or TDX; version 2 is about SGX
 * @param issueDate from when on it holds
 * @param nextUpdate until when it holds
 * @param fmspc the kind of platform, 6 bytes
 * @param pceId the PCE, 0 to 65535; version 2 may leave it out
 * @param evaluationDataNumber rises with every new state of what Intel knows
 * @param modules the TDX modules that may run; the first, of version 0, has an empty id
 * @param levels from good to bad; the first that a platform reaches is its own
 */
public record TcbInfo(
    int version,
    Tee tee,
    Instant issueDate,
    Instant nextUpdate,
    Bytes fmspc,
    Optional<Integer> pceId,
    long evaluationDataNumber,
    List<TdxModule> modules,
    List<TcbLevel> levels) {
  /** Copies the lists. */
  public TcbInfo {
    modules = List.copyOf(modules);
    levels = List.copyOf(levels);
  }

  /** A kind of trusted execution environment. */
  public enum Tee {
    /** Enclaves. */
    SGX,
    /** Trust domains. */
    TDX
  }

  /** The module of a version, 0 to 255. */
  public Optional<TdxModule> module(int moduleVersion) {
    String id = moduleVersion == 0 ? "" : "TDX_%02X".formatted(moduleVersion);
    return modules.stream().filter(module -> module.id().equalsIgnoreCase(id)).findFirst();
  }
}
