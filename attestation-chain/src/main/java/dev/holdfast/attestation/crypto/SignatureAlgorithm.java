package dev.holdfast.attestation.crypto;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/**
 * A way to sign, as certificates and revocation lists name it (RFC 5280, 4.1.1.2; RFC 4055; RFC
 * 5758; RFC 8410). SHA-1 has a place here so that a refusal can name it.
 */
public sealed interface SignatureAlgorithm {
  /** RSASSA-PKCS1-v1_5. */
  record RsaPkcs1(PcrBank hash) implements SignatureAlgorithm {}

  /**
   * RSASSA-PSS.
   *
   * @param hash of the message, and of the mask
   * @param saltLength bytes of the salt
   */
  record RsaPss(PcrBank hash, int saltLength) implements SignatureAlgorithm {
    private PSSParameterSpec parameters() {
      return new PSSParameterSpec(
          hash.javaName(),
          "MGF1",
          new MGF1ParameterSpec(hash.javaName()),
          saltLength,
          PSSParameterSpec.TRAILER_FIELD_BC);
    }
  }

  /** ECDSA whose r and s come in a SEQUENCE. */
  record Ecdsa(PcrBank hash) implements SignatureAlgorithm {}

  /** Ed25519. */
  record Ed25519() implements SignatureAlgorithm {}

  /** The algorithm of an identifier with its parameters; empty if it is none of these. */
  static Optional<SignatureAlgorithm> of(AlgorithmIdentifier identifier) {
    if (identifier.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return pss(identifier.getParameters()).map(SignatureAlgorithm.class::cast);
    }
    return Optional.ofNullable(Known.ALGORITHMS.get(identifier.getAlgorithm().getId()))
        .filter(
            known ->
                identifier.getParameters() == null
                    || (known instanceof RsaPkcs1
                        && DERNull.INSTANCE.equals(identifier.getParameters())));
  }

  /** Whether its hash is strong enough for signatures that anybody may have had made: not SHA-1. */
  default boolean isStrong() {
    return switch (this) {
      case RsaPkcs1(PcrBank hash) -> hash != PcrBank.SHA1;
      case RsaPss pss -> pss.hash() != PcrBank.SHA1;
      case Ecdsa(PcrBank hash) -> hash != PcrBank.SHA1;
      case Ed25519() -> true;
    };
  }

  /**
   * Whether the key signed the message so; false for a key of another kind, and for one that may
   * not sign so.
   */
  default boolean verify(PublicKey key, Bytes message, Bytes signature) {
    if (!isAllowedBy(key)) {
      return false;
    }
    return switch (this) {
      case RsaPkcs1(PcrBank hash) ->
          Signatures.verifyRsa(new Signatures.Signed(key, hash, message, signature));
      case RsaPss pss ->
          Signatures.verify(
              plain(key), message, signature, "RSASSA-PSS", Optional.of(pss.parameters()));
      case Ecdsa(PcrBank hash) ->
          Signatures.verify(
              key, message, signature, Signatures.name(hash) + "withECDSA", Optional.empty());
      case Ed25519() ->
          key.getAlgorithm().equals("Ed25519") && Signatures.verifyEdDsa(key, message, signature);
    };
  }

  /** A key for RSASSA-PSS signs nothing else, and as its parameters say (RFC 4055, 3.3). */
  private boolean isAllowedBy(PublicKey key) {
    AlgorithmIdentifier own = SubjectPublicKeyInfo.getInstance(key.getEncoded()).getAlgorithm();
    if (!own.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return true;
    }
    return this instanceof RsaPss used
        && (own.getParameters() == null
            || pss(own.getParameters())
                .filter(
                    least -> least.hash() == used.hash() && least.saltLength() <= used.saltLength())
                .isPresent());
  }

  /** The numbers of a key for RSASSA-PSS as any RSA key: not all providers take the former. */
  private static PublicKey plain(PublicKey key) {
    if (!(key instanceof RSAPublicKey rsa) || key.getAlgorithm().equals("RSA")) {
      return key;
    }
    try {
      return KeyFactory.getInstance("RSA", Signatures.parser())
          .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("an RSA key that is none", e);
    }
  }

  private static Optional<RsaPss> pss(@Nullable ASN1Encodable parameters) {
    try {
      return readPss(RSASSAPSSparams.getInstance(parameters));
    } catch (IllegalArgumentException | ArithmeticException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<RsaPss> readPss(@Nullable RSASSAPSSparams read) {
    if (read == null || read.getMaskGenAlgorithm().getParameters() == null) {
      return Optional.empty();
    }
    PcrBank hash = Known.HASHES.get(read.getHashAlgorithm().getAlgorithm().getId());
    if (hash == null) {
      return Optional.empty();
    }
    boolean mask =
        read.getMaskGenAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
            && AlgorithmIdentifier.getInstance(read.getMaskGenAlgorithm().getParameters())
                .getAlgorithm()
                .equals(read.getHashAlgorithm().getAlgorithm());
    int salt = read.getSaltLength().intValueExact();
    boolean known = mask && salt >= 0 && salt <= Known.SALT_MAX_BYTES;
    return known && read.getTrailerField().intValueExact() == 1
        ? Optional.of(new RsaPss(hash, salt))
        : Optional.empty();
  }

  /** The identifiers. */
  final class Known {
    private static final int SALT_MAX_BYTES = 512;

    private static final Map<String, PcrBank> HASHES =
        Map.of(
            OIWObjectIdentifiers.idSHA1.getId(), PcrBank.SHA1,
            NISTObjectIdentifiers.id_sha256.getId(), PcrBank.SHA256,
            NISTObjectIdentifiers.id_sha384.getId(), PcrBank.SHA384,
            NISTObjectIdentifiers.id_sha512.getId(), PcrBank.SHA512);

    private static final Map<String, SignatureAlgorithm> ALGORITHMS =
        Map.of(
            PKCSObjectIdentifiers.sha1WithRSAEncryption.getId(), new RsaPkcs1(PcrBank.SHA1),
            PKCSObjectIdentifiers.sha256WithRSAEncryption.getId(), new RsaPkcs1(PcrBank.SHA256),
            PKCSObjectIdentifiers.sha384WithRSAEncryption.getId(), new RsaPkcs1(PcrBank.SHA384),
            PKCSObjectIdentifiers.sha512WithRSAEncryption.getId(), new RsaPkcs1(PcrBank.SHA512),
            X9ObjectIdentifiers.ecdsa_with_SHA1.getId(), new Ecdsa(PcrBank.SHA1),
            X9ObjectIdentifiers.ecdsa_with_SHA256.getId(), new Ecdsa(PcrBank.SHA256),
            X9ObjectIdentifiers.ecdsa_with_SHA384.getId(), new Ecdsa(PcrBank.SHA384),
            X9ObjectIdentifiers.ecdsa_with_SHA512.getId(), new Ecdsa(PcrBank.SHA512),
            EdECObjectIdentifiers.id_Ed25519.getId(), new Ed25519());

    private Known() {}
  }
}
