package dev.holdfast.attestation;

/** What a node does on a pathway; pathways list their nodes in this order. */
public enum Role {
  /** Allots CPU, memory and GPU to machines. */
  HYPERVISOR(1),
  /** Places containers: speaks for a Kubernetes cluster. */
  ORCHESTRATOR(2),
  /** Carries the traffic. */
  SWITCH(3),
  /** Serves the data. */
  STORAGE_CONTROLLER(4),
  /** Runs the application. */
  ENCLAVE(5);

  private final int number;

  Role(int number) {
    this.number = number;
  }

  /** The number on the wire and in digests, 1 to 5. */
  public int number() {
    return number;
  }

  /** The number as the one byte that digests cover. */
  Bytes asByte() {
    return Bytes.of((byte) number);
  }
}
