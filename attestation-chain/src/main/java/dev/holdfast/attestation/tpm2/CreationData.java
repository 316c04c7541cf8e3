package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.List;

/**
 * In what circumstances a TPM made a key (TPM 2.0 Part 2, 15.1, TPMS_CREATION_DATA).
 *
 * @param selections registers that were recorded
 * @param pcrDigest the hash over their values; empty if there are none
 * @param locality where the command came from (TPMA_LOCALITY)
 * @param parentNameAlgorithm the hash of the parent's name; TPM_ALG_NULL for a primary key of a
 *     hierarchy that is not there
 * @param parentName the parent's name; a hierarchy's handle for a primary key
 * @param parentQualifiedName the parent's name with those of all its parents
 * @param outsideInfo what the caller added
 */
public record CreationData(
    List<PcrSelection> selections,
    Bytes pcrDigest,
    int locality,
    int parentNameAlgorithm,
    Bytes parentName,
    Bytes parentQualifiedName,
    Bytes outsideInfo) {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 2 * 1024;

  private static final int NAME_MAX_BYTES = 2 + 64;

  /** Copies the list. */
  public CreationData {
    selections = List.copyOf(selections);
  }

  /**
   * Reads a TPMS_CREATION_DATA.
   *
   * @throws MalformedException if a byte is missing, wrong or left over
   */
  static CreationData parse(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException("creation data has " + bytes.length() + " bytes");
    }
    ByteCursor in = ByteCursor.bigEndian(bytes);
    List<PcrSelection> selections = Attest.selections(in);
    Bytes digest = in.sized16(64, "pcrDigest");
    int locality = in.u8("locality");
    int algorithm = in.u16("parentNameAlg");
    Bytes parent = in.sized16(NAME_MAX_BYTES, "parentName");
    Bytes qualified = in.sized16(NAME_MAX_BYTES, "parentQualifiedName");
    Bytes outside = in.sized16(NAME_MAX_BYTES, "outsideInfo");
    in.end("the creation data");
    return new CreationData(selections, digest, locality, algorithm, parent, qualified, outside);
  }
}
