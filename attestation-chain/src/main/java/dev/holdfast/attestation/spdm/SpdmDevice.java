package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import java.util.List;
import java.util.TreeMap;

/**
 * What a device that answers is made of.
 *
 * @param suite the algorithms of its keys
 * @param measurementHash how it digests its measurements
 * @param chains the certificates of each slot, leaf first and root last, DER
 * @param signer who holds the keys
 */
public record SpdmDevice(
    Suite suite,
    MeasurementHash measurementHash,
    TreeMap<Integer, List<Bytes>> chains,
    Signer signer) {
  /** Copies the map, and checks the slots. */
  public SpdmDevice {
    chains = new TreeMap<>(chains);
    if (chains.isEmpty() || chains.firstKey() < 0 || chains.lastKey() >= SpdmRequest.SLOTS) {
      throw new IllegalArgumentException("a device has certificates in slots 0 to 7");
    }
  }

  /** Who holds the keys of a device. */
  @FunctionalInterface
  public interface Signer {
    /**
     * Signs a message, hashed with the suite's hash; of ECDSA, r and s one after the other.
     *
     * @param slot whose key
     */
    Bytes sign(int slot, Bytes message);
  }
}
