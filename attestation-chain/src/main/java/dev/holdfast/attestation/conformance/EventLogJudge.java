package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Fault;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Register;
import dev.holdfast.attestation.Rtmr;
import dev.holdfast.attestation.eventlog.CcelTable;
import dev.holdfast.attestation.eventlog.Demand;
import dev.holdfast.attestation.eventlog.EventLogParser;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.Replay;
import dev.holdfast.attestation.eventlog.VerifiedEvents;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The judge of event logs, and of the table that says where one lies. */
public final class EventLogJudge implements Judge {
  @Override
  public String format() {
    return "tcg-eventlog";
  }

  @Override
  public Set<Operation> operations() {
    return Set.of(Operation.REPLAY, Operation.APPRAISE, Operation.PARSE);
  }

  @Override
  public Set<String> inputs() {
    return Set.of("log", "registers", "register_kind", "acpi_table");
  }

  @Override
  public Set<String> policyMembers() {
    return Set.of("padding_allowed");
  }

  @Override
  public Answer judge(Question question) {
    Inputs inputs = question.inputs();
    if (inputs.has("acpi_table")) {
      return switch (CcelTable.parse(inputs.bytes("acpi_table"))) {
        case CcelTable.Illegible illegible -> Answer.of(illegible.finding());
        case CcelTable.Legible _ -> new Answer.Accepted("a CCEL table");
      };
    }
    boolean padding = inputs.policy().path("padding_allowed").asBoolean(false);
    EventLogRules rules =
        EventLogRules.REPLAY_ONLY.withScope(EventLogRules.Scope.EVERY).withPaddingAllowed(padding);
    EventLogRules asked =
        question.operation() == Operation.APPRAISE ? rules.with(Demand.SEPARATOR_ONCE) : rules;
    return switch (EventLogParser.parse(inputs.bytes("log"), padding)) {
      case EventLogParser.Illegible illegible -> Answer.of(illegible.finding());
      case EventLogParser.Legible legible ->
          question.operation() == Operation.PARSE
              ? new Answer.Accepted(legible.log().events().size() + " events")
              : replay(legible, inputs, asked);
    };
  }

  private static Answer replay(EventLogParser.Legible legible, Inputs inputs, EventLogRules rules) {
    String kind = inputs.json("register_kind").asText("pcr");
    Map<Register, Bytes> registers = new LinkedHashMap<>();
    for (TpmInputs.Given given : TpmInputs.registers(inputs.json("registers"), "registers")) {
      switch (kind) {
        case "pcr" -> registers.put(new Pcr(given.bank(), given.index()), given.value());
        case "rtmr" -> {
          if (given.bank() != PcrBank.SHA384 || given.index() >= Rtmr.COUNT) {
            return new Answer.Rejected(
                Fault.REGISTER, "there is no " + given.bank().label() + " RTMR " + given.index());
          }
          registers.put(new Rtmr(given.index()), given.value());
        }
        default -> throw new CaseException("no kind of registers is called " + kind);
      }
    }
    return switch (Replay.replay(legible.log(), registers, rules)) {
      case Replay.Mismatched mismatched -> Answer.of(mismatched.findings().getFirst());
      case VerifiedEvents events -> new Answer.Accepted(events.events().size() + " events proven");
    };
  }
}
