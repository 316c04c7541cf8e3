package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import dev.holdfast.attestation.psa.LifecycleRule;
import dev.holdfast.attestation.psa.SoftwareComponent;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves what an Arm CCA token says (RMM Specification, A7.2), in stages from cheap to dear: its
 * structure, its claims, what binds realm to platform, both signatures. It stops after the first
 * stage with findings, and lists all findings of that stage. Never throws, whatever the token.
 */
public final class CcaTokenVerifier {
  private static final String TOKEN = "cca/token";

  private CcaTokenVerifier() {}

  /**
   * Verifies a token.
   *
   * @param token the collection of a platform token and a realm token
   * @param platformKey the initial attestation key of the platform
   * @param expectation what the token must show
   */
  public static Outcome verify(Bytes token, PublicKey platformKey, CcaExpectation expectation) {
    try {
      return judge(token, platformKey, expectation);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  /**
   * Checks a realm's claims that are written in JSON; nothing is proven of them.
   *
   * @return what is wrong; empty if nothing is
   */
  public static List<Finding> checkRealmJson(Bytes json) {
    try {
      Field map = new Field.InJson(Json.parse(json, CcaToken.MAX_BYTES, "the claims"));
      try {
        RealmClaims.readBare(map);
        return List.of();
      } catch (MalformedException e) {
        return List.of(schema(e));
      }
    } catch (MalformedException e) {
      return List.of(malformed("the claims cannot be read: " + e.words()));
    }
  }

  private static Outcome judge(Bytes bytes, PublicKey platformKey, CcaExpectation expectation) {
    CcaToken token;
    Field platformMap;
    Field realmMap;
    try {
      token = CcaToken.parse(bytes);
      platformMap = claims(token.platform());
      realmMap = claims(token.realm());
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the token cannot be read: " + e.words()));
    }
    PlatformClaims platform;
    RealmClaims realm;
    PublicKey realmKey;
    try {
      platform = PlatformClaims.read(platformMap);
      realm = RealmClaims.read(realmMap);
      realmKey = realm.key();
    } catch (MalformedException e) {
      return new Outcome.Refused(schema(e));
    }
    List<Finding> findings = new ArrayList<>();
    checkClaims(platform, realm, expectation, findings);
    if (findings.isEmpty()) {
      check(token.platform(), platformKey, "platform", findings);
      check(token.realm(), realmKey, "realm", findings);
    }
    return findings.isEmpty()
        ? new Outcome.Proven(claims(platform, realm), Optional.empty())
        : new Outcome.Refused(findings);
  }

  private static Field claims(CoseSign1 message) {
    Bytes payload =
        message.payload().orElseThrow(() -> new MalformedException("a token carries no claims"));
    return new Field.InCbor(Cbor.parse(payload, Cbor.Limits.of(CcaToken.MAX_BYTES), "the claims"));
  }

  private static void checkClaims(
      PlatformClaims platform,
      RealmClaims realm,
      CcaExpectation expectation,
      List<Finding> findings) {
    if (expectation.challenge().isPresent()
        && !expectation.challenge().get().equals(realm.challenge())) {
      findings.add(
          Finding.against(Reason.NONCE_UNKNOWN, "the realm token answers another challenge")
              .at("nonce")
              .remedy("Ask for a token with the challenge that was issued: 64 bytes."));
    }
    Optional<PcrBank> hash = HashAlgorithm.computed(realm.publicKeyHash());
    if (hash.filter(h -> h.hash(realm.publicKey()).equals(platform.challenge())).isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_SPLICE,
                  hash.isEmpty()
                      ? "the realm's key is bound by "
                          + realm.publicKeyHash()
                          + ", not computed here"
                      : "the platform token does not bind the key of the realm token beside it")
              .at("cca/platform/challenge")
              .expecting(hash.map(h -> h.hash(realm.publicKey()).hex()).orElse("sha-256"))
              .finding(platform.challenge().hex())
              .remedy("Send the two tokens that the realm was given together."));
    }
    LifecycleRule.check(platform.lifecycle(), expectation.lifecycles(), "cca/platform/lifecycle")
        .ifPresent(findings::add);
  }

  private static void check(CoseSign1 message, PublicKey key, String who, List<Finding> findings) {
    for (Finding finding : CoseSign1Verifier.check(message, key, CoseExpectation.STRICT)) {
      findings.add(finding.at("cca/" + who + "/signature"));
    }
  }

  private static List<Claim> claims(PlatformClaims platform, RealmClaims realm) {
    List<Claim> all = new ArrayList<>();
    all.add(new Claim.Word("cca/platform/profile", platform.profile()));
    all.add(new Claim.Measurement("cca/platform/implementation-id", platform.implementationId()));
    all.add(new Claim.Measurement("cca/platform/instance-id", platform.instanceId()));
    all.add(new Claim.Measurement("cca/platform/config", platform.config()));
    all.add(new Claim.Word("cca/platform/lifecycle", platform.lifecycle().name()));
    all.add(new Claim.Flag("tee/debug", platform.lifecycle().isDebug()));
    all.add(new Claim.Word("cca/platform/hash", platform.hash()));
    all.addAll(SoftwareComponent.claims("cca/platform/software/", platform.components()));
    all.add(new Claim.Measurement("cca/realm/initial-measurement", realm.initial()));
    for (int i = 0; i < realm.extensible().size(); i++) {
      all.add(
          new Claim.Measurement(
              "cca/realm/extensible-measurement/" + i, realm.extensible().get(i)));
    }
    all.add(new Claim.Measurement("cca/realm/personalization-value", realm.personalization()));
    all.add(new Claim.Word("cca/realm/hash", realm.hash()));
    all.add(new Claim.Measurement("cca/realm/public-key", realm.publicKey()));
    all.add(new Claim.BoundData(realm.challenge()));
    return all;
  }

  private static Finding schema(MalformedException e) {
    return Finding.against(
            Reason.EVIDENCE_SCHEMA, "the claims are not what their profile says: " + e.words())
        .at(TOKEN)
        .remedy("Send claims of the CCA platform and realm profiles.");
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at(TOKEN)
        .remedy("Send the token as the realm management monitor returned it.");
  }
}
