package dev.holdfast.attestation.parsec;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.tpm2.Attest;
import dev.holdfast.attestation.tpm2.SignedAttest;
import dev.holdfast.attestation.tpm2.TpmPublic;

/**
 * A key attestation, as read and not yet believed (Parsec, Key Attestation in TPM; CBOR, maps kat
 * and pat).
 *
 * @param key what the TPM says of the key
 * @param platform what the TPM says of the platform
 * @param publicArea TPMT_PUBLIC of the key, unread
 * @param keyId what both name the signing key by
 */
record ParsecToken(SignedAttest key, SignedAttest platform, Bytes publicArea, Bytes keyId) {
  static final int MAX_BYTES = 16 * 1024;

  private static final String WHAT = "the key attestation";
  private static final String VERSION = "2.0";
  private static final int KEY_ID_MAX_BYTES = 64;

  /**
   * What binds the two parts is the name of one key; it is not signed.
   *
   * @throws MalformedException if it is anything else than such a token
   */
  static ParsecToken parse(Bytes token) {
    Cbor map = Cbor.parse(token, Cbor.Limits.of(MAX_BYTES).items(64), WHAT);
    Cbor kat = map.required("kat", WHAT);
    Cbor pat = map.required("pat", WHAT);
    Bytes keyId = keyId(kat);
    if (!keyId.equals(keyId(pat))) {
      throw new MalformedException("kat and pat name different keys by kid");
    }
    return new ParsecToken(
        part(kat, "certInfo", Attest.CERTIFY),
        part(pat, "attestInfo", Attest.QUOTE),
        kat.required("pubArea", WHAT).bytes(1, TpmPublic.MAX_BYTES, "pubArea"),
        keyId);
  }

  private static Bytes keyId(Cbor part) {
    return part.required("kid", WHAT).bytes(1, KEY_ID_MAX_BYTES, "kid");
  }

  private static SignedAttest part(Cbor map, String name, int type) {
    if (!map.required("tpmVer", WHAT).text("tpmVer").equals(VERSION)) {
      throw new MalformedException("tpmVer is not " + VERSION);
    }
    return SignedAttest.parse(
        map.required(name, WHAT).bytes(name), map.required("sig", WHAT).bytes("sig"), type);
  }
}
