package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.BootCounters;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a TPM signs, as read and not yet believed (TPM 2.0 Part 2, 10.12.12, TPMS_ATTEST).
 *
 * @param magic TPM_GENERATED_VALUE in all that a TPM makes itself
 * @param type a TPM_ST_ATTEST_ number
 * @param qualifiedSigner the qualified name of the signing key
 * @param extraData the caller's qualifying data
 * @param counters TPMS_CLOCK_INFO and firmwareVersion
 * @param attested what is attested, by the type
 */
public record Attest(
    long magic,
    int type,
    Bytes qualifiedSigner,
    Bytes extraData,
    BootCounters counters,
    Attested attested) {
  /** TPM_GENERATED_VALUE: 0xff "TCG". */
  public static final long TPM_GENERATED = 0xff544347L;

  /** TPM_ST_ATTEST_QUOTE. */
  public static final int QUOTE = 0x8018;

  /** TPM_ST_ATTEST_CERTIFY. */
  public static final int CERTIFY = 0x8017;

  /** TPM_ST_ATTEST_CREATION. */
  public static final int CREATION = 0x801a;

  /** Most bytes accepted. */
  public static final int MAX_BYTES = 2 * 1024;

  private static final int OTHER = -1;
  private static final int NAME_MAX_BYTES = 2 + 64;
  private static final int BANKS_MAX = 16;
  private static final int SELECT_MAX_BYTES = 4;

  /** What is attested (TPMU_ATTEST). */
  public sealed interface Attested {}

  /**
   * Anything else than what was asked for; its content is not read.
   *
   * @param type its number
   */
  public record Other(int type) implements Attested {}

  /**
   * A key that is in the TPM (TPMS_CERTIFY_INFO).
   *
   * @param name its name
   * @param qualifiedName its name with those of all its parents
   */
  public record Certified(Bytes name, Bytes qualifiedName) implements Attested {}

  /**
   * A key that the TPM made (TPMS_CREATION_INFO).
   *
   * @param name its name
   * @param creationHash the hash of its TPMS_CREATION_DATA, by its name algorithm
   */
  public record Created(Bytes name, Bytes creationHash) implements Attested {}

  /**
   * What a quote covers (TPMS_QUOTE_INFO).
   *
   * @param selections the registers, in the order that they were hashed in
   * @param digest the hash over their values, by the hash of the signature scheme
   */
  public record Quoted(List<PcrSelection> selections, Bytes digest) implements Attested {
    /** Copies the list. */
    public Quoted {
      selections = List.copyOf(selections);
    }

    /** Every register covered, in the order that they were hashed in. */
    public List<Pcr> pcrs() {
      List<Pcr> pcrs = new ArrayList<>();
      for (PcrSelection selection : selections) {
        pcrs.addAll(selection.pcrs());
      }
      return pcrs;
    }

    /** Checks that no register of another bank is covered: TPM_PCR_BANK_WEAK. */
    public List<Finding> checkBanks(Set<PcrBank> allowed) {
      List<Finding> findings = new ArrayList<>();
      for (PcrSelection selection : selections) {
        if (!selection.indexes().isEmpty() && !allowed.contains(selection.bank())) {
          findings.add(
              Finding.against(
                      Reason.TPM_PCR_BANK_WEAK,
                      "the quote covers bank "
                          + selection.bank().label()
                          + ", which is not allowed")
                  .at("pcr/" + selection.bank().label())
                  .expecting(allowed.stream().map(PcrBank::label).sorted().toList())
                  .finding(selection.bank().label())
                  .remedy("Quote the registers of an allowed bank only."));
        }
      }
      return findings;
    }
  }

  /**
   * Reads a TPMS_ATTEST; what it attests is read if it is of the type asked for.
   *
   * @throws MalformedException if a byte is missing, wrong or left over
   */
  static Attest parse(Bytes bytes, int expected) {
    ByteCursor in = ByteCursor.bigEndian(bytes);
    long magic = in.u32("magic");
    int type = in.u16("type");
    Bytes signer = in.sized16(NAME_MAX_BYTES, "qualifiedSigner");
    Bytes extraData = in.sized16(NAME_MAX_BYTES, "extraData");
    long clock = in.u64("clock");
    long resetCount = in.u32("resetCount");
    long restartCount = in.u32("restartCount");
    boolean safe = yesNo(in.u8("safe"));
    long firmware = in.u64("firmwareVersion");
    Attested attested =
        switch (type == expected ? type : OTHER) {
          case QUOTE -> new Quoted(selections(in), in.sized16(64, "pcrDigest"));
          case CERTIFY ->
              new Certified(
                  in.sized16(NAME_MAX_BYTES, "name"), in.sized16(NAME_MAX_BYTES, "qualifiedName"));
          case CREATION ->
              new Created(in.sized16(NAME_MAX_BYTES, "objectName"), in.sized16(64, "creationHash"));
          default -> new Other(type);
        };
    if (!(attested instanceof Other)) {
      in.end("the attested structure");
    }
    BootCounters counters = new BootCounters(resetCount, restartCount, clock, safe, firmware);
    return new Attest(magic, type, signer, extraData, counters, attested);
  }

  /** What was quoted, if it is a quote. */
  public Optional<Quoted> quote() {
    return attested instanceof Quoted quoted ? Optional.of(quoted) : Optional.empty();
  }

  /**
   * Checks that a TPM made it itself: TPM_MAGIC_INVALID.
   *
   * @param remedy how to do better
   */
  Optional<Finding> checkMagic(String remedy) {
    return magic == TPM_GENERATED
        ? Optional.empty()
        : Optional.of(
            Finding.against(
                    Reason.TPM_MAGIC_INVALID,
                    "the signed structure was not made by a TPM: its magic is not TPM_GENERATED")
                .at("tpm/magic")
                .expecting(hex(TPM_GENERATED))
                .finding(hex(magic))
                .remedy(remedy));
  }

  /**
   * Checks that it attests what it must: TPM_ATTEST_TYPE.
   *
   * @param required a TPM_ST_ATTEST_ number
   * @param remedy how to do better
   */
  Optional<Finding> checkType(int required, String remedy) {
    return type == required
        ? Optional.empty()
        : Optional.of(
            Finding.against(Reason.TPM_ATTEST_TYPE, "the signed structure attests something else")
                .at("tpm/type")
                .expecting(hex(required))
                .finding(hex(type))
                .remedy(remedy));
  }

  private static String hex(long number) {
    return String.format(Locale.ROOT, "0x%x", number);
  }

  private static boolean yesNo(int value) {
    return switch (value) {
      case 0 -> false;
      case 1 -> true;
      default -> throw new MalformedException("safe is neither YES nor NO");
    };
  }

  /** TPML_PCR_SELECTION. */
  static List<PcrSelection> selections(ByteCursor in) {
    long count = in.u32("count of PCR selections");
    if (count > BANKS_MAX) {
      throw new MalformedException(count + " PCR selections, more than " + BANKS_MAX);
    }
    Set<PcrBank> seen = EnumSet.noneOf(PcrBank.class);
    List<PcrSelection> selections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int algorithm = in.u16("bank");
      PcrBank bank =
          PcrBank.ofAlgorithm(algorithm)
              .orElseThrow(() -> new MalformedException("bank " + algorithm + " is not known"));
      if (!seen.add(bank)) {
        throw new MalformedException("bank " + bank.label() + " is selected twice");
      }
      int size = in.u8("sizeofSelect");
      if (size > SELECT_MAX_BYTES) {
        throw new MalformedException("a PCR selection has " + size + " bytes, more than 4");
      }
      selections.add(new PcrSelection(bank, indexes(in.take(size, "pcrSelect"))));
    }
    return selections;
  }

  private static List<Integer> indexes(Bytes bits) {
    List<Integer> indexes = new ArrayList<>();
    for (int i = 0; i < bits.length() * 8; i++) {
      if ((bits.at(i / 8) >> (i % 8) & 1) == 1) {
        if (i >= Pcr.COUNT) {
          throw new MalformedException("register " + i + " does not exist");
        }
        indexes.add(i);
      }
    }
    return indexes;
  }
}
