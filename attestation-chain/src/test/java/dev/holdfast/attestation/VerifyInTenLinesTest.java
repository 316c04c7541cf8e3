package dev.holdfast.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.reference.CorimVerifier;
import dev.holdfast.attestation.reference.Environment;
import dev.holdfast.attestation.reference.Identifier;
import dev.holdfast.attestation.reference.PaperCorim;
import dev.holdfast.attestation.reference.ReferenceSet;
import dev.holdfast.attestation.result.AttestationResult;
import dev.holdfast.attestation.result.AttestationResults;
import dev.holdfast.attestation.result.EarExpectation;
import dev.holdfast.attestation.result.PaperEar;
import dev.holdfast.attestation.result.Recipient;
import dev.holdfast.attestation.result.ResultSigner;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.PaperTpm;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of the page "verify in ten lines": what stands there stands here, and works. */
class VerifyInTenLinesTest {
  private static final Path ROOT = Path.of(System.getProperty("holdfast.root", "."));
  private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
  private static final List<String> PAGES =
      List.of("verify-in-ten-lines.md", "formats/corim.md", "formats/ear.md");

  static List<Claim> proveQuote(Bytes akPublic, Evidence.Tpm2Quote quote, Bytes nonce) {
    if (!(AttestationKey.judge(akPublic) instanceof AttestationKey.Accepted(AttestationKey key))) {
      throw new SecurityException("the key could sign what its TPM did not make");
    }
    Tpm2Expectation expectation =
        Tpm2Expectation.of(key, List.of(PcrSelection.of(PcrBank.SHA256, 0, 4, 7)));
    return switch (Tpm2QuoteVerifier.verifyQuote(quote, nonce, expectation)) {
      case Outcome.Proven proven -> proven.claims();
      case Outcome.Refused refused -> throw new SecurityException(refused.findings().toString());
    };
  }

  static AttestationResult trustedPathway(String jwt, Bytes verifierKey, Instant now) {
    EarExpectation expectation =
        EarExpectation.STRICT.withAudience("billing").withClockSkewMax(Duration.ofSeconds(30));
    return switch (AttestationResults.verifyJwt(
        jwt, PublicKeys.parse(verifierKey), expectation, now)) {
      case AttestationResults.Trusted(AttestationResult result)
          when result.verdict() == Verdict.AFFIRMING ->
          result;
      case AttestationResults.Trusted(AttestationResult result) ->
          throw new SecurityException("the pathway is " + result.verdict());
      case AttestationResults.Rejected rejected ->
          throw new SecurityException(rejected.findings().toString());
    };
  }

  static AttestationResult trustedPathway(Bytes cwt, Bytes verifierKey, Instant now) {
    EarExpectation expectation = EarExpectation.STRICT.withAudience("billing");
    return switch (AttestationResults.verifyCwt(
        cwt, PublicKeys.parse(verifierKey), expectation, now)) {
      case AttestationResults.Trusted(AttestationResult result) -> result;
      case AttestationResults.Rejected rejected ->
          throw new SecurityException(rejected.findings().toString());
    };
  }

  static Map<String, Set<Bytes>> goodValues(Bytes manifest, Bytes publisherKey, Instant now) {
    Environment part = Environment.ofClass(new Identifier.Opaque(Bytes.fromHex("01".repeat(32))));
    return switch (CorimVerifier.signed(manifest, List.of(PublicKeys.parse(publisherKey)), now)) {
      case CorimVerifier.Accepted accepted -> ReferenceSet.of(List.of(accepted)).measurements(part);
      case CorimVerifier.Refused refused ->
          throw new SecurityException(refused.findings().toString());
    };
  }

  @Test
  void aQuoteIsProven() {
    PaperTpm tpm = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
    Bytes nonce = Sha256.of("a nonce");
    Evidence.Tpm2Quote quote =
        tpm.evidence(tpm.quote(nonce, PcrSelection.of(PcrBank.SHA256, 0, 4, 7)));
    List<String> names =
        proveQuote(tpm.key().encoded(), quote, nonce).stream().map(Claim::name).toList();
    assertTrue(names.contains("pcr/sha256/7"), names.toString());
    Bytes other = Sha256.of("another nonce");
    assertThrows(SecurityException.class, () -> proveQuote(tpm.key().encoded(), quote, other));
  }

  @Test
  void aChainIsVerifiedOffline() {
    ResultSigner signer =
        new ResultSigner(
            "holdfast.dev", "test", "key-1", PaperEar.KEY.getPrivate(), Optional.empty());
    Bytes key = Bytes.of(PaperEar.KEY.getPublic().getEncoded());
    AttestationChain chain = Samples.chain(Samples.appraisals());
    Recipient billing = new Recipient(Optional.of("billing"), Optional.empty());
    String jwt = AttestationResults.signJwt(chain, signer, billing, Samples.NOW);
    Bytes cwt = AttestationResults.signCwt(chain, signer, billing, Samples.NOW);
    assertEquals(Samples.NAME, trustedPathway(jwt, key, Samples.NOW).pathway());
    assertEquals(Samples.NAME, trustedPathway(cwt, key, Samples.NOW).pathway());
    String anyones = AttestationResults.sign(chain, signer, Samples.NOW);
    assertThrows(SecurityException.class, () -> trustedPathway(anyones, key, Samples.NOW));
    Instant late = chain.expiresAt().orElseThrow();
    assertThrows(SecurityException.class, () -> trustedPathway(cwt, key, late));
  }

  @Test
  void aManifestGivesItsGoodValues() {
    Bytes manifest =
        PaperCorim.signed(
            PaperCorim.corim(
                "id",
                PaperCorim.tag(
                    PaperCorim.comid(
                        "t",
                        PaperCorim.references(
                            PaperCorim.array(
                                PaperCorim.part(1),
                                PaperCorim.array(
                                    PaperCorim.measured(
                                        "snp/measurement",
                                        2,
                                        PaperCorim.array(PaperCorim.sha256(7))))))))));
    Bytes key = Bytes.of(PaperCorim.KEY.getPublic().getEncoded());
    assertEquals(
        Map.of("snp/measurement", Set.of(PaperCorim.bytes(32, 7))),
        goodValues(manifest, key, PaperCorim.NOW));
    Bytes other = Bytes.of(PaperCorim.OTHER_KEY.getPublic().getEncoded());
    assertThrows(SecurityException.class, () -> goodValues(manifest, other, PaperCorim.NOW));
    assertInstanceOf(
        CorimVerifier.Refused.class, CorimVerifier.signed(manifest, List.of(), PaperCorim.NOW));
  }

  @Test
  void whatStandsOnThePagesStandsHere() throws IOException {
    String source =
        Files.readString(
            ROOT.resolve(
                "attestation-chain/src/test/java/dev/holdfast/attestation/"
                    + "VerifyInTenLinesTest.java"));
    for (String page : PAGES) {
      List<String> blocks =
          BLOCK
              .matcher(Files.readString(ROOT.resolve("ops/docs").resolve(page)))
              .results()
              .map((MatchResult result) -> result.group(1).indent(2))
              .toList();
      assertTrue(!blocks.isEmpty(), page + " has no example");
      for (String block : blocks) {
        assertTrue(source.contains(block), page + " shows what this test does not run:\n" + block);
      }
    }
  }
}
