package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.TcbStatus;
import dev.holdfast.attestation.dcap.DcapEvidence;
import dev.holdfast.attestation.dcap.DcapExpectation;
import dev.holdfast.attestation.dcap.ReportDataRule;
import dev.holdfast.attestation.dcap.TcbPolicy;
import dev.holdfast.attestation.dcap.TrailingBytes;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The inputs that all cases about DCAP share. */
final class DcapInputs {
  static final Set<String> COLLATERAL =
      Set.of(
          "tcb_info",
          "tcb_info_chain",
          "qe_identity",
          "qe_identity_chain",
          "pck_crl",
          "pck_crl_chain",
          "root_crl");
  static final Set<String> POLICY =
      Set.of(
          "accepted_tcb_statuses",
          "debug_allowed",
          "trailing_bytes",
          "event_log_padding_allowed",
          "measurements");

  private final Inputs inputs;

  DcapInputs(Inputs inputs) {
    this.inputs = inputs;
  }

  /** Names of inputs, with those of collateral. */
  static Set<String> withCollateral(String... others) {
    Set<String> names = new HashSet<>(COLLATERAL);
    names.addAll(List.of(others));
    return Set.copyOf(names);
  }

  CertificatePath.Anchors anchors() {
    try {
      return CertificatePath.Anchors.parse(inputs.list("anchors"), List.of());
    } catch (IllegalArgumentException e) {
      throw new CaseException("an anchor cannot be read");
    }
  }

  DcapEvidence evidence(Bytes quote) {
    return new DcapEvidence(
        quote, inputs.list("pck_chain"), inputs.optional("event_log").orElse(Bytes.EMPTY));
  }

  /** All of it, or none. */
  Optional<DcapCollateral> collateral() {
    if (COLLATERAL.stream().noneMatch(inputs::has)) {
      return Optional.empty();
    }
    return Optional.of(
        DcapCollateral.of(
            signed("tcb_info"),
            signed("qe_identity"),
            signed("pck_crl"),
            inputs.bytes("root_crl")));
  }

  DcapCollateral.Signed signed(String name) {
    return new DcapCollateral.Signed(inputs.bytes(name), inputs.list(name + "_chain"));
  }

  DcapExpectation expectation() {
    JsonNode policy = inputs.policy();
    TcbPolicy tcb = TcbPolicy.STRICT.withoutCollateral();
    if (policy.has("accepted_tcb_statuses")) {
      Set<TcbStatus> accepted = new HashSet<>();
      for (JsonNode word : policy.get("accepted_tcb_statuses")) {
        TcbStatus.of(word.asText())
            .filter(status -> status != TcbStatus.REVOKED)
            .ifPresent(accepted::add);
      }
      tcb = tcb.accepting(accepted);
    }
    EventLogRules rules =
        EventLogRules.REPLAY_ONLY.withPaddingAllowed(
            policy.path("event_log_padding_allowed").asBoolean(false));
    DcapExpectation expectation =
        DcapExpectation.strict(anchors())
            .withTcb(tcb)
            .withTrailingBytes(trailing(policy.path("trailing_bytes").asText("none")))
            .withReportData(reportData())
            .withMeasurements(measurements(policy.path("measurements")))
            .withEventLog(false, rules);
    return policy.path("debug_allowed").asBoolean(false)
        ? expectation.withDebugAllowed()
        : expectation;
  }

  private ReportDataRule reportData() {
    Optional<Bytes> exactly = inputs.optional("report_data");
    if (exactly.isPresent()) {
      return new ReportDataRule.Exactly(exactly.get());
    }
    return inputs
        .optional("bound_data")
        .<ReportDataRule>map(ReportDataRule.BeginsWithHashOf::new)
        .orElse(new ReportDataRule.Free());
  }

  private static TrailingBytes trailing(String word) {
    try {
      return TrailingBytes.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new CaseException("trailing_bytes is none, zero or any, not " + word);
    }
  }

  private static Map<String, List<Bytes>> measurements(JsonNode object) {
    Map<String, List<Bytes>> measurements = new TreeMap<>();
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String claim =
          name.startsWith("rtmr")
              ? "tdx/rtmr/" + name.substring("rtmr".length())
              : name.equals("mrenclave") || name.equals("mrsigner") ? "sgx/" + name : "tdx/" + name;
      measurements.put(claim, List.of(Inputs.hex(object.path(name).asText(), name)));
    }
    return measurements;
  }
}
