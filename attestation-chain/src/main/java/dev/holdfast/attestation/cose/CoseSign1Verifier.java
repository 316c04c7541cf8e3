package dev.holdfast.attestation.cose;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves that a key signed a COSE_Sign1 message (RFC 9052, 4.4), in stages from cheap to dear: its
 * structure, its header, its signature. Never throws, whatever the message.
 */
public final class CoseSign1Verifier {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 1024 * 1024;

  private static final String SIGNATURE = "cose/signature";
  private static final String ALGORITHM = "cose/alg";

  private CoseSign1Verifier() {}

  /** Verifies a message by itself. */
  public static Outcome verify(Bytes message, PublicKey key, CoseExpectation expectation) {
    try {
      CoseSign1 read = CoseSign1.parse(message, MAX_BYTES);
      List<Finding> findings = check(read, key, expectation);
      return findings.isEmpty()
          ? new Outcome.Proven(claims(read, expectation), Optional.empty())
          : new Outcome.Refused(findings);
    } catch (MalformedException e) {
      return new Outcome.Refused(malformed("the message cannot be read: " + e.words()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName()));
    }
  }

  private static List<Claim> claims(CoseSign1 message, CoseExpectation expectation) {
    List<Claim> claims = new ArrayList<>();
    algorithm(message).ifPresent(a -> claims.add(new Claim.Word(ALGORITHM, a.name())));
    Bytes payload = message.payload().or(expectation::detachedPayload).orElse(Bytes.EMPTY);
    claims.add(new Claim.Measurement("cose/payload/sha256", PcrBank.SHA256.hash(payload)));
    return claims;
  }

  /**
   * Checks header and signature of a message that was read; the verifiers of the formats within
   * COSE use it.
   *
   * @return why it is not believed; empty if it is
   */
  public static List<Finding> check(CoseSign1 message, PublicKey key, CoseExpectation expectation) {
    List<Finding> findings = new ArrayList<>();
    Optional<CoseAlgorithm> algorithm = algorithm(message);
    checkAlgorithm(message, algorithm, key, expectation, findings);
    checkCritical(message, expectation, findings);
    Optional<Bytes> payload = payload(message, expectation, findings);
    if (!findings.isEmpty() || payload.isEmpty() || algorithm.isEmpty()) {
      return List.copyOf(findings);
    }
    Bytes signed = message.signed(payload.get(), expectation.externalAad());
    if (!algorithm.get().verify(key, signed, message.signature())) {
      findings.add(
          Finding.against(Reason.SIGNATURE, "the key did not make the signature of the message")
              .at(SIGNATURE)
              .remedy("Use the key that belongs to the signer, and send the message unchanged."));
    }
    return List.copyOf(findings);
  }

  /** The algorithm that the protected header names, if it is one of this library's. */
  public static Optional<CoseAlgorithm> algorithm(CoseSign1 message) {
    return message
        .protectedHeader()
        .parameter(CoseHeader.ALG)
        .filter(alg -> alg.is(Cbor.Kind.INTEGER))
        .flatMap(alg -> CoseAlgorithm.ofNumber(alg.number("alg")));
  }

  private static void checkAlgorithm(
      CoseSign1 message,
      Optional<CoseAlgorithm> algorithm,
      PublicKey key,
      CoseExpectation expectation,
      List<Finding> findings) {
    Optional<Cbor> named = message.protectedHeader().parameter(CoseHeader.ALG);
    String wrong;
    if (named.isEmpty()) {
      wrong = "the protected header names no algorithm: what is not signed could be replaced";
    } else if (algorithm.isEmpty()) {
      wrong = "the message is signed by an algorithm that is not known";
    } else if (!expectation.algorithms().contains(algorithm.get())) {
      wrong = "the message is signed by " + algorithm.get() + ", which is not allowed";
    } else if (!algorithm.get().fits(key)) {
      wrong = algorithm.get() + " is not an algorithm of the key's kind and size";
    } else {
      return;
    }
    findings.add(
        Finding.against(Reason.TOKEN_ALG, wrong)
            .at(ALGORITHM)
            .expecting(
                expectation.algorithms().stream()
                    .filter(allowed -> allowed.fits(key))
                    .map(Enum::name)
                    .sorted()
                    .toList())
            .finding(algorithm.map(Enum::name).orElse(""))
            .remedy("Sign with an algorithm of the key, named in the protected header."));
  }

  private static void checkCritical(
      CoseSign1 message, CoseExpectation expectation, List<Finding> findings) {
    for (Cbor label : message.protectedHeader().critical()) {
      boolean known =
          label.is(Cbor.Kind.INTEGER) && expectation.understood().contains(label.number("crit"));
      if (!known) {
        findings.add(
            Finding.against(
                    Reason.FORMAT_UNSUPPORTED,
                    "the message demands that a header parameter be understood that is not")
                .at("cose/crit")
                .expecting(expectation.understood().stream().sorted().map(String::valueOf).toList())
                .finding(
                    label.is(Cbor.Kind.INTEGER)
                        ? Long.toString(label.number("crit"))
                        : label.text("crit"))
                .remedy("Sign without that parameter."));
      }
    }
  }

  private static Optional<Bytes> payload(
      CoseSign1 message, CoseExpectation expectation, List<Finding> findings) {
    Optional<Bytes> within = message.payload();
    Optional<Bytes> apart = expectation.detachedPayload();
    if (within.isEmpty() && apart.isEmpty()) {
      findings.add(malformed("the message carries no payload, and none was given beside it"));
    } else if (within.isPresent() && apart.isPresent() && !within.equals(apart)) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_DUPLICATE,
                  "the message carries a payload, and another was given beside it")
              .at("cose/payload")
              .remedy("Give a payload only where the message carries none."));
    }
    return within.or(() -> apart);
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, message)
        .at("cose")
        .remedy("Send the message as it was signed.");
  }
}
