package dev.holdfast.attestation.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Register;
import dev.holdfast.attestation.Rtmr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Logs of machines whose registers are no TPM's, and the rules that may be waived. */
class ConfidentialLogTest {
  private final EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA384));
  private final Map<Register, Bytes> registers = new HashMap<>();

  private void start() {
    for (int i = 0; i < Rtmr.COUNT; i++) {
      registers.put(new Rtmr(i), Bytes.of(new byte[48]));
    }
  }

  private void event(int rtmr, EventType type, Bytes data) {
    Bytes digest = writer.event(rtmr + 1, type, data).getOrDefault(PcrBank.SHA384, Bytes.EMPTY);
    registers.computeIfPresent(new Rtmr(rtmr), (_, value) -> PcrBank.SHA384.extend(value, digest));
  }

  private void boot() {
    start();
    event(0, EventType.EV_EFI_VARIABLE_DRIVER_CONFIG, Bytes.utf8("SecureBoot"));
    event(0, EventType.EV_SEPARATOR, Bytes.of(new byte[4]));
    event(1, EventType.EV_EFI_ACTION, Bytes.utf8("Exit Boot Services"));
    event(1, EventType.EV_SEPARATOR, Bytes.of(new byte[4]));
    event(1, EventType.EV_SEPARATOR, Bytes.of(new byte[4]));
    event(2, EventType.EV_IPL, Bytes.utf8("kernel"));
  }

  private Set<Reason> reasons(EventLogRules rules) {
    return reasons(writer.log(), rules);
  }

  private Set<Reason> reasons(Bytes log, EventLogRules rules) {
    return switch (EventLogParser.parse(log, rules.paddingAllowed())) {
      case EventLogParser.Illegible illegible -> Set.of(illegible.finding().reason());
      case EventLogParser.Legible legible ->
          switch (Replay.replay(legible.log(), registers, rules)) {
            case VerifiedEvents _ -> Set.of();
            case Replay.Mismatched mismatched ->
                mismatched.findings().stream()
                    .map(Finding::reason)
                    .collect(Collectors.toCollection(TreeSet::new));
          };
    };
  }

  @Test
  void runtimeRegistersFollowFromTheirLog() {
    boot();
    assertEquals(Set.of(), reasons(EventLogRules.CONFIDENTIAL_COMPUTING));
    assertEquals(Set.of(Reason.EVENTLOG_SEPARATOR), reasons(EventLogRules.STRICT));
    Bytes padding = Bytes.fromHex("ff".repeat(100));
    Bytes padded = Bytes.concat(writer.log(), padding);
    assertEquals(Set.of(), reasons(padded, EventLogRules.CONFIDENTIAL_COMPUTING));
  }

  @Test
  void everyRuntimeRegisterThatIsGivenMustFollow() {
    boot();
    for (int i = 0; i < Rtmr.COUNT; i++) {
      Bytes right = registers.getOrDefault(new Rtmr(i), Bytes.EMPTY);
      registers.put(new Rtmr(i), PcrBank.SHA384.hash(right));
      assertEquals(
          Set.of(Reason.EVENTLOG_MISMATCH),
          reasons(EventLogRules.CONFIDENTIAL_COMPUTING),
          "RTMR " + i);
      registers.put(new Rtmr(i), right);
    }
  }

  @Test
  void noByteOfADigestCanBeChanged() {
    boot();
    Bytes log = writer.log();
    for (int at = 0; at < log.length(); at++) {
      byte[] altered = log.toByteArray();
      altered[at] ^= 0x10;
      // What is not digested is the header's description, and the data of EV_IPL.
      Set<Reason> reasons = reasons(Bytes.of(altered), EventLogRules.CONFIDENTIAL_COMPUTING);
      boolean described = at < 32 + 33 || at >= log.length() - "kernel".length();
      assertTrue(described || !reasons.isEmpty(), "byte " + at);
    }
  }

  @Test
  void registersOfTwoKindsHaveNoLogInCommon() {
    boot();
    registers.put(new Pcr(PcrBank.SHA384, 0), Bytes.of(new byte[48]));
    assertThrows(IllegalArgumentException.class, () -> reasons(EventLogRules.STRICT));
  }

  @Test
  void eachDemandIsWaivedByItsWord() {
    start();
    event(0, EventType.EV_SEPARATOR, Bytes.fromHex("01000000"));
    assertEquals(Set.of(Reason.EVENTLOG_TYPE), reasons(EventLogRules.STRICT));
    Demand content = Demand.of("separator-content").orElseThrow();
    assertEquals(Set.of(), reasons(EventLogRules.STRICT.without(content)));
    for (Demand demand : Demand.values()) {
      assertEquals(demand, Demand.of(demand.word()).orElseThrow());
    }
    assertTrue(Demand.of("everything").isEmpty());
  }

  @Test
  void dataOfATypeMayGoUnchecked() {
    start();
    Map<PcrBank, Bytes> digests = Map.of(PcrBank.SHA384, PcrBank.SHA384.hash(Bytes.utf8("all")));
    writer.measured(1, EventType.EV_EFI_GPT_EVENT, digests, Bytes.utf8("part"));
    registers.computeIfPresent(
        new Rtmr(0),
        (_, value) ->
            PcrBank.SHA384.extend(value, digests.getOrDefault(PcrBank.SHA384, Bytes.EMPTY)));
    assertEquals(Set.of(Reason.EVENTLOG_TYPE), reasons(EventLogRules.STRICT));
    assertEquals(
        Set.of(),
        reasons(EventLogRules.STRICT.withDataUnchecked(Set.of(EventType.EV_EFI_GPT_EVENT))));
  }

  @Test
  void onlyFirmwareRegistersMustFollowInThatScope() {
    registers.put(new Pcr(PcrBank.SHA384, 11), PcrBank.SHA384.hash(Bytes.EMPTY));
    writer.event(11, EventType.EV_IPL, Bytes.utf8("unified kernel image"));
    assertEquals(Set.of(Reason.EVENTLOG_MISMATCH), reasons(EventLogRules.REPLAY_ONLY));
    EventLogRules firmware = EventLogRules.REPLAY_ONLY.withScope(EventLogRules.Scope.FIRMWARE);
    EventLogParser.Legible legible =
        assertInstanceOf(EventLogParser.Legible.class, EventLogParser.parse(writer.log(), false));
    VerifiedEvents events =
        assertInstanceOf(VerifiedEvents.class, Replay.replay(legible.log(), registers, firmware));
    assertEquals(List.of(), events.events(), "what did not follow is not proven");
  }

  private static Bytes table() {
    ByteBuffer table = ByteBuffer.allocate(CcelTable.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    table.put(Bytes.utf8("CCEL").asByteBuffer()).putInt(CcelTable.LENGTH).put((byte) 1);
    table.put((byte) 0).put(Bytes.utf8("HFAST ").asByteBuffer());
    table.position(36).put((byte) 2).put((byte) 0).putShort((short) 0);
    table.putLong(0x10000).putLong(0x7d649000L);
    int sum = 0;
    for (byte one : table.array()) {
      sum += one;
    }
    return Bytes.of(table.put(9, (byte) -sum).array());
  }

  @Test
  void aCcelTableSaysWhereTheLogLies() {
    CcelTable.Legible legible = assertInstanceOf(CcelTable.Legible.class, CcelTable.parse(table()));
    assertEquals(new CcelTable(2, 0, 0x10000, 0x7d649000L), legible.table());
  }

  @Test
  void noBitOfACcelTableCanBeFlipped() {
    Bytes table = table();
    for (int bit = 0; bit < table.length() * 8; bit++) {
      byte[] altered = table.toByteArray();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      assertInstanceOf(CcelTable.Illegible.class, CcelTable.parse(Bytes.of(altered)), "bit " + bit);
    }
    for (int length = 0; length < table.length(); length++) {
      assertInstanceOf(CcelTable.Illegible.class, CcelTable.parse(table.slice(0, length)));
    }
  }
}
