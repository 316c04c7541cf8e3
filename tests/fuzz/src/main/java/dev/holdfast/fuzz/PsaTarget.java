package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.psa.PsaClaims;
import dev.holdfast.attestation.psa.PsaExpectation;
import dev.holdfast.attestation.psa.PsaTokenVerifier;
import java.util.List;

/** PSA tokens, and their claims in JSON: never an exception, and no proof without the key. */
final class PsaTarget implements Target {
  @Override
  public Class<?> reader() {
    return PsaTokenVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Unproven.message(
            CBORObject.NewMap()
                .Add(265, "http://arm.com/psa/2.0.0")
                .Add(10, Unproven.bytes(32))
                .Add(256, Unproven.bytes(33))
                .Add(2394, 1)
                .Add(2395, 0x3000)
                .Add(2396, Unproven.bytes(32))
                .Add(2399, Unproven.components())),
        Bytes.utf8(
            "{\"psa-client-id\":1,\"psa-nonce\":\"AAAA\",\"psa-software-components\":[{}]}"));
  }

  /** One token, and the same as claims in JSON. */
  @Override
  public void read(byte[] data) {
    Bytes all = Bytes.of(data);
    Unproven.require(PsaTokenVerifier.verify(all, Unproven.KEY, PsaExpectation.STRICT));
    if (PsaClaims.checkJson(all).isEmpty() && data.length < 256) {
      throw new IllegalStateException("claims passed that are too few bytes to be there");
    }
  }
}
