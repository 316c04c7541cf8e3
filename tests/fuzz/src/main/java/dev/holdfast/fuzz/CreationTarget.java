package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.tpm2.CertifyExpectation;
import dev.holdfast.attestation.tpm2.KeyCertification;
import java.util.List;

/** What a TPM says of a key: never an exception, and no word without the key's signature. */
final class CreationTarget implements Target {
  @Override
  public Class<?> reader() {
    return KeyCertification.class;
  }

  @Override
  public List<Bytes> seeds() {
    String head = "ff544347" + "801a" + "0000" + "0000" + "00".repeat(17 + 8);
    Bytes attest = Bytes.fromHex(head + "0000" + "0000");
    return List.of(
        Bytes.concat(
            Bytes.of((byte) attest.length()),
            attest,
            Bytes.fromHex("0018000b0020" + "11".repeat(32) + "0020" + "11".repeat(32))));
  }

  /** The first byte says how long the structure is; the signature follows it. */
  @Override
  public void read(byte[] data) {
    Bytes all = Bytes.of(data);
    int cut = data.length == 0 ? 0 : Math.min(data.length, 1 + (data[0] & 0xff));
    KeyCertification.Statement statement =
        new KeyCertification.Statement(
            QuoteTarget.KEY, all.slice(Math.min(1, cut), cut), all.slice(cut, data.length));
    for (Outcome outcome :
        List.of(
            KeyCertification.verifyCreation(statement, all, CertifyExpectation.STRICT),
            KeyCertification.verifyCertified(
                statement, QuoteTarget.EXPECTATION.key(), CertifyExpectation.STRICT))) {
      if (outcome instanceof Outcome.Proven) {
        throw new IllegalStateException("a statement was believed that nobody signed");
      }
    }
  }
}
