package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import java.util.Arrays;
import java.util.List;

/** Quotes and public areas: never an exception, and no quote without the key. */
final class QuoteTarget implements Target {
  /** A P-256 attestation key whose private half nobody kept: the generator of the curve. */
  static final Bytes KEY =
      Bytes.fromHex(
          "0023000b00050072000000100018000b000300100020"
              + "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
              + "0020"
              + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

  private static final Bytes QUALIFYING_DATA = Bytes.fromHex("11".repeat(32));
  private static final List<Evidence.ReportedPcr> VALUES =
      List.of(new Evidence.ReportedPcr(PcrBank.SHA256.algorithm(), 0, Bytes.of(new byte[32])));
  static final Tpm2Expectation EXPECTATION = expectation();

  @Override
  public Class<?> reader() {
    return Tpm2QuoteVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(KEY);
  }

  private static Tpm2Expectation expectation() {
    if (AttestationKey.judge(KEY) instanceof AttestationKey.Accepted accepted) {
      return Tpm2Expectation.of(accepted.key(), List.of(PcrSelection.of(PcrBank.SHA256, 0)));
    }
    throw new IllegalStateException("the target's own key is refused");
  }

  /** The first byte says where the structure is cut from its signature. */
  @Override
  public void read(byte[] data) {
    Bytes all = Bytes.of(data);
    if (AttestationKey.judge(all) instanceof AttestationKey.Accepted accepted
        && !accepted.key().encoded().equals(all)) {
      throw new IllegalStateException("a key was read that was not sent");
    }
    int cut = data.length == 0 ? 0 : Math.min(data.length, data[0] & 0xff);
    Evidence.Tpm2Quote quote =
        new Evidence.Tpm2Quote(
            "",
            Bytes.of(Arrays.copyOfRange(data, Math.min(1, cut), cut)),
            all.slice(cut, data.length),
            VALUES,
            Bytes.EMPTY,
            Bytes.EMPTY);
    switch (Tpm2QuoteVerifier.verifyQuote(quote, QUALIFYING_DATA, EXPECTATION)) {
      case Outcome.Proven _ ->
          throw new IllegalStateException("a quote was proven without its key");
      case Outcome.Refused refused -> requireRead(refused.findings());
    }
  }

  /** The verifier believes nothing where it fails itself; here that is a defect. */
  static void requireRead(List<Finding> findings) {
    for (Finding finding : findings) {
      if (finding.message().startsWith("verification failed with")) {
        throw new IllegalStateException(finding.message());
      }
    }
  }
}
