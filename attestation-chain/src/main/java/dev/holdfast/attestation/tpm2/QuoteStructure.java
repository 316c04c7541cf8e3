package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.eventlog.EventLog;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The cheap checks of a quote: all that can be told without a signature. */
final class QuoteStructure {
  private static final int VALUES_MAX = 120;
  private static final int PLACES = PcrBank.values().length * Pcr.COUNT;

  private final Evidence.Tpm2Quote quote;
  private final Attest attest;
  private final TpmSignature signature;
  private final Tpm2Expectation expectation;

  QuoteStructure(
      Evidence.Tpm2Quote quote,
      Attest attest,
      TpmSignature signature,
      Tpm2Expectation expectation) {
    this.quote = quote;
    this.attest = attest;
    this.signature = signature;
    this.expectation = expectation;
  }

  static void checkSizes(Evidence.Tpm2Quote quote) {
    atMost(quote.attest(), Attest.MAX_BYTES, "TPMS_ATTEST");
    atMost(quote.signature(), TpmSignature.MAX_BYTES, "TPMT_SIGNATURE");
    atMost(quote.akPublic(), TpmPublic.MAX_BYTES, "the key's TPMT_PUBLIC");
    atMost(quote.eventLog(), EventLog.MAX_BYTES, "the event log");
    atMost(quote.imaLog(), Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES, "the list of file measurements");
    if (quote.pcrValues().size() > VALUES_MAX) {
      throw new MalformedException(
          quote.pcrValues().size() + " register values, more than " + VALUES_MAX);
    }
  }

  private static void atMost(Bytes bytes, int maxBytes, String what) {
    if (bytes.length() > maxBytes) {
      throw new MalformedException(
          what + " has " + bytes.length() + " bytes, more than " + maxBytes);
    }
  }

  /** Refuses values that are no register's, or given twice. */
  static void checkReported(Evidence.Tpm2Quote quote) {
    BitSet seen = new BitSet(PLACES);
    for (Evidence.ReportedPcr value : quote.pcrValues()) {
      Optional<PcrBank> bank = PcrBank.ofAlgorithm(value.algorithm());
      boolean right =
          bank.isPresent()
              && value.index() >= 0
              && value.index() < Pcr.COUNT
              && value.digest().length() == bank.get().digestLength();
      if (!right) {
        throw new MalformedException("a register value is of no known bank, index or length");
      }
      int place = place(bank.get(), value.index());
      if (seen.get(place)) {
        throw new MalformedException("a register value is given twice");
      }
      seen.set(place);
    }
  }

  private static int place(PcrBank bank, int index) {
    return bank.place() * Pcr.COUNT + index;
  }

  /**
   * Adds every mismatch.
   *
   * @param qualifying what extraData must equal
   * @return the values of the selected registers; believed only once the signature verified
   */
  Map<Pcr, Bytes> check(Qualifying qualifying, List<Finding> findings) {
    if (!quote.akPublic().isEmpty() && !quote.akPublic().equals(expectation.key().encoded())) {
      findings.add(
          Finding.against(Reason.AK_MISMATCH, "the quote names another key than the enrolled one")
              .at("tpm/ak")
              .expecting(expectation.key().name().hex())
              .remedy("Quote with the enrolled key, or enrol the node again."));
    }
    attest.checkMagic("Quote with TPM2_Quote and a restricted key.").ifPresent(findings::add);
    if (attest.type() != Attest.QUOTE) {
      findings.add(
          Finding.against(Reason.TPM_ATTEST_TYPE, "the signed structure is not a quote")
              .at("tpm/type")
              .expecting("0x" + hex(Attest.QUOTE))
              .finding("0x" + hex(attest.type()))
              .remedy("Quote with TPM2_Quote."));
    }
    if (signature.hash() == PcrBank.SHA1 && !expectation.sha1SignaturesAllowed()) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the signature is over SHA-1")
              .at("tpm/signature")
              .expecting("SHA-256 or better")
              .finding("SHA-1")
              .remedy("Quote with a key that signs over SHA-256."));
    }
    checkExtraData(qualifying, findings);
    Map<Pcr, Bytes> values = new TreeMap<>();
    attest.quote().ifPresent(quoted -> checkRegisters(quoted, values, findings));
    return values;
  }

  private void checkExtraData(Qualifying qualifying, List<Finding> findings) {
    if (attest.extraData().isEmpty() || qualifying.data().isEmpty()) {
      findings.add(
          Finding.against(Reason.NONCE_MISSING, "the quote has no qualifying data: it may be old")
              .at("bound/data")
              .remedy("Quote with the binding as qualifying data."));
    } else if (!attest.extraData().equals(qualifying.data())) {
      switch (qualifying.kind()) {
        case EXCUSED -> {}
        case BINDING ->
            findings.add(
                Finding.against(
                        Reason.METRICS_UNSIGNED,
                        "the qualifying data does not bind this challenge, these metrics and this"
                            + " key")
                    .at("bound/data")
                    .remedy("Quote with the binding of exactly what the bundle holds."));
        case NONCE ->
            findings.add(
                Finding.against(Reason.NONCE_UNKNOWN, "the quote answers another nonce")
                    .at("bound/data")
                    .remedy("Quote with the nonce that was issued as qualifying data."));
      }
    }
  }

  /**
   * What extraData must equal.
   *
   * @param data the data; not empty
   * @param kind what it is, and so what is wrong if it is not there
   */
  record Qualifying(Bytes data, Kind kind) {
    /** What the data is. */
    enum Kind {
      /** A nonce by itself. */
      NONCE,
      /** A nonce bound with metrics and a key. */
      BINDING,
      /** The same, where another mismatch already explains that it is not there. */
      EXCUSED
    }
  }

  private void checkRegisters(
      Attest.Quoted quoted, Map<Pcr, Bytes> values, List<Finding> findings) {
    findings.addAll(quoted.checkBanks(expectation.banks()));
    List<Pcr> covered = quoted.pcrs();
    BitSet places = new BitSet(PLACES);
    for (Pcr pcr : covered) {
      places.set(place(pcr.bank(), pcr.index()));
    }
    for (PcrSelection required : expectation.selections()) {
      List<Pcr> missing = new ArrayList<>();
      for (int index : required.indexes()) {
        if (!places.get(place(required.bank(), index))) {
          missing.add(new Pcr(required.bank(), index));
        }
      }
      if (!missing.isEmpty()) {
        findings.add(
            Finding.against(
                    Reason.TPM_PCR_SELECTION,
                    "the quote does not cover " + String.join(", ", claims(missing)))
                .at(missing.getFirst().claim())
                .expecting(required.toString())
                .finding(String.join("+", words(quoted)))
                .remedy("Quote every register that the challenge asks for."));
      }
    }
    checkDigest(quoted, covered, values, findings);
  }

  private void checkDigest(
      Attest.Quoted quoted, List<Pcr> covered, Map<Pcr, Bytes> values, List<Finding> findings) {
    @Nullable Bytes[] given = new Bytes[PLACES];
    for (Evidence.ReportedPcr reported : quote.pcrValues()) {
      PcrBank bank = PcrBank.ofAlgorithm(reported.algorithm()).orElseThrow();
      given[place(bank, reported.index())] = reported.digest();
    }
    MessageDigest digest = signature.hash().digest();
    List<Pcr> absent = new ArrayList<>();
    for (Pcr pcr : covered) {
      int place = place(pcr.bank(), pcr.index());
      Bytes value = given[place];
      given[place] = null;
      if (value == null) {
        absent.add(pcr);
      } else {
        value.updateInto(digest);
        values.put(pcr, value);
      }
    }
    for (PcrBank bank : PcrBank.values()) {
      for (int index = 0; index < Pcr.COUNT; index++) {
        if (given[place(bank, index)] != null) {
          findings.add(unsigned(new Pcr(bank, index)));
        }
      }
    }
    Bytes composite = Bytes.ofDigest(digest);
    if (!absent.isEmpty() || !composite.equals(quoted.digest())) {
      findings.add(
          Finding.against(
                  Reason.TPM_PCR_DIGEST,
                  absent.isEmpty()
                      ? "the register values sent do not hash to the signed digest"
                      : "values of quoted registers are missing: "
                          + String.join(", ", claims(absent)))
              .at("tpm/pcr-digest")
              .expecting(quoted.digest().hex())
              .finding(composite.hex())
              .remedy("Send the values as they were when the TPM quoted them."));
    }
  }

  private static Finding unsigned(Pcr pcr) {
    return Finding.against(
            Reason.TPM_PCR_NOT_SIGNED,
            "a value of " + pcr.claim() + " was sent, and the quote does not cover it")
        .at(pcr.claim())
        .remedy("Send the values of the quoted registers only.");
  }

  private static List<String> claims(List<Pcr> pcrs) {
    return pcrs.stream().map(Pcr::claim).toList();
  }

  private static List<String> words(Attest.Quoted quoted) {
    List<String> words = new ArrayList<>();
    quoted.selections().forEach(selection -> words.add(selection.toString()));
    return words;
  }

  private static String hex(long number) {
    return String.format(Locale.ROOT, "%x", number);
  }
}
