package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import java.util.List;

/** Messages with one signer: never an exception, and no proof without the key. */
final class CoseTarget implements Target {
  @Override
  public Class<?> reader() {
    return CoseSign1Verifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Unproven.message(CBORObject.FromObject("payload")));
  }

  /** One message. */
  @Override
  public void read(byte[] data) {
    Unproven.require(
        CoseSign1Verifier.verify(Bytes.of(data), Unproven.KEY, CoseExpectation.STRICT));
  }
}
