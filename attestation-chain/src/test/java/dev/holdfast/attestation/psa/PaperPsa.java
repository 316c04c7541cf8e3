package dev.holdfast.attestation.psa;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.PaperCose;
import java.security.PublicKey;
import java.util.Map;

/** An attestation service of the secure world on paper, with a key of its own. */
public final class PaperPsa {
  public static final Bytes NONCE = filled(48, 9);

  private static final Map<Integer, Integer> LABELS_ONE =
      Map.of(
          10, -75008, 256, -75009, 2394, -75001, 2395, -75002, 2396, -75003, 2397, -75004, 2398,
          -75005, 2399, -75006, 2400, -75010, 265, -75000);

  private final PaperCose signer = PaperCose.of(CoseAlgorithm.ES256);

  /** So many equal bytes. */
  public static Bytes filled(int length, int value) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) value);
    return Bytes.of(bytes);
  }

  /** A good instance id. */
  public static Bytes instance() {
    return Bytes.concat(Bytes.of((byte) 1), filled(32, 5));
  }

  /** Two components. */
  public static CBORObject components() {
    CBORObject list = CBORObject.NewArray();
    for (int i = 0; i < 2; i++) {
      list.Add(
          CBORObject.NewMap()
              .Add(1, "BL" + i)
              .Add(2, filled(32, i).toByteArray())
              .Add(4, "1.0." + i)
              .Add(5, filled(48, i).toByteArray()));
    }
    return list;
  }

  /** Good claims with the labels of profile 2. */
  public static CBORObject claims(String profile) {
    return CBORObject.NewMap()
        .Add(265, profile)
        .Add(10, NONCE.toByteArray())
        .Add(256, instance().toByteArray())
        .Add(2394, 7)
        .Add(2395, 0x3000)
        .Add(2396, filled(32, 3).toByteArray())
        .Add(profile.startsWith("tag:") ? 268 : 2397, filled(32, 4).toByteArray())
        .Add(2398, "1234567890123-12345")
        .Add(2399, components())
        .Add(2400, "https://verifier.example");
  }

  /** Good claims of profile 1. */
  public static CBORObject claimsOne() {
    CBORObject two = claims(PsaProfile.NAME_ONE);
    CBORObject one = CBORObject.NewMap();
    for (CBORObject key : two.getKeys()) {
      one.Add(LABELS_ONE.get(key.AsInt32()), two.get(key));
    }
    return one;
  }

  /** A token with those claims, signed. */
  public Bytes token(CBORObject claims) {
    return signer.message(Bytes.of(claims.EncodeToBytes()));
  }

  /** The key that signs. */
  public PublicKey key() {
    return signer.pair().getPublic();
  }
}
