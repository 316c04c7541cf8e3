package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a TPM signed with its signature, as read and not yet believed, for formats that carry both.
 */
public final class SignedAttest {
  private final Bytes bytes;
  private final Attest attest;
  private final Optional<TpmSignature> signature;

  private SignedAttest(Bytes bytes, Attest attest, Optional<TpmSignature> signature) {
    this.bytes = bytes;
    this.attest = attest;
    this.signature = signature;
  }

  /**
   * Reads both structures.
   *
   * @param attest TPMS_ATTEST, at most 2 KiB
   * @param signature TPMT_SIGNATURE, at most 2 KiB
   * @param type what must be attested: a TPM_ST_ATTEST_ number
   * @throws MalformedException if a byte of either is missing, wrong or left over
   */
  public static SignedAttest parse(Bytes attest, Bytes signature, int type) {
    if (attest.length() > Attest.MAX_BYTES || signature.length() > TpmSignature.MAX_BYTES) {
      throw new MalformedException("a structure of a TPM is longer than 2 KiB");
    }
    return new SignedAttest(attest, Attest.parse(attest, type), TpmSignature.parse(signature));
  }

  /** What was signed. */
  public Attest attest() {
    return attest;
  }

  /**
   * Checks what costs nothing: TPM_MAGIC_INVALID, TPM_ATTEST_TYPE, ALG_WEAK, NONCE_MISSING,
   * NONCE_UNKNOWN.
   *
   * @param type what must be attested
   * @param qualifyingData what extraData must equal; not judged if empty
   */
  public List<Finding> checkHead(int type, Optional<Bytes> qualifyingData) {
    List<Finding> findings = new ArrayList<>();
    attest.checkMagic("Sign with a TPM and a restricted key.").ifPresent(findings::add);
    attest.checkType(type, "Send each structure where it belongs.").ifPresent(findings::add);
    if (signature.filter(signed -> signed.hash() == PcrBank.SHA1).isPresent()) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the signature is over SHA-1")
              .at("tpm/signature")
              .expecting("SHA-256 or better")
              .finding("SHA-1")
              .remedy("Sign with a key that signs over SHA-256."));
    }
    if (qualifyingData.isPresent() && !qualifyingData.get().equals(attest.extraData())) {
      findings.add(
          Finding.against(
                  attest.extraData().isEmpty() ? Reason.NONCE_MISSING : Reason.NONCE_UNKNOWN,
                  "the signed structure answers another nonce, or none")
              .at("bound/data")
              .remedy("Sign with the nonce that was issued as qualifying data."));
    }
    return findings;
  }

  /** Checks the signature: ALG_MISMATCH, TPM_SIGNATURE. */
  public List<Finding> checkSignature(AttestationKey key) {
    List<Finding> findings = new ArrayList<>();
    signature.ifPresentOrElse(
        signed -> QuoteSignature.check(bytes, signed, key, findings),
        () -> findings.add(QuoteSignature.missing()));
    return findings;
  }
}
