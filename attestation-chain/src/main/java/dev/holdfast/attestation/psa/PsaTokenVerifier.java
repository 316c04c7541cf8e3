package dev.holdfast.attestation.psa;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves what a PSA token says (RFC 9783), in stages from cheap to dear: its structure, its claims,
 * its signature. It stops after the first stage with findings, and lists all findings of that
 * stage. Never throws, whatever the token.
 */
public final class PsaTokenVerifier {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final String TOKEN = "psa/token";

  private PsaTokenVerifier() {}

  /**
   * Verifies a token.
   *
   * @param token a COSE_Sign1 message
   * @param key the initial attestation key of the instance
   * @param expectation what the token must show
   */
  public static Outcome verify(Bytes token, PublicKey key, PsaExpectation expectation) {
    try {
      return judge(token, key, expectation);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  private static Outcome judge(Bytes token, PublicKey key, PsaExpectation expectation) {
    CoseSign1 message;
    Cbor payload;
    try {
      message = CoseSign1.parse(token, MAX_BYTES);
      payload =
          Cbor.parse(
              message
                  .payload()
                  .orElseThrow(() -> new MalformedException("the token carries no claims")),
              Cbor.Limits.of(MAX_BYTES),
              "the claims");
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the token cannot be read: " + e.words()));
    }
    PsaClaims claims;
    try {
      claims = PsaClaims.read(payload);
    } catch (MalformedException e) {
      return new Outcome.Refused(
          Finding.against(
                  Reason.EVIDENCE_SCHEMA,
                  "the claims are not what their profile says: " + e.words())
              .at(TOKEN)
              .remedy("Send a token of profile 1 or 2 (RFC 9783)."));
    }
    List<Finding> findings = new ArrayList<>();
    if (expectation.nonce().isPresent() && !expectation.nonce().get().equals(claims.nonce())) {
      findings.add(
          Finding.against(Reason.NONCE_UNKNOWN, "the token answers another nonce")
              .at("nonce")
              .remedy("Ask for a token with the nonce that was issued."));
    }
    LifecycleRule.check(claims.lifecycle(), expectation.lifecycles(), "psa/lifecycle")
        .ifPresent(findings::add);
    if (findings.isEmpty()) {
      findings.addAll(CoseSign1Verifier.check(message, key, CoseExpectation.STRICT));
    }
    return findings.isEmpty()
        ? new Outcome.Proven(claims(claims), Optional.empty())
        : new Outcome.Refused(findings);
  }

  private static List<Claim> claims(PsaClaims claims) {
    List<Claim> all = new ArrayList<>();
    all.add(new Claim.Word("psa/profile", claims.profile().profileName()));
    all.add(new Claim.Measurement("psa/instance-id", claims.instanceId()));
    all.add(new Claim.Measurement("psa/implementation-id", claims.implementationId()));
    all.add(new Claim.Word("psa/lifecycle", claims.lifecycle().name()));
    all.add(new Claim.Flag("tee/debug", claims.lifecycle().isDebug()));
    all.add(new Claim.Word("psa/client-id", Long.toString(claims.clientId())));
    claims.bootSeed().ifPresent(seed -> all.add(new Claim.Measurement("psa/boot-seed", seed)));
    all.addAll(SoftwareComponent.claims("psa/software/", claims.components()));
    all.add(new Claim.BoundData(claims.nonce()));
    return all;
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at(TOKEN)
        .remedy("Send the token as the attestation service returned it.");
  }
}
