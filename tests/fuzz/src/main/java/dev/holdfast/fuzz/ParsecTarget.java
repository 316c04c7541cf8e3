package dev.holdfast.fuzz;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.parsec.ParsecExpectation;
import dev.holdfast.attestation.parsec.ParsecKeyVerifier;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.TpmPublic;
import java.util.List;

/** Key attestations by a TPM: never an exception, and no proof without the key. */
final class ParsecTarget implements Target {
  private static final AttestationKey SIGNER = signer();
  private static final ParsecExpectation EXPECTED =
      ParsecExpectation.STRICT.withPortableKeyAllowed();

  private static AttestationKey signer() {
    return switch (AttestationKey.trusted(Unproven.KEY)) {
      case AttestationKey.Accepted(AttestationKey key) -> key;
      case AttestationKey.Refused _ -> throw new IllegalStateException("a good key is refused");
    };
  }

  @Override
  public Class<?> reader() {
    return ParsecKeyVerifier.class;
  }

  private static CBORObject part(String name, String attest) {
    return CBORObject.NewMap()
        .Add("tpmVer", "2.0")
        .Add("kid", new byte[] {1})
        .Add("sig", Bytes.fromHex("0018000b000101000101").toByteArray())
        .Add(name, Bytes.fromHex(attest).toByteArray());
  }

  @Override
  public List<Bytes> seeds() {
    String head = "00000000" + "0000000000000000" + "0000000000000000" + "01" + "0000000000000000";
    Bytes name = TpmPublic.parse(QuoteTarget.KEY).name();
    String sized = "0022" + name.hex();
    String digest = "0020" + "00".repeat(32);
    CBORObject kat = part("certInfo", "ff5443478017" + head + sized + sized);
    kat.Add("pubArea", QuoteTarget.KEY.toByteArray());
    CBORObject pat = part("attestInfo", "ff5443478018" + head + "00000001000b03010000" + digest);
    return List.of(Bytes.of(CBORObject.NewMap().Add("kat", kat).Add("pat", pat).EncodeToBytes()));
  }

  /** One token. */
  @Override
  public void read(byte[] data) {
    Unproven.require(ParsecKeyVerifier.verify(Bytes.of(data), SIGNER, EXPECTED));
  }
}
