package dev.holdfast.fuzz;

import java.util.function.Supplier;

/** Every target there is. A new one is a class of its own, and a line here. */
public enum Targets {
  CANARY(CanaryTarget::new),
  CBOR(CborTarget::new),
  CCA(CcaTarget::new),
  CERTIFICATE(CertificateTarget::new),
  CERTIFICATE_REQUEST(CertificateRequestTarget::new),
  CMW(CmwTarget::new),
  CONFIG(ConfigTarget::new),
  CONTROL_GROUP(ControlGroupTarget::new),
  CONTROL_GROUP_MOUNT(ControlGroupMountTarget::new),
  COSE(CoseTarget::new),
  EVENT_LOG(EventLogTarget::new),
  EVIDENCE(EvidenceTarget::new),
  JOIN_TOKEN(JoinTokenTarget::new),
  MACHINE(MachineTarget::new),
  METRICS(MetricsTarget::new),
  NAME(NameTarget::new),
  NITRO(NitroTarget::new),
  PARSEC(ParsecTarget::new),
  PSA(PsaTarget::new),
  QUANTITY(QuantityTarget::new),
  QUOTE(QuoteTarget::new),
  RESULT(ResultTarget::new),
  SPAN(SpanTarget::new);

  @SuppressWarnings("ImmutableEnumChecker") // A reference to a constructor holds nothing.
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
