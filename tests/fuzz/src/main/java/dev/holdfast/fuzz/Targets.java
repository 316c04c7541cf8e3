package dev.holdfast.fuzz;

import java.util.function.Supplier;

/** Every target there is. A new one is a class of its own, and a line here. */
public enum Targets {
  CANARY(CanaryTarget::new),
  CBOR_RESULT(CborResultTarget::new),
  CERTIFICATE(CertificateTarget::new),
  CORIM(CorimTarget::new),
  EVENT_LOG(EventLogTarget::new),
  QUOTE(QuoteTarget::new),
  RESULT(ResultTarget::new);

  private final Supplier<Target> maker;

  Targets(Supplier<Target> maker) {
    this.maker = maker;
  }

  /**
   * Makes the target: only that one, so that a run sees into nothing that it does not read with.
   */
  public Target make() {
    return maker.get();
  }
}
