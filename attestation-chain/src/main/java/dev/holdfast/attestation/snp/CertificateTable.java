package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The certificates that a host hands out with an extended report (GHCB, AMD 56421, 4.1.8.1): rows
 * of GUID, offset and length, ended by a row of zeros, and the certificates at their offsets.
 *
 * @param entries the content of each row by its GUID in the usual notation, at most 16
 */
public record CertificateTable(Map<String, Bytes> entries) {
  /** Certificate of the chip's key. */
  public static final String VCEK = "63da758d-e664-4564-adc5-f4b93be8accd";

  /** Certificate of a loaded key. */
  public static final String VLEK = "a8074bc2-a25a-483e-aae6-39c045a0b8a1";

  /** Certificate of AMD's signing key, ASK or ASVK. */
  public static final String ASK = "4ab7b379-bbac-4fe4-a02f-05aef327c782";

  /** Certificate of AMD's root key. */
  public static final String ARK = "c0b406a4-a803-4952-9743-3fb6014cd0ae";

  /** Revocation lists of AMD's root key. */
  public static final String CRL = "92f81bc3-5811-4d3d-97ff-d19f88dc67ea";

  /** Longest table that is read, bytes. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final int ROW = 24;
  private static final int ROWS_MAX = 16;

  /** Copies the map. */
  public CertificateTable {
    entries = Map.copyOf(entries);
  }

  /**
   * Reads a table; one of no bytes is empty.
   *
   * @throws MalformedException if a row points outside of it or into the rows, a GUID occurs twice,
   *     or it does not end
   */
  public static CertificateTable parse(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException("a certificate table has " + bytes.length() + " bytes");
    }
    Map<String, Bytes> entries = new LinkedHashMap<>();
    List<long[]> parts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    ByteCursor in = ByteCursor.littleEndian(bytes);
    while (bytes.length() > 0) {
      Bytes row = in.take(ROW, "a row of the certificate table");
      if (SnpReport.isZero(row)) {
        break;
      }
      if (names.size() == ROWS_MAX) {
        throw new MalformedException("a certificate table has more than " + ROWS_MAX + " rows");
      }
      ByteCursor numbers = ByteCursor.littleEndian(row.slice(16, ROW));
      names.add(guid(row.slice(0, 16)));
      parts.add(new long[] {numbers.u32("offset"), numbers.u32("length")});
    }
    for (int i = 0; i < names.size(); i++) {
      long from = parts.get(i)[0];
      long to = from + parts.get(i)[1];
      if (from < in.position() || to > bytes.length()) {
        throw new MalformedException("a row points outside of the certificate table");
      }
      if (entries.put(names.get(i), bytes.slice((int) from, (int) to)) != null) {
        throw new MalformedException("the certificate table holds " + names.get(i) + " twice");
      }
    }
    return new CertificateTable(entries);
  }

  /** What stands under a GUID. */
  public Optional<Bytes> entry(String guid) {
    return Optional.ofNullable(entries.get(guid));
  }

  /**
   * The evidence of a report that came with this table; an ARK in it is no anchor.
   *
   * @throws MalformedException if the report cannot be read, or the certificate of the key that
   *     signed it is missing
   */
  public SnpEvidence with(Bytes report) {
    SnpSigner signer;
    try {
      signer = SnpReport.parse(report).signerInfo().key();
    } catch (SnpReport.UnknownVersion e) {
      throw new MalformedException("the report is of version " + e.version());
    }
    Bytes endorsementKey =
        entry(signer == SnpSigner.VLEK ? VLEK : VCEK)
            .orElseThrow(() -> new MalformedException("the certificate table lacks the " + signer));
    List<Bytes> others = new ArrayList<>();
    entry(ASK).ifPresent(others::add);
    return new SnpEvidence(report, endorsementKey, others);
  }

  /** The hosts' software writes the bytes of a GUID in the order of its notation. */
  private static String guid(Bytes bytes) {
    String hex = bytes.hex();
    return String.join(
        "-",
        hex.substring(0, 8),
        hex.substring(8, 12),
        hex.substring(12, 16),
        hex.substring(16, 20),
        hex.substring(20));
  }
}
