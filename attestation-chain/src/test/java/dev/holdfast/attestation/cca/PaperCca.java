package dev.holdfast.attestation.cca;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.PaperCose;
import dev.holdfast.attestation.psa.PaperPsa;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;

/** A realm on paper, and the platform beneath it. */
public final class PaperCca {
  public static final Bytes CHALLENGE = PaperPsa.filled(64, 6);

  private final PaperCose platform = PaperCose.of(CoseAlgorithm.ES256);
  private final PaperCose realm = PaperCose.of(CoseAlgorithm.ES384);

  /** The platform's key. */
  public PublicKey key() {
    return platform.pair().getPublic();
  }

  private byte[] coordinate(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] padded = new byte[48];
    int from = Math.max(0, bytes.length - 48);
    System.arraycopy(bytes, from, padded, 48 - (bytes.length - from), bytes.length - from);
    return padded;
  }

  /** The realm's key as a COSE_Key. */
  public Bytes coseKey() {
    ECPublicKey key = (ECPublicKey) realm.pair().getPublic();
    return Bytes.of(
        CBORObject.NewMap()
            .Add(1, 2)
            .Add(-1, 2)
            .Add(-2, coordinate(key.getW().getAffineX()))
            .Add(-3, coordinate(key.getW().getAffineY()))
            .EncodeToBytes());
  }

  /** The realm's key as a raw point. */
  public Bytes rawKey() {
    ECPublicKey key = (ECPublicKey) realm.pair().getPublic();
    return Bytes.concat(
        Bytes.of((byte) 4),
        Bytes.of(coordinate(key.getW().getAffineX())),
        Bytes.of(coordinate(key.getW().getAffineY())));
  }

  /** Good claims of a platform that binds that key. */
  public static CBORObject platformClaims(Bytes realmKey) {
    return CBORObject.NewMap()
        .Add(265, "tag:arm.com,2023:cca_platform#1.0.0")
        .Add(10, PcrBank.SHA256.hash(realmKey).toByteArray())
        .Add(2396, PaperPsa.filled(32, 1).toByteArray())
        .Add(256, PaperPsa.instance().toByteArray())
        .Add(2401, new byte[] {1, 2, 3})
        .Add(2395, 0x3000)
        .Add(2399, PaperPsa.components())
        .Add(2400, "https://verifier.example")
        .Add(2402, "sha-256");
  }

  /** Good claims of a realm; its profile is named where its key is a COSE_Key. */
  public CBORObject realmClaims(Bytes key) {
    CBORObject claims =
        CBORObject.NewMap()
            .Add(10, CHALLENGE.toByteArray())
            .Add(44235, PaperPsa.filled(64, 2).toByteArray())
            .Add(44238, PaperPsa.filled(32, 3).toByteArray())
            .Add(44236, "sha-256")
            .Add(44237, key.toByteArray())
            .Add(44240, "sha-256");
    CBORObject extensible = CBORObject.NewArray();
    for (int i = 0; i < 4; i++) {
      extensible.Add(PaperPsa.filled(32, i).toByteArray());
    }
    claims.Add(44239, extensible);
    if (!key.equals(rawKey())) {
      claims.Add(265, "tag:arm.com,2023:realm#1.0.0");
    }
    return claims;
  }

  /** A collection of both tokens, signed. */
  public Bytes token(CBORObject platformClaims, CBORObject realmClaims) {
    return Bytes.of(
        CBORObject.NewMap()
            .Add(44234, sign(platform, platformClaims))
            .Add(44241, sign(realm, realmClaims))
            .WithTag(399)
            .EncodeToBytes());
  }

  /** The same as records. */
  public Bytes records(CBORObject platformClaims, CBORObject realmClaims, Object type) {
    return Bytes.of(
        CBORObject.NewMap()
            .Add(44234, CBORObject.NewArray().Add(263).Add(sign(platform, platformClaims)))
            .Add(44241, CBORObject.NewArray().Add(type).Add(sign(realm, realmClaims)))
            .WithTag(907)
            .EncodeToBytes());
  }

  private static byte[] sign(PaperCose signer, CBORObject claims) {
    return signer.message(Bytes.of(claims.EncodeToBytes())).toByteArray();
  }
}
