package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.Register;
import dev.holdfast.attestation.Rtmr;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/** A register while a log is folded into it. */
final class Slot {
  private static final int DYNAMIC_FIRST = 17;
  private static final int DYNAMIC_LAST = 22;

  final Register register;
  final Bytes quoted;

  /** The last event that was folded in; -1 for none. */
  int lastEvent = -1;

  /** How many were. */
  int events;

  /** How many of them end a stage. */
  int separators;

  /** The value, and room for the digest that is folded in next. */
  private final byte[] value;

  private final int length;

  /**
   * At its start: PCR 0 at the locality that TPM2_Startup came from, 17 to 22 at ones, all others
   * at zero (PC Client Platform TPM Profile 1.05, 4.6.2).
   */
  Slot(Register register, Bytes quoted, int locality) {
    this.register = register;
    this.quoted = quoted;
    this.length = register.bank().digestLength();
    this.value = new byte[2 * length];
    if (register instanceof Pcr(_, int index)) {
      if (index >= DYNAMIC_FIRST && index <= DYNAMIC_LAST) {
        Arrays.fill(value, 0, length, (byte) 0xff);
      } else if (index == 0) {
        value[length - 1] = (byte) locality;
      }
    }
  }

  void extend(int event, boolean separator, Bytes digest, MessageDigest hash) {
    digest.copyInto(value, length);
    hash.update(value);
    try {
      hash.digest(value, 0, length);
    } catch (DigestException e) {
      throw new IllegalStateException("a digest fits into its own length", e);
    }
    lastEvent = event;
    events++;
    separators += separator ? 1 : 0;
  }

  Bytes replayed() {
    return Bytes.copyOf(value, 0, length);
  }

  boolean matches() {
    return quoted.equals(replayed());
  }

  /** Whether firmware and boot loader log all that is measured into it. */
  boolean loggedWhole() {
    return switch (register) {
      case Pcr(_, int index) -> index <= 9 || index == 14;
      case Rtmr _ -> true;
    };
  }

  /** Whether a stage of the firmware must end in it. */
  boolean staged() {
    return register instanceof Pcr(_, int index) && index <= 7;
  }
}
