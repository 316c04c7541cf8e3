package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.cca.CcaExpectation;
import dev.holdfast.attestation.cca.CcaTokenVerifier;
import java.util.List;

/** CCA tokens, and a realm's claims in JSON: never an exception, and no proof without the key. */
final class CcaTarget implements Target {
  @Override
  public Class<?> reader() {
    return CcaTokenVerifier.class;
  }

  /** The key of the realm: the generator of P-256, as a COSE_Key. */
  private static byte[] realmKey() {
    byte[] area = QuoteTarget.KEY.toByteArray();
    int x = QuoteTarget.KEY.length() - 66;
    return CBORObject.NewMap()
        .Add(1, 2)
        .Add(-1, 1)
        .Add(-2, Bytes.copyOf(area, x, x + 32).toByteArray())
        .Add(-3, Bytes.copyOf(area, x + 34, x + 66).toByteArray())
        .EncodeToBytes();
  }

  @Override
  public List<Bytes> seeds() {
    CBORObject extensible = CBORObject.NewArray();
    for (int i = 0; i < 4; i++) {
      extensible.Add(Unproven.bytes(32));
    }
    Bytes realm =
        Unproven.message(
            CBORObject.NewMap()
                .Add(265, "tag:arm.com,2023:realm#1.0.0")
                .Add(10, Unproven.bytes(64))
                .Add(44235, Unproven.bytes(64))
                .Add(44236, "sha-256")
                .Add(44237, realmKey())
                .Add(44238, Unproven.bytes(32))
                .Add(44239, extensible)
                .Add(44240, "sha-256"));
    Bytes platform =
        Unproven.message(
            CBORObject.NewMap()
                .Add(265, "http://arm.com/CCA-SSD/1.0.0")
                .Add(10, Sha256.of(Bytes.of(realmKey())).toByteArray())
                .Add(256, Unproven.bytes(33))
                .Add(2395, 0x3000)
                .Add(2396, Unproven.bytes(32))
                .Add(2399, Unproven.components())
                .Add(2401, Unproven.bytes(1))
                .Add(2402, "sha-256"));
    return List.of(
        Bytes.of(
            CBORObject.NewMap()
                .Add(44234, platform.toByteArray())
                .Add(44241, realm.toByteArray())
                .WithTag(399)
                .EncodeToBytes()),
        Bytes.utf8("{\"cca-realm-challenge\":\"AAAA\",\"cca-realm-hash-algo-id\":\"sha-256\"}"));
  }

  /** One token, and the same as claims in JSON. */
  @Override
  public void read(byte[] data) {
    Bytes all = Bytes.of(data);
    Unproven.require(CcaTokenVerifier.verify(all, Unproven.KEY, CcaExpectation.STRICT));
    if (CcaTokenVerifier.checkRealmJson(all).isEmpty() && data.length < 512) {
      throw new IllegalStateException("claims passed that are too few bytes to be there");
    }
  }
}
