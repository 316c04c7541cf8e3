package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Epoch;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.Link;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verdict;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Chains as signed results that anyone can verify offline: an EAR (draft-ietf-rats-ear) by ES256,
 * as JWT or CWT, with one submodule for each link.
 *
 * <p>Claims of the whole, beside {@code eat_profile}, {@code ear.verifier-id}, {@code iat} and
 * {@code exp}: {@code holdfast.pathway} (-75001 in a CWT), the pathway's name; {@code
 * holdfast.epoch} (-75002), 32 bytes; {@code holdfast.verdict} (-75003), the verdict of the whole.
 * Claims of a submodule, which is named {@code hop-0}, {@code hop-1} and so on in pathway order,
 * beside {@code ear.status}, {@code ear.trustworthiness-vector} and {@code
 * ear.appraisal-policy-id}: {@code holdfast.node} (-75011), the node's name; {@code holdfast.role}
 * (-75012), the role's number; {@code holdfast.evidence-digest} (-75013); {@code
 * holdfast.previous-digest} (-75014); {@code holdfast.digest} (-75015); {@code holdfast.expires}
 * (-75016), seconds since 1970. Bytes are base64url without padding in a JWT.
 */
public final class AttestationResults {
  /** The profile of the claims that are not ours. */
  public static final String PROFILE = "tag:github.com,2023:veraison/ear";

  static final String HOP = "hop-";

  private AttestationResults() {}

  /** What verifying a result came to. */
  public sealed interface Outcome {}

  /**
   * Signed, whole and valid at the time. It may still say that the chain is contraindicated: look
   * at its verdict.
   *
   * @param result what it says
   */
  public record Trusted(AttestationResult result) implements Outcome {}

  /**
   * Not to be used.
   *
   * @param findings why: at least one, all of the stage that was reached
   */
  public record Rejected(List<Finding> findings) implements Outcome {
    /** Copies the list. */
    public Rejected {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a rejection says why");
      }
      findings = List.copyOf(findings);
    }
  }

  /** Signs a chain, trusted or not, for anyone: see {@link #signJwt}. */
  public static String sign(AttestationChain chain, ResultSigner signer, Instant issuedAt) {
    return signJwt(chain, signer, Recipient.ANYONE, issuedAt);
  }

  /**
   * Signs a chain, trusted or not, as a JWT.
   *
   * @param chain complete: one link for each hop
   * @param signer who signs
   * @param recipient whom the result is for
   * @param issuedAt the time of signing
   * @return a JWS in compact form
   * @throws IllegalArgumentException if a link is missing, or the key cannot sign by ES256
   */
  public static String signJwt(
      AttestationChain chain, ResultSigner signer, Recipient recipient, Instant issuedAt) {
    return ResultWriter.jwt(ResultWriter.claims(chain, signer, recipient, issuedAt), signer);
  }

  /**
   * Signs a chain, trusted or not, as a CWT.
   *
   * @param chain complete: one link for each hop
   * @param signer who signs
   * @param recipient whom the result is for
   * @param issuedAt the time of signing
   * @return a COSE_Sign1 message under tags 61 and 18
   * @throws IllegalArgumentException if a link is missing, or the key cannot sign by ES256
   */
  public static Bytes signCwt(
      AttestationChain chain, ResultSigner signer, Recipient recipient, Instant issuedAt) {
    return ResultWriter.cwt(ResultWriter.claims(chain, signer, recipient, issuedAt), signer);
  }

  /** Verifies a JWT for anyone, to the strictest: see {@link #verifyJwt}. */
  public static Outcome verify(String compact, PublicKey key, Instant at) {
    return verifyJwt(compact, key, EarExpectation.STRICT, at);
  }

  /**
   * Verifies a result offline, and computes every link again; never throws.
   *
   * @param compact the JWS
   * @param key the signer's, known beforehand
   * @param expectation what else is demanded
   * @param at the time of use
   */
  public static Outcome verifyJwt(
      String compact, PublicKey key, EarExpectation expectation, Instant at) {
    return verify(() -> EarVerifier.openJwt(compact, key, expectation), expectation, at);
  }

  /**
   * Verifies a result offline, and computes every link again; never throws.
   *
   * @param message the COSE_Sign1 message
   * @param key the signer's, known beforehand
   * @param expectation what else is demanded
   * @param at the time of use
   */
  public static Outcome verifyCwt(
      Bytes message, PublicKey key, EarExpectation expectation, Instant at) {
    return verify(() -> EarVerifier.openCwt(message, key, expectation), expectation, at);
  }

  private static Outcome verify(Supplier<JsonNode> opened, EarExpectation expectation, Instant at) {
    return EarVerifier.guarded(
        () -> {
          JsonNode claims = opened.get();
          Ear ear = ClaimsReader.ear(claims);
          Stated stated = read(ear, claims);
          List<Finding> findings = EarVerifier.judge(ear, expectation, at);
          if (findings.isEmpty()) {
            findings = check(stated);
          }
          return findings.isEmpty() ? new Trusted(stated.result()) : new Rejected(findings);
        },
        Rejected::new);
  }

  private record Bound(Bytes previous, Bytes digest) {}

  private record Stated(AttestationResult result, List<Bound> bounds) {}

  private static List<Finding> check(Stated stated) {
    AttestationResult result = stated.result();
    List<Hop> hops =
        result.links().stream().map(link -> new Hop(link.role(), link.node())).toList();
    if (!Pathway.check(result.pathway(), hops).isEmpty()) {
      return List.of(binding("submods", "the links make no pathway"));
    }
    List<Finding> findings = new ArrayList<>();
    Bytes previous = Link.root(result.epoch(), result.pathway());
    Verdict weakest = Verdict.AFFIRMING;
    Instant earliest = Instant.MAX;
    for (int i = 0; i < result.links().size(); i++) {
      Link.Content content = result.links().get(i);
      Bytes digest = Link.digestOf(previous, content);
      if (!stated.bounds().get(i).equals(new Bound(previous, digest))) {
        findings.add(binding(HOP + i, "link " + i + " does not bind the one before"));
      }
      previous = digest;
      weakest = weakest.worse(content.verdict());
      earliest = earliest.isBefore(content.expiresAt()) ? earliest : content.expiresAt();
    }
    if (!weakest.atWorst(result.verdict())) {
      findings.add(
          binding("holdfast.verdict", "the whole is better than its weakest link")
              .expecting(ResultWriter.word(weakest))
              .finding(ResultWriter.word(result.verdict())));
    }
    if (!earliest.equals(result.expiresAt())) {
      findings.add(
          binding("exp", "the whole does not end with its first link")
              .expecting(earliest.toString())
              .finding(result.expiresAt().toString()));
    }
    return findings;
  }

  private static Finding binding(String claim, String message) {
    return Finding.against(Reason.RESULT_BINDING, message)
        .at(claim)
        .remedy("Ask the verifier for a new result of the pathway.");
  }

  private static Stated read(Ear ear, JsonNode claims) {
    List<Bound> bounds = new ArrayList<>();
    List<Link.Content> links = new ArrayList<>();
    try {
      for (int i = 0; i < ear.submodules().size(); i++) {
        JsonNode submodule = claims.path("submods").path(HOP + i);
        if (submodule.isMissingNode()) {
          throw ResultException.schema("there is no submodule " + HOP + i);
        }
        bounds.add(
            new Bound(
                digest(submodule, "holdfast.previous-digest"),
                digest(submodule, "holdfast.digest")));
        links.add(
            new Link.Content(
                role(ClaimsReader.number(submodule, "holdfast.role")),
                NodeName.parse(ClaimsReader.text(submodule, "holdfast.node")),
                digest(submodule, "holdfast.evidence-digest"),
                PolicyName.parse(ClaimsReader.text(submodule, "ear.appraisal-policy-id")),
                verdict(ClaimsReader.text(submodule, "ear.status")),
                time(submodule, "holdfast.expires")));
      }
      AttestationResult result =
          new AttestationResult(
              PathwayName.parse(ClaimsReader.text(claims, "holdfast.pathway")),
              new Epoch(digest(claims, "holdfast.epoch")),
              verdict(ClaimsReader.text(claims, "holdfast.verdict")),
              links,
              ear.issuedAt(),
              // Without an end it is refused for that, or, where one is optional, for its links'.
              ear.expiresAt().orElse(Instant.MAX),
              bounds.getLast().digest());
      return new Stated(result, bounds);
    } catch (IllegalArgumentException e) {
      throw ResultException.schema("a name of the chain has another form than names have");
    }
  }

  private static Instant time(JsonNode claims, String name) {
    return ClaimsReader.time(claims, name)
        .orElseThrow(() -> ResultException.schema(name + " is missing"));
  }

  private static Bytes digest(JsonNode claims, String name) {
    Bytes bytes = ClaimsReader.bytes(claims, name);
    if (bytes.length() != Sha256.LENGTH) {
      throw ResultException.schema(name + " has not 32 bytes");
    }
    return bytes;
  }

  private static Role role(long number) {
    for (Role role : Role.values()) {
      if (role.number() == number) {
        return role;
      }
    }
    throw ResultException.schema("there is no role " + number);
  }

  private static Verdict verdict(String word) {
    for (Verdict verdict : Verdict.values()) {
      if (ResultWriter.word(verdict).equals(word)) {
        return verdict;
      }
    }
    throw ResultException.schema("there is no verdict of that name");
  }
}
