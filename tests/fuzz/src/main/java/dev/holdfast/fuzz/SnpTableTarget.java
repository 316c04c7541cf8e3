package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.snp.CertificateTable;
import java.util.List;

/** Certificate tables of SEV-SNP hosts: a table or a refusal, and nothing that was not there. */
final class SnpTableTarget implements Target {
  @Override
  public Class<?> reader() {
    return CertificateTable.class;
  }

  /** One row, its end, and one byte of content. */
  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.concat(
            Bytes.fromHex("63da758de6644564adc5f4b93be8accd3000000001000000"),
            Bytes.of(new byte[24]),
            Bytes.fromHex("30")));
  }

  /** One table. */
  @Override
  public void read(byte[] data) {
    try {
      for (Bytes entry : CertificateTable.parse(Bytes.of(data)).entries().values()) {
        if (entry.length() > data.length) {
          throw new IllegalStateException("an entry is longer than its table");
        }
      }
    } catch (MalformedException _) {
      // As it should be.
    }
  }
}
