package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Proves what a TPM says of a key: that it made it (TPM2_CertifyCreation), or that it holds it
 * (TPM2_Certify; TPM 2.0 Part 3, 18.2 and 18.3). Never throws, whatever the evidence.
 *
 * <p>A key that certifies its own creation proves only that some TPM, or somebody who forges one,
 * made it: that it lives beside an endorsement key is proven by a {@link Credential} for its name.
 * A key that a trusted attestation key certifies lives in the TPM of that one.
 */
public final class KeyCertification {
  /** The claim about the name of the key. */
  public static final String NAME = "tpm/ak-name";

  /** The claim about the name of its parent. */
  public static final String PARENT = "tpm/ak-parent-name";

  private final List<Finding> findings = new ArrayList<>();
  private final Attest attest;
  private final TpmSignature signature;

  private KeyCertification(Attest attest, TpmSignature signature) {
    this.attest = attest;
    this.signature = signature;
  }

  /**
   * A TPM's word about a key.
   *
   * @param key TPMT_PUBLIC of the key that it is about, at most 2 KiB
   * @param attest TPMS_ATTEST as signed, at most 2 KiB
   * @param signature TPMT_SIGNATURE, at most 2 KiB
   */
  public record Statement(Bytes key, Bytes attest, Bytes signature) {}

  /**
   * Verifies that an attestation key certifies its own creation: in order EVIDENCE_MALFORMED,
   * AK_ATTRIBUTES and ALG_WEAK; TPM_MAGIC_INVALID, TPM_ATTEST_TYPE, NONCE_UNKNOWN, AK_CERTIFIED;
   * ALG_MISMATCH and TPM_SIGNATURE.
   *
   * @param creationData TPMS_CREATION_DATA, at most 2 KiB
   */
  public static Outcome verifyCreation(
      Statement statement, Bytes creationData, CertifyExpectation expectation) {
    return guarded(
        () ->
            switch (judge(statement.key(), expectation)) {
              case AttestationKey.Refused refused -> new Outcome.Refused(refused.findings());
              case AttestationKey.Accepted(AttestationKey key) ->
                  creation(statement, creationData, key, expectation);
            });
  }

  /**
   * Verifies that a trusted attestation key certifies another: in order EVIDENCE_MALFORMED;
   * TPM_MAGIC_INVALID, TPM_ATTEST_TYPE, NONCE_UNKNOWN, AK_CERTIFIED; ALG_MISMATCH and
   * TPM_SIGNATURE. Whether the certified key may attest itself is for {@link AttestationKey#judge}.
   *
   * @param certifier the key that signs
   */
  public static Outcome verifyCertified(
      Statement statement, AttestationKey certifier, CertifyExpectation expectation) {
    return guarded(() -> certified(statement, certifier, expectation));
  }

  private interface Step {
    Outcome run();
  }

  private static Outcome guarded(Step step) {
    try {
      return step.run();
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the statement cannot be read: " + e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  private static AttestationKey.Judgement judge(Bytes key, CertifyExpectation expectation) {
    return expectation.sha1Allowed()
        ? AttestationKey.judgeAllowingSha1(key)
        : AttestationKey.judge(key);
  }

  private static Optional<KeyCertification> read(Statement statement, int type) {
    if (statement.attest().length() > Attest.MAX_BYTES
        || statement.signature().length() > TpmSignature.MAX_BYTES) {
      throw new MalformedException("a structure is longer than 2 KiB");
    }
    Attest attest = Attest.parse(statement.attest(), type);
    return TpmSignature.parse(statement.signature())
        .map(signature -> new KeyCertification(attest, signature));
  }

  private static Outcome creation(
      Statement statement, Bytes data, AttestationKey key, CertifyExpectation expectation) {
    if (data.length() > CreationData.MAX_BYTES) {
      throw new MalformedException("creation data has " + data.length() + " bytes");
    }
    Optional<KeyCertification> read = read(statement, Attest.CREATION);
    if (read.isEmpty()) {
      return new Outcome.Refused(QuoteSignature.missing());
    }
    KeyCertification certification = read.get();
    certification.checkHead(Attest.CREATION, expectation);
    if (certification.attest.attested() instanceof Attest.Created(Bytes name, Bytes hash)) {
      certification.checkName(name, key.name());
      Bytes own = key.area().nameAlgorithm().hash(data);
      if (!hash.equals(own)) {
        certification.findings.add(
            Finding.against(Reason.AK_CERTIFIED, "the TPM attests other creation data")
                .at("tpm/creation")
                .expecting(hash.hex())
                .finding(own.hex())
                .remedy("Send the creation data that TPM2_Create returned with the key."));
      }
    }
    // Bytes that the TPM did not hash are not worth reading.
    return certification.outcome(
        statement,
        key,
        expectation,
        () ->
            List.of(
                new Claim.Measurement(NAME, key.name()),
                new Claim.Measurement(PARENT, CreationData.parse(data).parentName()),
                new Claim.Boot(certification.attest.counters()),
                new Claim.BoundData(certification.attest.extraData())));
  }

  private static Outcome certified(
      Statement statement, AttestationKey certifier, CertifyExpectation expectation) {
    Bytes name = TpmPublic.parse(statement.key()).name();
    Optional<KeyCertification> read = read(statement, Attest.CERTIFY);
    if (read.isEmpty()) {
      return new Outcome.Refused(QuoteSignature.missing());
    }
    KeyCertification certification = read.get();
    certification.checkHead(Attest.CERTIFY, expectation);
    if (certification.attest.attested() instanceof Attest.Certified(Bytes attested, Bytes _)) {
      certification.checkName(attested, name);
    }
    List<Claim> claims =
        List.of(
            new Claim.Measurement(NAME, name),
            new Claim.Boot(certification.attest.counters()),
            new Claim.BoundData(certification.attest.extraData()));
    return certification.outcome(statement, certifier, expectation, () -> claims);
  }

  private void checkHead(int type, CertifyExpectation expectation) {
    attest.checkMagic("Certify with a TPM and a restricted key.").ifPresent(findings::add);
    attest
        .checkType(type, "Certify with TPM2_CertifyCreation, or with TPM2_Certify.")
        .ifPresent(findings::add);
    expectation
        .qualifyingData()
        .filter(data -> !data.equals(attest.extraData()))
        .ifPresent(
            data ->
                findings.add(
                    Finding.against(
                            attest.extraData().isEmpty()
                                ? Reason.NONCE_MISSING
                                : Reason.NONCE_UNKNOWN,
                            "the statement answers another nonce, or none")
                        .at("bound/data")
                        .remedy("Certify with the nonce that was issued as qualifying data.")));
  }

  private void checkName(Bytes attested, Bytes own) {
    if (!attested.equals(own)) {
      findings.add(
          Finding.against(Reason.AK_CERTIFIED, "the TPM speaks of another key than the one sent")
              .at(NAME)
              .expecting(attested.hex())
              .finding(own.hex())
              .remedy("Send the public area of the key that was certified."));
    }
  }

  private Outcome outcome(
      Statement statement,
      AttestationKey signer,
      CertifyExpectation expectation,
      Supplier<List<Claim>> claims) {
    if (signature.hash() == PcrBank.SHA1 && !expectation.sha1Allowed()) {
      findings.add(
          Finding.against(Reason.ALG_WEAK, "the signature is over SHA-1")
              .at("tpm/signature")
              .expecting("SHA-256 or better")
              .finding("SHA-1")
              .remedy("Certify with a key that signs over SHA-256."));
    }
    if (findings.isEmpty()) {
      QuoteSignature.check(statement.attest(), signature, signer, findings);
    }
    return findings.isEmpty()
        ? new Outcome.Proven(claims.get(), Optional.empty())
        : new Outcome.Refused(findings);
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at("tpm/ak")
        .remedy("Send the structures as the TPM returned them.");
  }
}
