package dev.holdfast.server.telemetry;

import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.CollateralNeed;
import dev.holdfast.server.collateral.CollateralFetcher;
import dev.holdfast.server.collateral.FetchException;
import io.prometheus.metrics.core.metrics.Gauge;
import java.util.List;

/** A fetcher of collateral whose every errand is timed, and whose open errands are counted. */
record MeteredFetcher(CollateralFetcher inner, Timings timings, Gauge open)
    implements CollateralFetcher {
  static final List<String> KINDS = List.of("dcap", "amd");

  @Override
  public DcapCollateral fetch(CollateralNeed.Dcap need)
      throws FetchException, InterruptedException {
    return counted("dcap", () -> inner.fetch(need));
  }

  @Override
  public AmdEndorsements fetch(CollateralNeed.Amd need)
      throws FetchException, InterruptedException {
    return counted("amd", () -> inner.fetch(need));
  }

  private <T> T counted(String kind, Timings.Call<T, FetchException, InterruptedException> errand)
      throws FetchException, InterruptedException {
    open.inc();
    try {
      return timings.get(kind, errand);
    } finally {
      open.dec();
    }
  }

  @Override
  public void close() {
    inner.close();
  }
}
