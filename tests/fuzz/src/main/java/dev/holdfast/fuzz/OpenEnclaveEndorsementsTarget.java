package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.CollateralMemory;
import dev.holdfast.attestation.collateral.CollateralVerifier;
import dev.holdfast.attestation.openenclave.OpenEnclaveEndorsements;
import java.util.List;

/** Open Enclave endorsements: never an exception, and no collateral without an anchor. */
final class OpenEnclaveEndorsementsTarget implements Target {
  private static final int ITEMS = 9;

  @Override
  public Class<?> reader() {
    return OpenEnclaveEndorsements.class;
  }

  @Override
  public List<Bytes> seeds() {
    int length = 4 * ITEMS + 4;
    var blob = DcapSeeds.buffer(16 + length).putInt(1).putInt(2).putInt(length).putInt(ITEMS);
    blob.putInt(0);
    for (int i = 1; i < ITEMS; i++) {
      blob.putInt(4);
    }
    return List.of(Bytes.of(blob.putInt(1).array()));
  }

  /** One blob. */
  @Override
  public void read(byte[] data) {
    if (OpenEnclaveEndorsements.parse(Bytes.of(data))
            instanceof OpenEnclaveEndorsements.Legible(OpenEnclaveEndorsements read)
        && CollateralVerifier.verify(
                read.collateral(), DcapSeeds.NONE, DcapSeeds.AT, CollateralMemory.none())
            instanceof CollateralVerifier.Believed<?>) {
      throw new IllegalStateException("collateral was believed without an anchor");
    }
  }
}
