package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The first entry of every boot, which ties the files to the boot that they were used in: one hash
 * over registers 0 to 7; since Linux 5.8 over 0 to 9, but in SHA-1 (ima_crypto.c,
 * ima_calc_boot_aggregate_tfm). The kernel takes the bank of its own hash, else SHA-256.
 */
final class BootAggregate {
  /** What the entry is called. */
  static final String NAME = "boot_aggregate";

  private static final int FIRMWARE_REGISTERS = 8;
  private static final int REGISTERS = 10;

  private BootAggregate() {}

  /** All that the entry may hold where these registers were quoted. */
  static Set<Bytes> of(Map<Pcr, Bytes> quoted) {
    Set<Bytes> aggregates = new HashSet<>();
    for (PcrBank bank : PcrBank.values()) {
      over(bank, FIRMWARE_REGISTERS, quoted).ifPresent(aggregates::add);
      if (bank != PcrBank.SHA1) {
        over(bank, REGISTERS, quoted).ifPresent(aggregates::add);
      }
    }
    return aggregates;
  }

  private static Optional<Bytes> over(PcrBank bank, int registers, Map<Pcr, Bytes> quoted) {
    MessageDigest hash = bank.digest();
    for (int index = 0; index < registers; index++) {
      Bytes value = quoted.get(new Pcr(bank, index));
      if (value == null) {
        return Optional.empty();
      }
      value.updateInto(hash);
    }
    return Optional.of(Bytes.ofDigest(hash));
  }

  /** A violation is none, whatever it is called: nothing proves what it holds. */
  static boolean is(ImaEntry entry) {
    return !entry.violation()
        && entry.content() instanceof ImaEntry.File file
        && file.name().equals(NAME);
  }

  /** What speaks against an entry of that name. */
  static Optional<Finding> judge(
      ImaEntry.File file, String claim, Set<Bytes> aggregates, ImaExpectation expectation) {
    Set<Bytes> allowed = new HashSet<>(expectation.allowed(NAME));
    allowed.addAll(aggregates);
    if (allowed.contains(file.digest().value())) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.against(
                Reason.IMA_MISMATCH, NAME + " is no hash over the quoted registers 0 to 7, or 9")
            .at(claim)
            .expecting(allowed.stream().map(Bytes::hex).sorted().toList())
            .finding(file.digest().toString())
            .remedy(
                "Send the list of this boot, and quote registers 0 to 9 in bank "
                    + file.digest().algorithm()
                    + "."));
  }

  /** That a boot's list does not begin with one. */
  static Finding missing(Optional<ImaEntry> first) {
    return Finding.against(Reason.IMA_MISMATCH, "the file measurements do not begin with " + NAME)
        .at("ima/0")
        .expecting(NAME)
        .finding(first.map(entry -> entry.content().name()).orElse(""))
        .remedy("Send the list from the beginning of the boot; let the kernel measure files.");
  }
}
