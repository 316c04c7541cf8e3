package dev.holdfast.attestation.parsec;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.tpm2.Attest;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Proves what a TPM says of a key and of the platform that holds it, in stages from cheap to dear:
 * structure, heads and nonces and the name of the key, both signatures. It stops after the first
 * stage with findings, and lists all findings of that stage. Never throws, whatever the token.
 */
public final class ParsecKeyVerifier {
  /** TPMA_OBJECT: fixedTPM, fixedParent and sensitiveDataOrigin (TPM 2.0 Part 2, 8.3). */
  private static final long BOUND = 1L << 1 | 1L << 4 | 1L << 5;

  private static final String TOKEN = "parsec/token";
  private static final String NAME = "parsec/key-name";
  private static final String DIGEST = "parsec/pcr-digest";

  private ParsecKeyVerifier() {}

  /**
   * Verifies a token.
   *
   * @param token the CBOR map of kat and pat
   * @param signer the attestation key of the TPM
   * @param expectation what the token must show
   */
  public static Outcome verify(Bytes token, AttestationKey signer, ParsecExpectation expectation) {
    try {
      return judge(token, signer, expectation);
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the token cannot be read: " + e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  private static Outcome judge(Bytes bytes, AttestationKey signer, ParsecExpectation expectation) {
    ParsecToken token = ParsecToken.parse(bytes);
    List<Finding> findings = new ArrayList<>();
    findings.addAll(token.key().checkHead(Attest.CERTIFY, expectation.nonce()));
    findings.addAll(token.platform().checkHead(Attest.QUOTE, expectation.nonce()));
    checkName(token, findings);
    if (!findings.isEmpty()) {
      return new Outcome.Refused(findings);
    }
    // Only what the TPM named is worth reading.
    TpmPublic key = TpmPublic.parse(token.publicArea());
    checkKey(key, expectation, findings);
    Attest.Quoted quoted =
        token
            .platform()
            .attest()
            .quote()
            .orElseThrow(() -> new MalformedException("pat holds no quote"));
    checkQuote(quoted, expectation, findings);
    if (findings.isEmpty()) {
      findings.addAll(token.key().checkSignature(signer));
      findings.addAll(token.platform().checkSignature(signer));
    }
    return findings.isEmpty()
        ? new Outcome.Proven(claims(token, key, quoted), Optional.empty())
        : new Outcome.Refused(findings);
  }

  /** The name is the algorithm's number and the hash of the public area (TPM 2.0 Part 1, 16). */
  private static void checkName(ParsecToken token, List<Finding> findings) {
    if (!(token.key().attest().attested() instanceof Attest.Certified(Bytes name, Bytes _))) {
      return;
    }
    int algorithm = name.length() < 2 ? 0 : name.at(0) << 8 | name.at(1);
    Optional<Bytes> own =
        PcrBank.ofAlgorithm(algorithm)
            .filter(hash -> hash != PcrBank.SHA1)
            .map(hash -> Bytes.concat(name.slice(0, 2), hash.hash(token.publicArea())));
    if (own.filter(name::equals).isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.AK_CERTIFIED, "the TPM certifies another key than the public area sent")
              .at(NAME)
              .expecting(name.hex())
              .finding(own.map(Bytes::hex).orElse("a name by no hash that is strong enough"))
              .remedy("Send the public area of the key that was certified."));
    }
  }

  private static void checkKey(
      TpmPublic key, ParsecExpectation expectation, List<Finding> findings) {
    if (!expectation.portableKeyAllowed() && (key.attributes() & BOUND) != BOUND) {
      findings.add(
          Finding.against(
                  Reason.KEY_ATTRIBUTES, "the key can leave its TPM, or came from outside of it")
              .at("parsec/key-attributes")
              .expecting("fixedTPM, fixedParent, sensitiveDataOrigin")
              .finding(String.format(Locale.ROOT, "0x%08x", key.attributes()))
              .remedy("Create the key in the TPM, fixed to it."));
    }
  }

  private static void checkQuote(
      Attest.Quoted quoted, ParsecExpectation expectation, List<Finding> findings) {
    findings.addAll(quoted.checkBanks(expectation.banks()));
    if (expectation.pcrDigest().filter(digest -> !digest.equals(quoted.digest())).isPresent()) {
      findings.add(
          Finding.against(Reason.MEASUREMENT, "the quoted registers hold no reference values")
              .at(DIGEST)
              .expecting(expectation.pcrDigest().map(Bytes::hex).orElse(""))
              .finding(quoted.digest().hex())
              .remedy("Boot what was approved, or allow the new values."));
    }
  }

  private static List<Claim> claims(ParsecToken token, TpmPublic key, Attest.Quoted quoted) {
    List<Claim> claims = new ArrayList<>();
    claims.add(new Claim.Measurement(NAME, key.name()));
    claims.add(new Claim.Measurement("parsec/key", Bytes.of(key.javaKey().getEncoded())));
    claims.add(new Claim.Measurement(DIGEST, quoted.digest()));
    for (PcrSelection selection : quoted.selections()) {
      claims.add(new Claim.Word("parsec/pcrs/" + selection.bank().label(), selection.toString()));
    }
    claims.add(new Claim.Boot(token.platform().attest().counters()));
    claims.add(new Claim.BoundData(token.platform().attest().extraData()));
    return claims;
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at(TOKEN)
        .remedy("Send the token as Parsec returned it.");
  }
}
