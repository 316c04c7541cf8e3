package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.nitro.NitroExpectation;
import dev.holdfast.attestation.nitro.NitroVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** Nitro documents: never an exception, and no proof without an anchor. */
final class NitroTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());

  @Override
  public Class<?> reader() {
    return NitroVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Unproven.message(
            CBORObject.NewMap()
                .Add("module_id", "i-1")
                .Add("digest", "SHA384")
                .Add("timestamp", 1)
                .Add("pcrs", CBORObject.NewMap().Add(0, Unproven.bytes(48)))
                .Add("certificate", Unproven.bytes(8))
                .Add("cabundle", CBORObject.NewArray().Add(Unproven.bytes(8)))
                .Add("public_key", CBORObject.Null)
                .Add("user_data", Unproven.bytes(1))
                .Add("nonce", CBORObject.Null)));
  }

  /** One document. */
  @Override
  public void read(byte[] data) {
    Unproven.require(NitroVerifier.verify(Bytes.of(data), NitroExpectation.STRICT, NONE, AT));
  }
}
