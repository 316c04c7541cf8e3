package dev.holdfast.attestation;

import java.util.List;

/** Thrown where nodes are put together in a way that can never be a pathway. */
public final class ChainOrderException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Finding> findings;

  ChainOrderException(List<Finding> findings) {
    super(findings.getFirst().message());
    this.findings = List.copyOf(findings);
  }

  /** All that is wrong, each with reason CHAIN_ORDER. */
  public List<Finding> findings() {
    return findings == null ? List.of() : findings;
  }
}
