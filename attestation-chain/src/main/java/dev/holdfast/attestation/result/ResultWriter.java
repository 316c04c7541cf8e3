package dev.holdfast.attestation.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.AttestationChain;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Link;
import dev.holdfast.attestation.TrustVector;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.CoseHeader;
import dev.holdfast.attestation.cose.CoseSign1;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Signature;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Writes chains as claims, and signs claims as JWT and as CWT, both by ES256. */
final class ResultWriter {
  private static final int SIGNATURE_LENGTH = 64;
  private static final int CWT = 61;

  private ResultWriter() {}

  static ObjectNode claims(
      AttestationChain chain, ResultSigner signer, Recipient recipient, Instant issuedAt) {
    if (chain.links().size() != chain.pathway().hops().size()) {
      throw new IllegalArgumentException("only a chain with a link for each hop can be signed");
    }
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("eat_profile", AttestationResults.PROFILE);
    claims
        .putObject("ear.verifier-id")
        .put("developer", signer.developer())
        .put("build", signer.build());
    claims.put("iat", issuedAt.getEpochSecond());
    claims.put("exp", chain.expiresAt().orElseThrow().getEpochSecond());
    recipient.audience().ifPresent(who -> claims.put("aud", who));
    recipient.nonce().ifPresent(nonce -> put(claims, "eat_nonce", nonce));
    claims.put("holdfast.pathway", chain.pathway().name().toString());
    put(claims, "holdfast.epoch", chain.epoch().value());
    claims.put("holdfast.verdict", word(chain.verdict()));
    ObjectNode submodules = claims.putObject("submods");
    for (int i = 0; i < chain.links().size(); i++) {
      submodules.set(AttestationResults.HOP + i, submodule(chain.links().get(i)));
    }
    return claims;
  }

  private static ObjectNode submodule(Link link) {
    Appraisal appraisal = link.appraisal();
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("ear.status", word(appraisal.verdict()));
    ObjectNode vector = claims.putObject("ear.trustworthiness-vector");
    TrustVector.of(appraisal).named().forEach(vector::put);
    claims.put("ear.appraisal-policy-id", appraisal.policy().toString());
    claims.put("holdfast.node", appraisal.node().toString());
    claims.put("holdfast.role", appraisal.role().number());
    put(claims, "holdfast.evidence-digest", appraisal.evidenceDigest());
    put(claims, "holdfast.previous-digest", link.previousDigest());
    put(claims, "holdfast.digest", link.digest());
    claims.put("holdfast.expires", appraisal.expiresAt().getEpochSecond());
    return claims;
  }

  private static void put(ObjectNode claims, String name, Bytes value) {
    claims.put(name, value.toByteArray());
  }

  static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  /** A JWS in compact form (RFC 7515, section 7.1). */
  static String jwt(JsonNode claims, ResultSigner signer) {
    return jws("JWT", Bytes.utf8(ClaimLabels.json(claims).toString()), signer);
  }

  /** Any payload as a JWS in compact form, of a type that the header tells. */
  static String jws(String type, Bytes payload, ResultSigner signer) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    header.put("alg", "ES256").put("typ", type).put("kid", signer.keyId());
    String signed =
        CompactJws.encode(Bytes.utf8(header.toString())) + "." + CompactJws.encode(payload);
    return signed + "." + CompactJws.encode(es256(Bytes.utf8(signed), signer));
  }

  /** A COSE_Sign1 message under the tags of both (RFC 8392, section 7.1). */
  static Bytes cwt(JsonNode claims, ResultSigner signer) {
    CBORObject header = CBORObject.NewOrderedMap();
    header.Add(CBORObject.FromObject(CoseHeader.ALG), CoseAlgorithm.ES256.number());
    header.Add(CBORObject.FromObject(CoseHeader.KID), Bytes.utf8(signer.keyId()).toByteArray());
    Bytes protectedBytes = Bytes.of(header.EncodeToBytes());
    Bytes payload = Bytes.of(ClaimLabels.WHOLE.map(claims).EncodeToBytes());
    Bytes signature =
        es256(CoseSign1.signatureStructure(protectedBytes, payload, Bytes.EMPTY), signer);
    return Bytes.of(
        CBORObject.NewArray()
            .Add(protectedBytes.toByteArray())
            .Add(CBORObject.NewMap())
            .Add(payload.toByteArray())
            .Add(signature.toByteArray())
            .WithTag((int) CoseSign1.TAG)
            .WithTag(CWT)
            .EncodeToBytes());
  }

  /** r and s one after the other, as both forms have them; tokens only know the DER form. */
  private static Bytes es256(Bytes message, ResultSigner signer) {
    try {
      Optional<Provider> provider = signer.provider();
      Signature signature =
          provider.isPresent()
              ? Signature.getInstance("SHA256withECDSA", provider.get())
              : Signature.getInstance("SHA256withECDSA");
      signature.initSign(signer.privateKey());
      signature.update(message.asByteBuffer());
      return Bytes.of(ECDSA.transcodeSignatureToConcat(signature.sign(), SIGNATURE_LENGTH));
    } catch (GeneralSecurityException | JOSEException e) {
      throw new IllegalArgumentException("the key cannot sign by ES256", e);
    }
  }
}
