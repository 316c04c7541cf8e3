package dev.holdfast.attestation;

/** A stable identifier of why something is not trusted. */
public enum Reason {
  /** The evidence answers no nonce at all. */
  NONCE_MISSING(Fault.NONCE),
  /** It answers a nonce that is not the challenge's. */
  NONCE_UNKNOWN(Fault.NONCE),
  /** It answers a nonce that was already used. */
  NONCE_REUSED(Fault.NONCE),
  /** It answers a nonce that was issued to another node. */
  NONCE_SUBJECT_MISMATCH(Fault.NONCE),
  /** It came over a channel whose key it does not bind. */
  CHANNEL_BINDING(Fault.BINDING),
  /** The signed structure does not begin with TPM_GENERATED: no TPM made it. */
  TPM_MAGIC_INVALID(Fault.MALFORMED),
  /** The signed structure is not a quote. */
  TPM_ATTEST_TYPE(Fault.MALFORMED),
  /** The quote covers fewer registers than required. */
  TPM_PCR_SELECTION(Fault.POLICY),
  /** A register value was sent that the quote does not cover. */
  TPM_PCR_NOT_SIGNED(Fault.REGISTER),
  /** The register values sent do not hash to the signed digest. */
  TPM_PCR_DIGEST(Fault.REGISTER),
  /** The quote is over a bank weaker than allowed. */
  TPM_PCR_BANK_WEAK(Fault.ALGORITHM),
  /** A register holds no value that is allowed. */
  TPM_PCR_MISMATCH(Fault.MEASUREMENT),
  /** The TPM's firmware is not the one allowed. */
  TPM_FIRMWARE(Fault.MEASUREMENT),
  /** The enrolled key did not make the signature. */
  TPM_SIGNATURE(Fault.SIGNATURE),
  /** A key, curve or hash is too weak. */
  ALG_WEAK(Fault.ALGORITHM),
  /** A signature is of another algorithm than its key's. */
  ALG_MISMATCH(Fault.ALGORITHM),
  /** The attestation key is not proven to live in the TPM of the endorsement key. */
  AK_NOT_BOUND(Fault.BINDING),
  /** The attestation key can sign what its TPM did not make. */
  AK_ATTRIBUTES(Fault.POLICY),
  /** The key is not the one enrolled. */
  AK_MISMATCH(Fault.IDENTITY),
  /** What a TPM certified of a key, or of its creation, is about another key or other data. */
  AK_CERTIFIED(Fault.BINDING),
  /** The endorsement certificate does not lead to a pinned root. */
  EK_CHAIN(Fault.CHAIN),
  /** The platform certificate cannot be read. */
  PLATFORM_CERT_MALFORMED(Fault.MALFORMED),
  /** The platform certificate was not signed by the issuer given, or is about another TPM. */
  PLATFORM_CERT_CHAIN(Fault.CHAIN),
  /** The platform certificate's window does not contain the time of judgement. */
  PLATFORM_CERT_EXPIRED(Fault.EXPIRED),
  /** The node rebooted, or its TPM was reset, since the last accepted quote. */
  REATTEST_REBOOT(Fault.POLICY),
  /** The event log replays to another register value than the quoted one. */
  EVENTLOG_MISMATCH(Fault.REGISTER),
  /** An event's type promises content that it does not have. */
  EVENTLOG_TYPE(Fault.REGISTER),
  /** The event log ends too early, or holds events that replay cannot account for. */
  EVENTLOG_INCOMPLETE(Fault.MALFORMED),
  /** A register has a second EV_SEPARATOR, and one stage ends only once. */
  EVENTLOG_SEPARATOR(Fault.SCHEMA),
  /** The event log cannot be read. */
  EVENTLOG_MALFORMED(Fault.MALFORMED),
  /** The evidence cannot be read. */
  EVIDENCE_MALFORMED(Fault.MALFORMED),
  /** Required evidence was not sent. */
  EVIDENCE_MISSING(Fault.POLICY),
  /** The runtime metrics are not bound by the evidence. */
  METRICS_UNSIGNED(Fault.BINDING),
  /** A metric is out of its range. */
  METRICS_RANGE(Fault.SCHEMA),
  /** The metrics were seen before, or go backwards. */
  METRICS_REPLAY(Fault.NONCE),
  /** The evidence is older than allowed. */
  EVIDENCE_STALE(Fault.EXPIRED),
  /** The evidence comes from the future. */
  CLOCK_SKEW(Fault.EXPIRED),
  /** A node or role of the pathway is missing. */
  CHAIN_INCOMPLETE(Fault.POLICY),
  /** The nodes are out of order, or one occurs twice. */
  CHAIN_ORDER(Fault.POLICY),
  /** An appraisal of another pathway or round was put in. */
  CHAIN_SPLICE(Fault.BINDING),
  /** Trust in a node was withdrawn. */
  HOP_REVOKED(Fault.REVOKED),
  /** A verdict is worse than the policy accepts for the role. */
  VERDICT_LIMIT(Fault.POLICY),
  /** A node that exists cannot take another key. */
  IDENTITY_IMMUTABLE(Fault.IDENTITY),
  /** There is no policy, or it has no rules for the role. */
  POLICY_MISSING(Fault.POLICY),
  /** There is no reference value to compare with. */
  REFERENCE_MISSING(Fault.MEASUREMENT),
  /** A manifest of reference values cannot be read. */
  REFERENCE_MALFORMED(Fault.MALFORMED),
  /** A manifest of reference values can be read, and is not what its schema or profile allows. */
  REFERENCE_SCHEMA(Fault.SCHEMA),
  /** A manifest of reference values, or its signature, is not valid at the time of judgement. */
  REFERENCE_EXPIRED(Fault.EXPIRED),
  /** The signature of the evidence is missing, or another key made it. */
  SIGNATURE(Fault.SIGNATURE),
  /** The evidence signs other data than what it must bind. */
  REPORT_DATA(Fault.NONCE),
  /** A version, key type or certification data type that is not known. */
  QUOTE_VERSION(Fault.MALFORMED),
  /** The evidence holds the same document twice, or parts that do not add up to one. */
  EVIDENCE_DUPLICATE(Fault.MALFORMED),
  /** The evidence can be read, and is not what its schema allows. */
  EVIDENCE_SCHEMA(Fault.SCHEMA),
  /** A part of the evidence belongs to another statement than the part beside it. */
  EVIDENCE_SPLICE(Fault.BINDING),
  /** A format that this verifier, or the trust zone, does not accept. */
  FORMAT_UNSUPPORTED(Fault.POLICY),
  /** DER that breaks the rules of its encoding. */
  DER_MALFORMED(Fault.MALFORMED),
  /** No sound path of certificates leads to an anchor. */
  CERT_CHAIN(Fault.CHAIN),
  /** A certificate is not valid at the time of judgement. */
  CERT_EXPIRED(Fault.EXPIRED),
  /** A certificate is revoked. */
  CERT_REVOKED(Fault.REVOKED),
  /** A revocation list is missing. */
  CRL_MISSING(Fault.CHAIN),
  /** A revocation list is out of date. */
  CRL_STALE(Fault.EXPIRED),
  /** The certificate that signed is not the one that leads to the anchor. */
  SIGNER_NOT_ANCHORED(Fault.CHAIN),
  /** Collateral is missing: nothing can be said of the platform's state. */
  COLLATERAL_MISSING(Fault.POLICY),
  /** Collateral cannot be read, or is not what its schema allows. */
  COLLATERAL_MALFORMED(Fault.SCHEMA),
  /** Collateral was not signed, byte for byte as it stands, by who must sign it. */
  COLLATERAL_SIGNATURE(Fault.SIGNATURE),
  /** Collateral is out of date, or older than what was seen before. */
  COLLATERAL_STALE(Fault.EXPIRED),
  /** Collateral is about another platform. */
  COLLATERAL_MISMATCH(Fault.TCB),
  /** The platform's level is revoked. */
  TCB_REVOKED(Fault.TCB),
  /** The platform's level is not one that the policy accepts. */
  TCB_OUT_OF_DATE(Fault.TCB),
  /** The level that was reported is not the one that was certified. */
  TCB_MISMATCH(Fault.TCB),
  /** The environment can be debugged. */
  TEE_DEBUG(Fault.DEBUG),
  /** The platform is in a state of its life in which its statements prove nothing. */
  LIFECYCLE(Fault.POLICY),
  /** The certified key could leave its module, or came from outside it. */
  KEY_ATTRIBUTES(Fault.POLICY),
  /** A measurement is not a reference value. */
  MEASUREMENT(Fault.MEASUREMENT),
  /** The quoting enclave is not the one that the collateral describes. */
  QE_IDENTITY(Fault.IDENTITY),
  /** The attestation key is not bound by the quoting enclave's report. */
  QE_BINDING(Fault.BINDING),
  /** The TDX module is not one that the collateral describes. */
  TDX_MODULE(Fault.TCB),
  /** The report was signed by another kind of key than required. */
  SNP_KEY(Fault.IDENTITY),
  /** The report comes from another chip than expected. */
  SNP_CHIP(Fault.IDENTITY),
  /** A version is lower than the policy allows. */
  VERSION_TOO_LOW(Fault.TCB),
  /** The product is not the one expected. */
  PRODUCT_MISMATCH(Fault.IDENTITY),
  /** The guest asked at another privilege level than required. */
  SNP_VMPL(Fault.POLICY),
  /** The guest's policy allows what is not allowed here. */
  SNP_POLICY(Fault.POLICY),
  /** The platform's protection does not resist physical access, and its site is not attested. */
  PHYSICAL_TRUST(Fault.POLICY),
  /** The messages of a device do not add up to the transcript that it signed. */
  SPDM_TRANSCRIPT(Fault.SIGNATURE),
  /** The device speaks an older version of the protocol than is good enough. */
  SPDM_VERSION(Fault.POLICY),
  /** The device refused a request, or answered another one. */
  SPDM_PROTOCOL(Fault.MALFORMED),
  /** The device says that its measurements changed while it gave them. */
  SPDM_CHANGED(Fault.MEASUREMENT),
  /** The certificate is not one that a device may have. */
  DEVICE_CERTIFICATE(Fault.SCHEMA),
  /** The certificate names another role than the one that its device plays. */
  DEVICE_ROLE(Fault.IDENTITY),
  /** The device's key is not the one enrolled, or occurs twice. */
  DEVICE_IDENTITY(Fault.IDENTITY),
  /** The layer's digest in the certificate is another one. */
  DICE_FWID(Fault.BINDING),
  /** The certificate holds no digest of its layer. */
  DICE_FWID_MISSING(Fault.IDENTITY),
  /** A layer says that it is not configured, not secure, or being repaired. */
  DICE_FLAGS(Fault.POLICY),
  /** The file measurement log does not replay to its register. */
  IMA_MISMATCH(Fault.REGISTER),
  /** A line of the file measurement log does not hash to what was extended for it. */
  IMA_TEMPLATE_HASH(Fault.REGISTER),
  /** A file was measured that nothing allows. */
  IMA_FILE(Fault.MEASUREMENT),
  /** A file's signature is by none of the trusted keys, and nothing else allows the file. */
  IMA_SIGNATURE(Fault.SIGNATURE),
  /** A measurement was disturbed: the file changed while it was read. */
  IMA_VIOLATION(Fault.MEASUREMENT),
  /** The file measurement log cannot be read. */
  IMA_MALFORMED(Fault.MALFORMED),
  /** A token has no end, or its times do not contain the time of judgement. */
  TOKEN_EXPIRED(Fault.EXPIRED),
  /** A token is made with an algorithm that is not allowed, or not that of the key. */
  TOKEN_ALG(Fault.ALGORITHM),
  /** A token cannot be read. */
  TOKEN_MALFORMED(Fault.MALFORMED),
  /** A token can be read, and its claims are not what their schema allows. */
  TOKEN_SCHEMA(Fault.SCHEMA),
  /** A token's header brings a key, a place to fetch one from, or what is not understood. */
  TOKEN_HEADER(Fault.POLICY),
  /** A token is meant for somebody else. */
  TOKEN_AUDIENCE(Fault.POLICY),
  /** The parts of a result do not belong together. */
  RESULT_BINDING(Fault.BINDING),
  /** A claim holds another word than the policy allows. */
  CLAIM_REFUSED(Fault.POLICY),
  /** The policy is older, or weaker, than the one in force. */
  POLICY_ROLLBACK(Fault.POLICY);

  private final Fault fault;

  Reason(Fault fault) {
    this.fault = fault;
  }

  /** The class of what is wrong. */
  public Fault fault() {
    return fault;
  }
}
