package dev.holdfast.attestation.result;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Epoch;
import dev.holdfast.attestation.Hop;
import dev.holdfast.attestation.Link;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pathway;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustVector;
import dev.holdfast.attestation.Verdict;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Chains as signed results that anyone can verify offline: an EAR (draft-ietf-rats-ear) by ES256,
 * with one submodule for each link.
 *
 * <p>Claims of the whole, beside {@code eat_profile}, {@code ear.verifier-id}, {@code iat} and
 * {@code exp}: {@code holdfast.pathway}, the pathway's name; {@code holdfast.epoch}, 32 bytes;
 * {@code holdfast.verdict}, the verdict of the whole. Claims of a submodule, which is named {@code
 * hop-0}, {@code hop-1} and so on in pathway order, beside {@code ear.status}, {@code
 * ear.trustworthiness-vector} and {@code ear.appraisal-policy-id}: {@code holdfast.node}, the
 * node's name; {@code holdfast.role}, the role's number; {@code holdfast.evidence-digest}; {@code
 * holdfast.previous-digest}; {@code holdfast.digest}; {@code holdfast.expires}, seconds since 1970.
 * Bytes are base64url without padding.
 */
public final class AttestationResults {
  /** The profile of the claims that are not ours. */
  public static final String PROFILE = "tag:github.com,2023:veraison/ear";

  private static final String HOP = "hop-";

  private AttestationResults() {}

  /** What verifying a result came to. */
  public sealed interface Outcome {}

  /**
   * Signed, whole and valid at the time.
   *
   * @param result what it says
   */
  public record Trusted(AttestationResult result) implements Outcome {}

  /**
   * Not to be used.
   *
   * @param fault the class of what is wrong
   * @param words what is wrong
   */
  public record Rejected(Ear.Fault fault, String words) implements Outcome {}

  /**
   * Signs a chain, trusted or not.
   *
   * @param chain complete: one link for each hop
   * @param signer who signs
   * @param issuedAt the time of signing
   * @return a JWS in compact form
   * @throws IllegalArgumentException if a link is missing, or the key cannot sign by ES256
   */
  public static String sign(AttestationChain chain, ResultSigner signer, Instant issuedAt) {
    if (chain.links().size() != chain.pathway().hops().size()) {
      throw new IllegalArgumentException("only a chain with a link for each hop can be signed");
    }
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("eat_profile", PROFILE);
    claims.put("ear.verifier-id", Map.of("developer", signer.developer(), "build", signer.build()));
    claims.put("iat", issuedAt.getEpochSecond());
    claims.put("exp", chain.expiresAt().orElseThrow().getEpochSecond());
    claims.put("holdfast.pathway", chain.pathway().name().toString());
    claims.put("holdfast.epoch", base64(chain.epoch().value()));
    claims.put("holdfast.verdict", word(chain.verdict()));
    Map<String, Object> submodules = new LinkedHashMap<>();
    for (int i = 0; i < chain.links().size(); i++) {
      submodules.put(HOP + i, submodule(chain.links().get(i)));
    }
    claims.put("submods", submodules);
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(JOSEObjectType.JWT)
            .keyID(signer.keyId())
            .build();
    JWSObject jws = new JWSObject(header, new Payload(JSONObjectUtils.toJSONString(claims)));
    try {
      ECDSASigner es256 = new ECDSASigner(signer.privateKey(), Curve.P_256);
      signer.provider().ifPresent(provider -> es256.getJCAContext().setProvider(provider));
      jws.sign(es256);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the key cannot sign by ES256", e);
    }
    return jws.serialize();
  }

  private static Map<String, Object> submodule(Link link) {
    Appraisal appraisal = link.appraisal();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("ear.status", word(appraisal.verdict()));
    claims.put("ear.trustworthiness-vector", TrustVector.of(appraisal).named());
    claims.put("ear.appraisal-policy-id", appraisal.policy().toString());
    claims.put("holdfast.node", appraisal.node().toString());
    claims.put("holdfast.role", appraisal.role().number());
    claims.put("holdfast.evidence-digest", base64(appraisal.evidenceDigest()));
    claims.put("holdfast.previous-digest", base64(link.previousDigest()));
    claims.put("holdfast.digest", base64(link.digest()));
    claims.put("holdfast.expires", appraisal.expiresAt().getEpochSecond());
    return claims;
  }

  /**
   * Verifies a result offline, and computes every link again; never throws. A result that is
   * trusted may still say that the chain is contraindicated: look at its verdict.
   *
   * @param compact the JWS
   * @param key the signer's, known beforehand
   * @param at the time of use
   */
  public static Outcome verify(String compact, PublicKey key, Instant at) {
    return switch (Ear.verify(compact, key)) {
      case Ear.Rejected(Ear.Fault fault, String words) -> new Rejected(fault, words);
      case Ear.Genuine(Map<String, Object> claims) -> {
        try {
          yield check(read(claims), at);
        } catch (IllegalArgumentException e) {
          yield new Rejected(Ear.Fault.SCHEMA, "a claim is missing, or has another form");
        }
      }
    };
  }

  private record Stated(AttestationResult result, List<Map<String, Object>> submodules) {}

  private static Outcome check(Stated stated, Instant at) {
    AttestationResult result = stated.result();
    if (!at.isBefore(result.expiresAt()) || at.isBefore(result.issuedAt())) {
      return new Rejected(
          Ear.Fault.EXPIRED,
          "the result is valid from " + result.issuedAt() + " to " + result.expiresAt());
    }
    List<Hop> hops =
        result.links().stream().map(link -> new Hop(link.role(), link.node())).toList();
    if (!Pathway.check(result.pathway(), hops).isEmpty()) {
      return new Rejected(Ear.Fault.BINDING, "the links make no pathway");
    }
    Bytes previous = Link.root(result.epoch(), result.pathway());
    Verdict weakest = Verdict.AFFIRMING;
    Instant earliest = Instant.MAX;
    for (int i = 0; i < result.links().size(); i++) {
      Link.Content content = result.links().get(i);
      Map<String, Object> claims = stated.submodules().get(i);
      Bytes digest = Link.digestOf(previous, content);
      if (!bytes(claims, "holdfast.previous-digest").equals(previous)
          || !bytes(claims, "holdfast.digest").equals(digest)) {
        return new Rejected(Ear.Fault.BINDING, "link " + i + " does not bind the one before");
      }
      previous = digest;
      weakest = weakest.worse(content.verdict());
      earliest = earliest.isBefore(content.expiresAt()) ? earliest : content.expiresAt();
    }
    if (!weakest.atWorst(result.verdict()) || !earliest.equals(result.expiresAt())) {
      return new Rejected(
          Ear.Fault.BINDING, "the whole is better than its weakest link, or outlives one");
    }
    return new Trusted(result);
  }

  private static Stated read(Map<String, Object> claims) {
    if (!(claims.get("submods") instanceof Map<?, ?> submods)) {
      throw new IllegalArgumentException("submods");
    }
    List<Map<String, Object>> submodules = new ArrayList<>();
    List<Link.Content> links = new ArrayList<>();
    for (int i = 0; i < submods.size(); i++) {
      if (!(submods.get(HOP + i) instanceof Map<?, ?> submodule)) {
        throw new IllegalArgumentException(HOP + i);
      }
      Map<String, Object> named = new LinkedHashMap<>();
      submodule.forEach((name, value) -> named.put(String.valueOf(name), value));
      submodules.add(named);
      links.add(
          new Link.Content(
              role(number(named, "holdfast.role")),
              NodeName.parse(text(named, "holdfast.node")),
              bytes(named, "holdfast.evidence-digest"),
              PolicyName.parse(text(named, "ear.appraisal-policy-id")),
              verdict(text(named, "ear.status")),
              Instant.ofEpochSecond(number(named, "holdfast.expires"))));
    }
    AttestationResult result =
        new AttestationResult(
            PathwayName.parse(text(claims, "holdfast.pathway")),
            new Epoch(bytes(claims, "holdfast.epoch")),
            verdict(text(claims, "holdfast.verdict")),
            links,
            Instant.ofEpochSecond(number(claims, "iat")),
            Instant.ofEpochSecond(number(claims, "exp")),
            bytes(submodules.getLast(), "holdfast.digest"));
    return new Stated(result, submodules);
  }

  private static String text(Map<String, Object> claims, String name) {
    if (claims.get(name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(name);
  }

  private static long number(Map<String, Object> claims, String name) {
    // Seconds in the years that Instant and a date of four digits both know.
    if (claims.get(name) instanceof Long number && number >= 0 && number < 253_402_300_800L) {
      return number;
    }
    throw new IllegalArgumentException(name);
  }

  private static Bytes bytes(Map<String, Object> claims, String name) {
    Bytes bytes = Bytes.of(new Base64URL(text(claims, name)).decode());
    if (bytes.length() != 32) {
      throw new IllegalArgumentException(name);
    }
    return bytes;
  }

  private static Role role(long number) {
    for (Role role : Role.values()) {
      if (role.number() == number) {
        return role;
      }
    }
    throw new IllegalArgumentException("role");
  }

  private static Verdict verdict(String word) {
    for (Verdict verdict : Verdict.values()) {
      if (word(verdict).equals(word)) {
        return verdict;
      }
    }
    throw new IllegalArgumentException("verdict");
  }

  private static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  private static String base64(Bytes bytes) {
    return Base64URL.encode(bytes.toByteArray()).toString();
  }
}
