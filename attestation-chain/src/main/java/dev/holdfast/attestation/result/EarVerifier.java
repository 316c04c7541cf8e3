package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Verifies attestation results of any verifier (draft-ietf-rats-ear) offline, as JWT (RFC 7519) and
 * as CWT (RFC 8392), in stages from cheap to dear: the envelope and its algorithm, the signature,
 * the claims, the times and whom it is for. Never throws, whatever the input.
 */
public final class EarVerifier {
  /** Most bytes, or characters, of a result. */
  public static final int MAX_LENGTH = 256 * 1024;

  private static final long CWT = 61;

  private EarVerifier() {}

  /** What verifying a result came to. */
  public sealed interface Result permits Genuine, Refused {}

  /** What reading claims came to. */
  public sealed interface Reading permits Legible, Refused {}

  /**
   * Signed by the key, within the schema, in time, and meant for whom it was given to. It may still
   * say that the attester is contraindicated: look at its submodules.
   *
   * @param ear what it says
   */
  public record Genuine(Ear ear) implements Result {}

  /**
   * The claims keep to their schema; nobody vouches for them.
   *
   * @param ear what they say
   */
  public record Legible(Ear ear) implements Reading {}

  /**
   * Not to be used.
   *
   * @param findings why: at least one, all of the stage that was reached
   */
  public record Refused(List<Finding> findings) implements Result, Reading {
    /** Copies the list. */
    public Refused {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a refusal says why");
      }
      findings = List.copyOf(findings);
    }
  }

  /**
   * Verifies a result in the form of a JWT.
   *
   * @param compact a JWS in compact form
   * @param key the signer's, known beforehand
   * @param expectation what else is demanded
   * @param at the time of use
   */
  public static Result jwt(String compact, PublicKey key, EarExpectation expectation, Instant at) {
    return guarded(() -> check(openJwt(compact, key, expectation), expectation, at), Refused::new);
  }

  /**
   * Verifies a result in the form of a CWT.
   *
   * @param message a COSE_Sign1 message, under tag 61, 18 or both
   * @param key the signer's, known beforehand
   * @param expectation what else is demanded
   * @param at the time of use
   */
  public static Result cwt(Bytes message, PublicKey key, EarExpectation expectation, Instant at) {
    return guarded(() -> check(openCwt(message, key, expectation), expectation, at), Refused::new);
  }

  /** Reads claims in JSON that nobody signed, or whose signature was verified already. */
  public static Reading jsonClaims(Bytes json) {
    return guarded(() -> new Legible(ClaimsReader.ear(parse(json))), Refused::new);
  }

  /** Reads claims in CBOR that nobody signed, or whose signature was verified already. */
  public static Reading cborClaims(Bytes cbor) {
    return guarded(() -> new Legible(ClaimsReader.ear(tree(cbor))), Refused::new);
  }

  /** The algorithm of a name as a JWT has it (RFC 7518, section 3.1), if it is of this library. */
  public static Optional<CoseAlgorithm> algorithm(String name) {
    return CompactJws.algorithm(name);
  }

  /** The claims of a JWT that the key signed; nothing of them is judged yet. */
  static JsonNode openJwt(String compact, PublicKey key, EarExpectation expectation) {
    if (compact.length() > MAX_LENGTH) {
      throw ResultException.malformed("the result is longer than 256 KiB");
    }
    CompactJws jws = CompactJws.parse(compact);
    CoseAlgorithm algorithm =
        jws.algorithm()
            .filter(expectation.algorithms()::contains)
            .orElseThrow(
                () ->
                    new ResultException(
                        Reason.TOKEN_ALG,
                        "the result is signed by an algorithm that is not allowed"));
    if (!algorithm.fits(key)) {
      throw new ResultException(
          Reason.TOKEN_ALG, algorithm + " is not an algorithm of the key's kind and size");
    }
    if (!algorithm.verify(key, jws.signed(), jws.signature())) {
      throw new ResultException(Reason.SIGNATURE, "the key did not sign the result");
    }
    return parse(jws.payload());
  }

  /** The claims of a CWT that the key signed; nothing of them is judged yet. */
  static JsonNode openCwt(Bytes message, PublicKey key, EarExpectation expectation) {
    CoseSign1 read;
    try {
      Cbor item = Cbor.parse(message, Cbor.Limits.of(MAX_LENGTH), "the result");
      read = CoseSign1.read(item.hasTag(CWT) ? item.content() : item);
    } catch (MalformedException e) {
      throw ResultException.malformed(e.words());
    }
    List<Finding> wrong =
        CoseSign1Verifier.check(
            read, key, CoseExpectation.STRICT.withAlgorithms(expectation.algorithms()));
    if (!wrong.isEmpty()) {
      throw new ResultException(wrong.getFirst().reason(), wrong.getFirst().message());
    }
    return tree(read.payload().orElseThrow(() -> ResultException.malformed("the result is empty")));
  }

  private static JsonNode parse(Bytes json) {
    try {
      return Json.parse(json, MAX_LENGTH, "the claims");
    } catch (MalformedException e) {
      throw ResultException.malformed(e.words());
    }
  }

  private static JsonNode tree(Bytes cbor) {
    Cbor item;
    try {
      item = Cbor.parse(cbor, Cbor.Limits.of(MAX_LENGTH), "the claims");
    } catch (MalformedException e) {
      throw ResultException.malformed(e.words());
    }
    try {
      return ClaimLabels.WHOLE.tree(item);
    } catch (MalformedException e) {
      throw ResultException.schema(e.words());
    }
  }

  private static Result check(JsonNode claims, EarExpectation expectation, Instant at) {
    Ear ear = ClaimsReader.ear(claims);
    List<Finding> findings = judge(ear, expectation, at);
    return findings.isEmpty() ? new Genuine(ear) : new Refused(findings);
  }

  /** Times, audience and nonce: everything that is wrong with them. */
  static List<Finding> judge(Ear ear, EarExpectation expectation, Instant at) {
    List<Finding> findings = new ArrayList<>();
    Instant latest = at.plus(expectation.clockSkewMax());
    if (ear.issuedAt().isAfter(latest)) {
      findings.add(
          late("iat", "the result comes from the future", "at most " + latest, ear.issuedAt()));
    }
    if (ear.notBefore().filter(latest::isBefore).isPresent()) {
      findings.add(
          late("nbf", "the result is not valid yet", "at most " + latest, ear.notBefore().get()));
    }
    if (ear.expiresAt().isEmpty() && expectation.expiryRequired()) {
      findings.add(
          Finding.against(Reason.TOKEN_EXPIRED, "the result does not say when it ends")
              .at("exp")
              .remedy("Have results signed with an end."));
    }
    if (ear.expiresAt().filter(end -> !at.isBefore(end)).isPresent()) {
      findings.add(late("exp", "the result is over", "after " + at, ear.expiresAt().get()));
    }
    boolean meant =
        expectation.audience().map(ear.audience()::contains).orElse(ear.audience().isEmpty());
    if (!meant) {
      findings.add(
          Finding.against(Reason.TOKEN_AUDIENCE, "the result is not meant for who uses it")
              .at("aud")
              .expecting(expectation.audience().orElse("none"))
              .finding(String.join(" ", ear.audience()))
              .remedy("Ask the verifier for a result of one's own."));
    }
    expectation
        .nonce()
        .filter(nonce -> forms(nonce).stream().noneMatch(ear.nonces()::contains))
        .ifPresent(
            _ ->
                findings.add(
                    Finding.against(
                            ear.nonces().isEmpty() ? Reason.NONCE_MISSING : Reason.NONCE_UNKNOWN,
                            "the result does not echo the nonce")
                        .at("eat_nonce")
                        .remedy("Ask the verifier for a new result.")));
    return findings;
  }

  private static Finding late(String claim, String message, String expected, Instant found) {
    return Finding.against(Reason.TOKEN_EXPIRED, message)
        .at(claim)
        .expecting(expected)
        .finding(found.toString())
        .remedy("Ask the verifier for a new result, and check the clocks.");
  }

  /** The forms that verifiers give a nonce in JSON; a CWT's bytes are read as the first. */
  private static List<String> forms(Bytes nonce) {
    return List.of(
        CompactJws.encode(nonce), Base64.getEncoder().encodeToString(nonce.toByteArray()));
  }

  static <T> T guarded(Supplier<? extends T> judgement, Function<List<Finding>, T> refused) {
    try {
      return judgement.get();
    } catch (ResultException e) {
      return refused.apply(List.of(e.finding()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return refused.apply(
          List.of(
              Finding.against(
                      Reason.TOKEN_MALFORMED,
                      "verifying the result failed with " + e.getClass().getSimpleName())
                  .remedy("Report the result: no input should do this.")));
    }
  }
}
