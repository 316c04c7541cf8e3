package dev.holdfast.server.collateral;

import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.CollateralNeed;

/**
 * Where collateral is fetched from that is not at hand. What it answers is believed only once it
 * was verified. Implementations bound what they read and how long they wait.
 */
public interface CollateralFetcher extends AutoCloseable {
  /**
   * All documents and lists for a kind of Intel platform.
   *
   * @throws FetchException if there is none, or none to be had now
   */
  DcapCollateral fetch(CollateralNeed.Dcap need) throws FetchException, InterruptedException;

  /**
   * The certificate of an AMD chip's key, with its authorities and their lists.
   *
   * @throws FetchException if there is none, or none to be had now
   */
  AmdEndorsements fetch(CollateralNeed.Amd need) throws FetchException, InterruptedException;

  /** Ends what is under way. */
  @Override
  void close();
}
