package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The state of one element of a part (draft-ietf-rats-corim, section 5.1.4.5); all that is said of
 * it holds at once.
 *
 * @param key which element; empty where the part has but one
 * @param values its state
 * @param authorizedBy who must have said so; anyone who is trusted, if empty
 */
public record Measurement(
    Optional<MeasurementKey> key, Values values, List<CryptoKey> authorizedBy) {
  /** Copies the list. */
  public Measurement {
    authorizedBy = List.copyOf(authorizedBy);
  }

  /** Modes of operation (section 5.1.4.5.5). */
  public enum Mode {
    /** Fully configured. */
    CONFIGURED(0),
    /** The settings of security are all on. */
    SECURE(1),
    /** In recovery. */
    RECOVERY(2),
    /** Open to a debugger. */
    DEBUG(3),
    /** Protected from going back to older images. */
    REPLAY_PROTECTED(4),
    /** Protected from updates by others. */
    INTEGRITY_PROTECTED(5),
    /** Measured again after it was loaded. */
    RUNTIME_MEASURED(6),
    /** Cannot change. */
    IMMUTABLE(7),
    /** Part of the trusted computing base. */
    TCB(8),
    /** What is secret in it is encrypted. */
    CONFIDENTIALITY_PROTECTED(9),
    /** Can be updated while it runs. */
    RUNTIME_UPDATABLE(10);

    private final int number;

    Mode(int number) {
      this.number = number;
    }

    /** Its number in a manifest. */
    public int number() {
      return number;
    }
  }

  /**
   * A state.
   *
   * @param version the version
   * @param securityVersion the security version number
   * @param digests of one object, each by another algorithm
   * @param modes modes of operation that are said to be on or off
   * @param raw bytes under a mask
   * @param macAddress 6 or 8 bytes
   * @param ipAddress 4 or 16 bytes
   * @param serialNumber the serial number
   * @param ueid 7 to 33 bytes
   * @param uuid 16 bytes
   * @param name a name, such as that of a software component
   * @param keys keys that the element protects, or signers of it
   * @param registers integrity registers by their identifiers
   * @param range a number, or from one number to another
   * @param extensions labels of what a profile or a later draft adds, not read
   */
  public record Values(
      Optional<Version> version,
      Optional<SecurityVersion> securityVersion,
      List<Digest> digests,
      Map<Mode, Boolean> modes,
      Optional<RawValue> raw,
      Optional<Bytes> macAddress,
      Optional<Bytes> ipAddress,
      Optional<String> serialNumber,
      Optional<Bytes> ueid,
      Optional<Bytes> uuid,
      Optional<String> name,
      List<CryptoKey> keys,
      Map<Register, List<Digest>> registers,
      Optional<Range> range,
      List<String> extensions) {
    /** Copies the lists and maps. */
    public Values {
      digests = List.copyOf(digests);
      modes = Map.copyOf(modes);
      keys = List.copyOf(keys);
      registers = Map.copyOf(registers);
      extensions = List.copyOf(extensions);
    }
  }

  /**
   * A version; only ever equal or not, as few schemes have an order.
   *
   * @param text the version
   * @param scheme how it is made (RFC 9393, section 4.1), if that is said
   */
  public record Version(String text, Optional<String> scheme) {}

  /**
   * A security version number (section 5.1.4.5.4).
   *
   * @param number not negative
   * @param minimum whether a higher number will do too
   */
  public record SecurityVersion(long number, boolean minimum) {
    /** Whether a number found in evidence will do. */
    public boolean permits(long found) {
      return minimum ? found >= number : found == number;
    }
  }

  /**
   * Bytes of which only some bits count (section 5.1.4.5.6).
   *
   * @param value the bytes
   * @param mask the bits that count; as long as the value
   */
  public record RawValue(Bytes value, Bytes mask) {
    /** Refuses a mask of another length. */
    public RawValue {
      if (value.length() != mask.length()) {
        throw new IllegalArgumentException("a mask is as long as its value");
      }
    }

    /** Whether every bit counts. */
    public boolean isExact() {
      for (int i = 0; i < mask.length(); i++) {
        if (mask.at(i) != 0xff) {
          return false;
        }
      }
      return true;
    }

    /** Whether bytes found in evidence are as long, and equal in every bit that counts. */
    public boolean permits(Bytes found) {
      if (found.length() != value.length()) {
        return false;
      }
      for (int i = 0; i < value.length(); i++) {
        if (((value.at(i) ^ found.at(i)) & mask.at(i)) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Numbers from one to another, both included (section 5.1.4.8).
   *
   * @param least the first; without, there is none
   * @param most the last; without, there is none
   */
  public record Range(OptionalLong least, OptionalLong most) {
    /** Whether the number lies within. */
    public boolean contains(long number) {
      return (least.isEmpty() || number >= least.getAsLong())
          && (most.isEmpty() || number <= most.getAsLong());
    }
  }

  /** The identifier of an integrity register; a number and a text are never the same. */
  public sealed interface Register {
    /**
     * A numbered register, such as a PCR.
     *
     * @param index not negative
     */
    record Numbered(long index) implements Register {}

    /**
     * A named register.
     *
     * @param name its name
     */
    record Named(String name) implements Register {}
  }
}
