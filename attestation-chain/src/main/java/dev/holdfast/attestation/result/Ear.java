package dev.holdfast.attestation.result;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;

/**
 * An EAT attestation result of any verifier (draft-ietf-rats-ear): a JWS by ES256 whose claims keep
 * to the schema. What private claims say is judged by who defined them.
 */
public final class Ear {
  /** Most characters of a result. */
  public static final int MAX_LENGTH = 256 * 1024;

  private static final Set<String> STATUSES =
      Set.of("none", "affirming", "warning", "contraindicated");

  private Ear() {}

  /** What reading a result came to. */
  public sealed interface Outcome {}

  /**
   * Signed by the key, and within the schema.
   *
   * @param claims the claims set
   */
  public record Genuine(Map<String, Object> claims) implements Outcome {}

  /**
   * Not to be used.
   *
   * @param fault the class of what is wrong
   * @param words what is wrong
   */
  public record Rejected(Fault fault, String words) implements Outcome {}

  /** Why a result is not to be used. */
  public enum Fault {
    /** It cannot be read. */
    MALFORMED,
    /** It is not by ES256, or the key is not for it. */
    ALGORITHM,
    /** The key did not sign it. */
    SIGNATURE,
    /** It lacks claims, or has some that its schema does not allow. */
    SCHEMA,
    /** It is over, or not yet begun. */
    EXPIRED,
    /** Its parts do not belong together. */
    BINDING
  }

  /** Verifies the signature and the schema; never throws. */
  public static Outcome verify(String compact, PublicKey key) {
    if (compact.length() > MAX_LENGTH) {
      return new Rejected(Fault.MALFORMED, "the result is longer than 256 KiB");
    }
    JWSObject jws;
    try {
      jws = JWSObject.parse(compact);
    } catch (ParseException | RuntimeException e) {
      // "none" is no algorithm of a JWS: the library refuses such a header here.
      boolean none = compact.startsWith("eyJ") && unsigned(compact);
      return none
          ? new Rejected(Fault.ALGORITHM, "the result is not signed")
          : new Rejected(Fault.MALFORMED, "the result is not a compact JWS");
    }
    JWSHeader header = jws.getHeader();
    if (!JWSAlgorithm.ES256.equals(header.getAlgorithm())) {
      return new Rejected(Fault.ALGORITHM, "the result is signed by another algorithm than ES256");
    }
    if (header.getJWK() != null
        || header.getJWKURL() != null
        || header.getX509CertURL() != null
        || header.getCriticalParams() != null
        || !header.isBase64URLEncodePayload()) {
      return new Rejected(
          Fault.MALFORMED, "the header brings a key of its own, or is not understood");
    }
    try {
      if (!(key instanceof ECPublicKey ec)) {
        return new Rejected(Fault.ALGORITHM, "the key is not an elliptic-curve key");
      }
      ECDSAVerifier verifier = new ECDSAVerifier(ec);
      verifier.getJCAContext().setProvider(Signatures.parser());
      if (!jws.verify(verifier)) {
        return new Rejected(Fault.SIGNATURE, "the key did not sign the result");
      }
    } catch (JOSEException | RuntimeException e) {
      return new Rejected(Fault.ALGORITHM, "the key is not a P-256 key");
    }
    return checkClaims(jws.getPayload().toString());
  }

  /** Checks a claims set that is not signed, or whose signature was verified already. */
  public static Outcome checkClaims(String json) {
    try {
      Map<String, Object> claims = JSONObjectUtils.parse(json, MAX_LENGTH);
      String wrong = wrong(claims);
      return wrong.isEmpty() ? new Genuine(claims) : new Rejected(Fault.SCHEMA, wrong);
    } catch (ParseException | RuntimeException e) {
      return new Rejected(Fault.MALFORMED, "the claims are not a JSON object");
    }
  }

  private static String wrong(Map<String, Object> claims) {
    if (!(claims.get("eat_profile") instanceof String)) {
      return "eat_profile is missing";
    }
    if (!(claims.get("ear.verifier-id") instanceof Map<?, ?> verifier)
        || !(verifier.get("developer") instanceof String)
        || !(verifier.get("build") instanceof String)) {
      return "ear.verifier-id is missing, or lacks developer or build";
    }
    if (!(claims.get("iat") instanceof Long)) {
      return "iat is missing";
    }
    if (!(claims.get("submods") instanceof Map<?, ?> submodules) || submodules.isEmpty()) {
      return "submods are missing";
    }
    for (Map.Entry<?, ?> entry : submodules.entrySet()) {
      if (!(entry.getValue() instanceof Map<?, ?> submodule)
          || !(submodule.get("ear.status") instanceof String status)
          || !STATUSES.contains(status)) {
        return "a submodule has no known ear.status";
      }
    }
    return "";
  }

  private static boolean unsigned(String compact) {
    try {
      com.nimbusds.jose.PlainObject.parse(compact);
      return true;
    } catch (ParseException | RuntimeException e) {
      return false;
    }
  }
}
