package dev.holdfast.attestation;

import java.util.Map;
import java.util.Optional;

/**
 * One thing that evidence proved, or that an accepted manifest endorses of whoever proved it. Only
 * the verifiers of this library, and what judges by manifests, make claims.
 */
public sealed interface Claim {
  /** What it is about: a path such as {@code pcr/sha256/7} or {@code event/37}. */
  String name();

  /**
   * The value of a register, as signed.
   *
   * @param value the register and what it holds
   */
  record RegisterDigest(PcrValue value) implements Claim {
    @Override
    public String name() {
      return value.pcr().claim();
    }
  }

  /**
   * The data that the evidence signs beside its own.
   *
   * @param data a {@link Binding}'s digest, where the evidence answers a challenge
   */
  record BoundData(Bytes data) implements Claim {
    @Override
    public String name() {
      return "bound/data";
    }
  }

  /**
   * The runtime metrics, proven as bytes; decoded afterwards by whoever knows their form.
   *
   * @param metrics as the node serialised them
   */
  record BoundMetrics(Bytes metrics) implements Claim {
    @Override
    public String name() {
      return "bound/metrics";
    }
  }

  /**
   * Which boot this is.
   *
   * @param counters the TPM's own
   */
  record Boot(BootCounters counters) implements Claim {
    @Override
    public String name() {
      return "tpm/boot";
    }
  }

  /**
   * An event that was measured into a quoted register.
   *
   * @param ordinal its place in the log, from 0
   * @param register the register, as the log numbers it ({@link Register#logIndex})
   * @param type what the log says it is; its number in the TCG registry. Nothing proves the type,
   *     unless {@code data} is present and its form belongs to it
   * @param digests what was extended, for each quoted bank
   * @param data the event's content, present only where it hashes to the digest
   */
  record MeasuredEvent(
      int ordinal, int register, long type, Map<PcrBank, Bytes> digests, Optional<Bytes> data)
      implements Claim {
    /** Copies the map. */
    public MeasuredEvent {
      digests = Map.copyOf(digests);
    }

    @Override
    public String name() {
      return "event/" + ordinal;
    }
  }

  /**
   * A digest or another identifier made of bytes.
   *
   * @param name what it is of, such as {@code sgx/mrenclave}, {@code tdx/rtmr/0} or {@code
   *     snp/measurement}
   * @param value the bytes
   */
  record Measurement(String name, Bytes value) implements Claim {}

  /**
   * A number: a security version, a level, a count.
   *
   * @param name what it is of, such as {@code sgx/isv-svn}
   * @param value the number; not negative
   */
  record Version(String name, long value) implements Claim {}

  /**
   * A yes or no.
   *
   * @param name what it says, such as {@code tee/debug}
   * @param set whether it is so
   */
  record Flag(String name, boolean set) implements Claim {}

  /**
   * A word from a known vocabulary, or a short identifier.
   *
   * @param name what it is of, such as {@code tcb/status}
   * @param text the word; at most 128 bytes
   */
  record Word(String name, String text) implements Claim {}

  /**
   * What an accepted manifest says of the part that vouches. Nothing measured it, so it is compared
   * with no reference value and stands in for no claim that evidence owes: a policy demands it by
   * its own name, or not at all.
   *
   * @param claim what is endorsed: a version, a word, a flag or a measurement
   * @param source the manifest and the tag that say so
   */
  record Endorsed(Claim claim, String source) implements Claim {
    /** What every name of such a claim begins with. */
    public static final String PREFIX = "endorsed/";

    /** Refuses what no manifest can endorse. */
    public Endorsed {
      boolean plain =
          switch (claim) {
            case Measurement _, Version _, Flag _, Word _ -> true;
            case RegisterDigest _,
                BoundData _,
                BoundMetrics _,
                Boot _,
                MeasuredEvent _,
                OfDevice _,
                Endorsed _ ->
                false;
          };
      if (!plain) {
        throw new IllegalArgumentException("a manifest endorses a value: " + claim.name());
      }
    }

    @Override
    public String name() {
      return PREFIX + claim.name();
    }
  }

  /**
   * What a device of the node proved.
   *
   * @param component the device, such as {@code gpu-0}
   * @param claim what it proved; not itself of a device
   */
  record OfDevice(String component, Claim claim) implements Claim {
    /** Refuses a device of a device. */
    public OfDevice {
      if (component.isEmpty() || claim instanceof OfDevice) {
        throw new IllegalArgumentException("a device's claim names the device, once");
      }
    }

    @Override
    public String name() {
      return component + "/" + claim.name();
    }
  }

  /** The bytes that it states, if it is a value that reference values can be compared with. */
  default Optional<Bytes> comparable() {
    return switch (this) {
      case RegisterDigest register -> Optional.of(register.value().digest());
      case Measurement measurement -> Optional.of(measurement.value());
      case OfDevice device -> device.claim().comparable();
      case BoundData _,
          BoundMetrics _,
          Boot _,
          MeasuredEvent _,
          Version _,
          Flag _,
          Word _,
          Endorsed _ ->
          Optional.empty();
    };
  }
}
