package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseSign1;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;

/** Writes results of another verifier, good and bad, and signs them with keys of its own. */
public final class PaperEar {
  public static final KeyPair KEY = pair("secp256r1");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private PaperEar() {}

  public static KeyPair pair(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A good set of claims, to be altered. */
  public static ObjectNode claims() {
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("eat_profile", "tag:example.com,2026:ear");
    claims.putObject("ear.verifier-id").put("developer", "Acme").put("build", "7");
    claims.put("iat", NOW.getEpochSecond());
    claims.put("exp", NOW.plusSeconds(60).getEpochSecond());
    ObjectNode submodule = claims.putObject("submods").putObject("cpu");
    submodule.put("ear.status", "warning");
    submodule.putObject("ear.trustworthiness-vector").put("hardware", 2).put("executables", 32);
    submodule.put("ear.appraisal-policy-id", "policy://1");
    submodule.put("private", true);
    return claims;
  }

  public static Bytes json(JsonNode claims) {
    return Bytes.utf8(claims.toString());
  }

  /** A JWT with a header of any kind. */
  public static String jwt(String header, Bytes claims, String algorithm, KeyPair key, int length) {
    String signed = CompactJws.encode(Bytes.utf8(header)) + "." + CompactJws.encode(claims);
    return signed + "." + CompactJws.encode(sign(Bytes.utf8(signed), algorithm, key, length));
  }

  public static String jwt(JsonNode claims) {
    return jwt("{\"alg\":\"ES256\"}", json(claims), "SHA256withECDSA", KEY, 64);
  }

  /** A map of numbers or texts, and values, in turn. */
  public static CBORObject map(Object... parts) {
    CBORObject map = CBORObject.NewOrderedMap();
    for (int i = 0; i < parts.length; i += 2) {
      map.Add(parts[i], parts[i + 1]);
    }
    return map;
  }

  /** The same claims as {@link #claims} in CBOR, written with the numbers of the draft. */
  public static CBORObject cbor() {
    CBORObject submodule =
        map(1000, 32, 1001, map(4, 2, 2, 32), 1003, "policy://1", "private", true);
    return map(
        265, "tag:example.com,2026:ear",
        1004, map(0, "Acme", 1, "7"),
        6, NOW.getEpochSecond(),
        4, NOW.plusSeconds(60).getEpochSecond(),
        266, map("cpu", submodule));
  }

  public static Bytes cwt(CBORObject claims) {
    return cwt(map(1, -7), Bytes.of(claims.EncodeToBytes()));
  }

  public static Bytes cwt(CBORObject header, Bytes payload) {
    Bytes protectedBytes = Bytes.of(header.EncodeToBytes());
    Bytes signed = CoseSign1.signatureStructure(protectedBytes, payload, Bytes.EMPTY);
    return Bytes.of(
        CBORObject.NewArray()
            .Add(protectedBytes.toByteArray())
            .Add(CBORObject.NewMap())
            .Add(payload.toByteArray())
            .Add(sign(signed, "SHA256withECDSA", KEY, 64).toByteArray())
            .WithTag(18)
            .EncodeToBytes());
  }

  private static Bytes sign(Bytes message, String algorithm, KeyPair key, int length) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key.getPrivate());
      signature.update(message.toByteArray());
      return Bytes.of(ECDSA.transcodeSignatureToConcat(signature.sign(), length));
    } catch (GeneralSecurityException | JOSEException e) {
      throw new IllegalStateException(e);
    }
  }
}
