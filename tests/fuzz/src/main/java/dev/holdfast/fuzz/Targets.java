package dev.holdfast.fuzz;

import java.util.function.Supplier;

/** Every target there is. A new one is a class of its own, and a line here. */
public enum Targets {
  APPENDED_SIGNATURE(AppendedSignatureTarget::new),
  CANARY(CanaryTarget::new),
  CBOR(CborTarget::new),
  CBOR_RESULT(CborResultTarget::new),
  CCA(CcaTarget::new),
  CCEL(CcelTarget::new),
  CERTIFICATE(CertificateTarget::new),
  CERTIFICATE_REQUEST(CertificateRequestTarget::new),
  CHAMPIONS(ChampionsTarget::new),
  CHECKSUM_LIST(ChecksumListTarget::new),
  CMW(CmwTarget::new),
  CONFIG(ConfigTarget::new),
  CONTROL_GROUP(ControlGroupTarget::new),
  CONTROL_GROUP_MOUNT(ControlGroupMountTarget::new),
  CORIM(CorimTarget::new),
  COSE(CoseTarget::new),
  CREATION(CreationTarget::new),
  DICE(DiceTarget::new),
  EVENT_LOG(EventLogTarget::new),
  EVIDENCE(EvidenceTarget::new),
  IMA(ImaTarget::new),
  JOIN_TOKEN(JoinTokenTarget::new),
  KEY_RING(KeyRingTarget::new),
  LSTM(LstmTarget::new),
  MACHINE(MachineTarget::new),
  METRICS(MetricsTarget::new),
  MODEL_CARD(ModelCardTarget::new),
  NAME(NameTarget::new),
  NITRO(NitroTarget::new),
  NOT_LEADER(NotLeaderTarget::new),
  OPEN_ENCLAVE(OpenEnclaveTarget::new),
  OPEN_ENCLAVE_ENDORSEMENTS(OpenEnclaveEndorsementsTarget::new),
  PARSEC(ParsecTarget::new),
  PLATFORM_CERTIFICATE(PlatformCertificateTarget::new),
  PROMETHEUS(PrometheusTarget::new),
  PSA(PsaTarget::new),
  QE_IDENTITY(QeIdentityTarget::new),
  QUANTITY(QuantityTarget::new),
  QUOTE(QuoteTarget::new),
  RESULT(ResultTarget::new),
  REVOCATION_LIST(RevocationListTarget::new),
  RIM(RimTarget::new),
  ROW_HEADER(RowHeaderTarget::new),
  SEALED_ROW(SealedRowTarget::new),
  SERIES_ARTEFACT(SeriesArtefactTarget::new),
  SERIES_FILE(SeriesFileTarget::new),
  SGX_QUOTE(SgxQuoteTarget::new),
  SNP_REPORT(SnpReportTarget::new),
  SNP_TABLE(SnpTableTarget::new),
  SPAN(SpanTarget::new),
  SPDM_RECORD(SpdmRecordTarget::new),
  SPDM_REPORT(SpdmReportTarget::new),
  SPDM_REQUESTER(SpdmRequesterTarget::new),
  SPDM_RESPONDER(SpdmResponderTarget::new),
  TCB_INFO(TcbInfoTarget::new),
  TDX_QUOTE(TdxQuoteTarget::new),
  TRACE_TEXT(TraceTextTarget::new),
  TRANSFER(TransferTarget::new),
  TREES(TreesTarget::new),
  USAGE_MAPPING(UsageMappingTarget::new),
  USAGE_PLACE(UsagePlaceTarget::new);

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
