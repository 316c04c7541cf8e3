package dev.holdfast.pam.model;

import dev.holdfast.attestation.Role;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** One kind of resource; its unit is the end of its name. */
public enum Resource {
  /** CPU time per second, in thousandths of a core. */
  CPU_MILLICORES(1, Meter.RATE),
  /** Resident memory, in bytes. */
  MEMORY_BYTES(2, Meter.PEAK),
  /** Bytes read from storage, per second. */
  DISK_READ_BYTES_PER_SECOND(3, Meter.RATE),
  /** Bytes written to storage, per second. */
  DISK_WRITE_BYTES_PER_SECOND(4, Meter.RATE),
  /** Bytes sent and received together, per second. */
  NETWORK_BYTES_PER_SECOND(5, Meter.RATE),
  /** Space taken on storage, in bytes. */
  STORAGE_BYTES(6, Meter.PEAK),
  /** GPU time per second, in thousandths of a device. */
  GPU_MILLIDEVICES(7, Meter.RATE),
  /** GPU memory, in bytes. */
  GPU_MEMORY_BYTES(8, Meter.PEAK);

  private enum Meter {
    RATE,
    PEAK
  }

  private static final Set<Resource> COMPUTE =
      Collections.unmodifiableSet(
          EnumSet.of(CPU_MILLICORES, MEMORY_BYTES, GPU_MILLIDEVICES, GPU_MEMORY_BYTES));
  private static final Set<Resource> CARRIED =
      Collections.unmodifiableSet(EnumSet.of(NETWORK_BYTES_PER_SECOND));
  private static final Set<Resource> STORED =
      Collections.unmodifiableSet(
          EnumSet.of(DISK_READ_BYTES_PER_SECOND, DISK_WRITE_BYTES_PER_SECOND, STORAGE_BYTES));

  private final int number;
  private final Meter meter;

  Resource(int number, Meter meter) {
    this.number = number;
    this.meter = meter;
  }

  /** The number on the wire, 1 to 8. */
  public int number() {
    return number;
  }

  /** Its place in an array of all resources. */
  int index() {
    return number - 1;
  }

  /**
   * Whether a sample of it is a mean over the sampling period. If not, it is the peak, and less than
   * what is in use cannot be given without harm.
   */
  public boolean isRate() {
    return meter == Meter.RATE;
  }

  /** The resources in which a hold counts against a node of this role; none for an enclave. */
  public static Set<Resource> allottedBy(Role role) {
    return switch (role) {
      case HYPERVISOR, ORCHESTRATOR -> COMPUTE;
      case SWITCH -> CARRIED;
      case STORAGE_CONTROLLER -> STORED;
      case ENCLAVE -> Set.of();
    };
  }
}
