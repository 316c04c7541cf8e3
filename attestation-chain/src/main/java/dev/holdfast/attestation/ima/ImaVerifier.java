package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Proves which files a node used, in stages: every entry hashes to what it states, all of them lead
 * to PCR 10 as a TPM signed it, and each is allowed. Never throws, whatever the list.
 */
public final class ImaVerifier {
  /** The register that the kernel extends, unless its policy says another. */
  public static final int REGISTER = 10;

  /** Most findings of one list. */
  public static final int FINDINGS_MAX = 256;

  private ImaVerifier() {}

  /** What judging a list came to. */
  public sealed interface Judgement {}

  /**
   * Every entry that the register accounts for is allowed.
   *
   * @param progress what the next part of the list begins with
   * @param proven the entries that the register accounts for
   */
  public record Sound(ImaProgress progress, List<ImaEntry> proven) implements Judgement {
    /** Copies the list. */
    public Sound {
      proven = List.copyOf(proven);
    }
  }

  /**
   * Not believed.
   *
   * @param findings why: all of the stage reached, at most 256
   */
  public record Unsound(List<Finding> findings) implements Judgement {
    /** Copies the list, cut to its limit. */
    public Unsound {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a refusal says why");
      }
      findings = List.copyOf(findings.subList(0, Math.min(FINDINGS_MAX, findings.size())));
    }
  }

  /**
   * Judges a list in binary form from the beginning of the boot.
   *
   * @param bytes as {@code binary_runtime_measurements} holds it
   * @param quoted PCR 10 as signed, for at least one bank
   */
  public static Outcome verify(
      Bytes bytes, Map<PcrBank, Bytes> quoted, ImaExpectation expectation) {
    return switch (ImaList.parseBinary(bytes)) {
      case ImaList.Illegible illegible -> new Outcome.Refused(illegible.finding());
      case ImaList.Legible legible ->
          switch (judge(legible.list(), ImaProgress.BOOT, quoted, expectation)) {
            case Unsound unsound -> new Outcome.Refused(unsound.findings());
            case Sound sound -> new Outcome.Proven(claims(sound.progress()), Optional.empty());
          };
    };
  }

  /**
   * Judges a list in binary form from the beginning of a boot whose registers were quoted with it.
   * It begins with {@code boot_aggregate}, which is the hash over registers 0 to 7 or 9 in one of
   * the banks, or allowed; no exclude applies to it.
   *
   * @param bytes as {@code binary_runtime_measurements} holds it
   * @param quoted registers as signed; PCR 10 for at least one bank
   */
  public static Outcome verifyBoot(
      Bytes bytes, Map<Pcr, Bytes> quoted, ImaExpectation expectation) {
    Map<PcrBank, Bytes> lists = new EnumMap<>(PcrBank.class);
    quoted.forEach(
        (pcr, value) -> {
          if (pcr.index() == REGISTER) {
            lists.put(pcr.bank(), value);
          }
        });
    return verify(bytes, lists, expectation.withBootAggregates(BootAggregate.of(quoted)));
  }

  /** The claims that a list believed so far makes. */
  public static List<Claim> claims(ImaProgress progress) {
    return List.of(new Claim.Version("ima/entries", progress.entries()));
  }

  /**
   * Judges a list, or the part of one that came since.
   *
   * @param list as read
   * @param before what lies behind: {@link ImaProgress#BOOT}, or where the last part ended
   * @param quoted PCR 10 as signed, for at least one bank
   */
  public static Judgement judge(
      ImaList list, ImaProgress before, Map<PcrBank, Bytes> quoted, ImaExpectation expectation) {
    try {
      List<Finding> malformed = malformed(list, before.entries());
      if (!malformed.isEmpty()) {
        return new Unsound(malformed);
      }
      Judgement replayed = replay(list, before, quoted, expectation);
      if (!(replayed instanceof Sound sound)) {
        return replayed;
      }
      List<Finding> findings = new ArrayList<>();
      if (before.entries() == 0 && expectation.bootAggregates().isPresent()) {
        Optional<ImaEntry> first = sound.proven().stream().findFirst();
        if (!first.filter(BootAggregate::is).isPresent()) {
          findings.add(BootAggregate.missing(first));
        }
      }
      for (int i = 0; i < sound.proven().size() && findings.size() < FINDINGS_MAX; i++) {
        judge(sound.proven().get(i), before.entries() + i, expectation, findings);
      }
      return findings.isEmpty() ? sound : new Unsound(findings);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Unsound(
          List.of(
              Finding.against(
                      Reason.IMA_MALFORMED,
                      "verification failed with " + e.getClass().getSimpleName())
                  .at("ima")));
    }
  }

  /**
   * Whether the entries lead to the register; which files they are of is not judged.
   *
   * @param quoted PCR 10 as signed; where no bank is given, nothing is proven
   */
  public static Judgement replay(
      ImaList list, ImaProgress before, Map<PcrBank, Bytes> quoted, ImaExpectation expectation) {
    if (quoted.isEmpty()) {
      return new Unsound(
          List.of(
              Finding.against(
                      Reason.EVIDENCE_MISSING, "no signed PCR 10 proves the file measurements")
                  .at("pcr/10")
                  .remedy("Quote PCR 10 with the list.")));
    }
    List<Finding> findings = hashes(list, before.entries());
    if (!findings.isEmpty()) {
      return new Unsound(findings);
    }
    Judgement folded = fold(list, before, quoted, expectation.tailAllowed(), false);
    return folded instanceof Unsound && expectation.paddedAllowed()
        ? fold(list, before, quoted, expectation.tailAllowed(), true)
        : folded;
  }

  /**
   * What speaks against the entries of a list that no register proves: none of it is believed, even
   * if there is nothing.
   */
  public static List<Finding> findings(ImaList list, ImaExpectation expectation) {
    List<Finding> findings = malformed(list, 0);
    if (findings.isEmpty()) {
      findings.addAll(hashes(list, 0));
    }
    if (findings.isEmpty()) {
      for (int i = 0; i < list.entries().size() && findings.size() < FINDINGS_MAX; i++) {
        judge(list.entries().get(i), i, expectation, findings);
      }
    }
    return findings;
  }

  /** Every signature that is none: whatever else allows the file, it never passes. */
  private static List<Finding> malformed(ImaList list, long first) {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < list.entries().size() && findings.size() < FINDINGS_MAX; i++) {
      if (list.entries().get(i).content() instanceof ImaEntry.File file
          && !file.signature().isEmpty()
          && FileSignature.of(file.signature()).isEmpty()) {
        findings.add(
            Finding.against(Reason.IMA_MALFORMED, file.name() + " has a malformed signature")
                .at("ima/" + (first + i))
                .remedy("Sign the file anew (evmctl ima_sign)."));
      }
    }
    return findings;
  }

  /** Every entry that does not hash to what it states, or is of a register that is not judged. */
  private static List<Finding> hashes(ImaList list, long first) {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < list.entries().size() && findings.size() < FINDINGS_MAX; i++) {
      ImaEntry entry = list.entries().get(i);
      String claim = "ima/" + (first + i);
      if (entry.register() != REGISTER) {
        findings.add(
            Finding.against(
                    Reason.IMA_MISMATCH,
                    "entry " + (first + i) + " is of register " + entry.register())
                .at(claim)
                .expecting(Integer.toString(REGISTER))
                .finding(Long.toString(entry.register()))
                .remedy("Measure all files into PCR 10."));
      } else if (!entry.violation() && !entry.hashes()) {
        findings.add(
            Finding.against(
                    Reason.IMA_TEMPLATE_HASH,
                    "entry "
                        + (first + i)
                        + ", for "
                        + entry.content().name()
                        + ", does not hash to what the list states")
                .at(claim)
                .finding(entry.templateHash().hex())
                .remedy("Send the list as the kernel holds it."));
      }
    }
    return findings;
  }

  private static Judgement fold(
      ImaList list,
      ImaProgress before,
      Map<PcrBank, Bytes> quoted,
      boolean tailAllowed,
      boolean padded) {
    Map<PcrBank, Bytes> registers = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : quoted.keySet()) {
      Bytes start = before.registers().get(bank);
      if (start == null) {
        return new Unsound(
            List.of(
                Finding.against(
                        Reason.IMA_MISMATCH,
                        "the part before was not believed in bank " + bank.label())
                    .at(claim(bank))
                    .remedy("Send the list from the beginning of the boot.")));
      }
      registers.put(bank, start);
    }
    int size = list.entries().size();
    int end = tailAllowed && registers.equals(quoted) ? 0 : -1;
    for (int i = 0; i < size && end < 0; i++) {
      ImaEntry entry = list.entries().get(i);
      registers.replaceAll((bank, value) -> bank.extend(value, extension(entry, bank, padded)));
      if (tailAllowed && registers.equals(quoted)) {
        end = i + 1;
      }
    }
    if (end < 0 && registers.equals(quoted)) {
      end = size;
    }
    if (end >= 0) {
      ImaProgress progress = new ImaProgress(before.entries() + end, registers);
      return new Sound(progress, list.entries().subList(0, end));
    }
    List<Finding> findings = new ArrayList<>();
    registers.forEach(
        (bank, value) -> {
          if (!value.equals(quoted.getOrDefault(bank, Bytes.EMPTY))) {
            findings.add(mismatch(bank, value, quoted.getOrDefault(bank, Bytes.EMPTY), list));
          }
        });
    return new Unsound(findings);
  }

  private static Finding mismatch(PcrBank bank, Bytes replayed, Bytes quoted, ImaList list) {
    String last =
        list.entries().isEmpty()
            ? "the list is empty"
            : "the last of its "
                + list.entries().size()
                + " entries is for "
                + list.entries().getLast().content().name();
    return Finding.against(
            Reason.IMA_MISMATCH,
            "the file measurements do not lead to the quoted " + claim(bank) + "; " + last)
        .at(claim(bank))
        .expecting(replayed.hex())
        .finding(quoted.hex())
        .remedy("Send the list of this boot as it was when the register was quoted.");
  }

  private static String claim(PcrBank bank) {
    return "pcr/" + bank.label() + "/" + REGISTER;
  }

  /** What the kernel extends: all ones for a violation. */
  private static Bytes extension(ImaEntry entry, PcrBank bank, boolean padded) {
    if (entry.violation()) {
      byte[] ones = new byte[bank.digestLength()];
      Arrays.fill(ones, (byte) 0xff);
      return Bytes.of(ones);
    }
    if (padded) {
      Bytes sha1 = PcrBank.SHA1.hash(entry.templateData());
      byte[] zeros = new byte[bank.digestLength() - sha1.length()];
      return Bytes.concat(sha1, Bytes.of(zeros));
    }
    return bank.hash(entry.templateData());
  }

  /** Adds what speaks against an entry. */
  private static void judge(
      ImaEntry entry, long ordinal, ImaExpectation expectation, List<Finding> findings) {
    ImaEntry.Content content = entry.content();
    String claim = "ima/" + ordinal;
    if (expectation.bootAggregates().isPresent()
        && BootAggregate.is(entry)
        && content instanceof ImaEntry.File file) {
      BootAggregate.judge(file, claim, expectation.bootAggregates().get(), expectation)
          .ifPresent(findings::add);
      return;
    }
    if (expectation.excludes(content.name())) {
      return;
    }
    if (entry.violation()) {
      if (!expectation.violationsAllowed()) {
        findings.add(
            Finding.against(Reason.IMA_VIOLATION, content.name() + " changed while it was measured")
                .at(claim)
                .remedy("Exclude the path, or allow violations in the policy."));
      }
      return;
    }
    switch (content) {
      case ImaEntry.File file -> judge(file, claim, expectation, findings);
      case ImaEntry.Buffer buffer -> judge(buffer, claim, expectation, findings);
      case ImaEntry.Opaque opaque ->
          findings.add(
              Finding.against(Reason.IMA_FILE, "an entry of the unknown form " + opaque.name())
                  .at(claim)
                  .remedy("Exclude the name of the form, or measure by a known one."));
    }
  }

  private static void judge(
      ImaEntry.File file, String claim, ImaExpectation expectation, List<Finding> findings) {
    Optional<FileSignature> signature =
        file.signature().isEmpty() ? Optional.empty() : FileSignature.of(file.signature());
    boolean allowed = expectation.allowed(file.name()).contains(file.digest().value());
    if (allowed
        || signature.filter(one -> signed(one, file, expectation)).isPresent()
        || appended(file).filter(one -> signed(one, expectation)).isPresent()) {
      return;
    }
    boolean unsigned = signature.isEmpty() && file.moduleSignature().isEmpty();
    findings.add(
        Finding.against(
                unsigned ? Reason.IMA_FILE : Reason.IMA_SIGNATURE,
                unsigned
                    ? file.name() + " is not allowed with this content"
                    : file.name() + " is signed by none of the trusted keys, and not allowed")
            .at(claim)
            .expecting(expectation.allowed(file.name()).stream().map(Bytes::hex).sorted().toList())
            .finding(file.digest().toString())
            .remedy(
                "Allow "
                    + file.digest().value().hex()
                    + " for "
                    + file.name()
                    + ", if that is what was meant to run."));
  }

  private static Optional<AppendedSignature> appended(ImaEntry.File file) {
    return file.moduleDigest().map(digest -> new AppendedSignature(digest, file.moduleSignature()));
  }

  private static boolean signed(AppendedSignature signature, ImaExpectation expectation) {
    return expectation.keys().stream().anyMatch(signature::verifies);
  }

  /** The key that the signature hints at first. */
  private static boolean signed(
      FileSignature signature, ImaEntry.File file, ImaExpectation expectation) {
    return expectation.keys().stream()
        .sorted((one, other) -> Boolean.compare(hinted(signature, other), hinted(signature, one)))
        .anyMatch(key -> signature.verifies(file.digest(), key));
  }

  private static boolean hinted(FileSignature signature, ImaKey key) {
    return key.id().equals(signature.keyId());
  }

  private static void judge(
      ImaEntry.Buffer buffer, String claim, ImaExpectation expectation, List<Finding> findings) {
    Optional<PcrBank> hash = PcrBank.ofLabel(buffer.digest().algorithm());
    boolean same =
        hash.filter(bank -> bank.hash(buffer.buffer()).equals(buffer.digest().value())).isPresent();
    if (!same) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_SPLICE,
                  "the buffer " + buffer.name() + " does not hash to the digest beside it")
              .at(claim)
              .remedy("Send the list as the kernel holds it."));
      return;
    }
    Bytes digest = buffer.digest().value();
    if (!expectation.keyring(buffer.name()).contains(digest)
        && !expectation.allowed(buffer.name()).contains(digest)) {
      findings.add(
          Finding.against(
                  Reason.IMA_FILE, "what was loaded into " + buffer.name() + " is not allowed")
              .at(claim)
              .expecting(
                  expectation.keyring(buffer.name()).stream().map(Bytes::hex).sorted().toList())
              .finding(buffer.digest().toString())
              .remedy("Allow " + digest.hex() + " for " + buffer.name() + "."));
    }
  }
}
