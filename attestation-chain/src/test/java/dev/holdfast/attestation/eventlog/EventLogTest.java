package dev.holdfast.attestation.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventLogTest {
  private static final Set<PcrBank> BANKS = EnumSet.of(PcrBank.SHA256, PcrBank.SHA384);
  private static final int LOCALITY = 3;

  /** A log in the making, with the registers that it leads to. */
  private static final class Machine {
    final EventLogWriter writer = new EventLogWriter(BANKS);
    final Map<Pcr, Bytes> registers = new TreeMap<>();

    Machine() {
      for (PcrBank bank : BANKS) {
        for (int i = 0; i < 8; i++) {
          byte[] start = new byte[bank.digestLength()];
          start[start.length - 1] = (byte) (i == 0 ? LOCALITY : 0);
          registers.put(new Pcr(bank, i), Bytes.of(start));
        }
      }
    }

    void event(int register, EventType type, Bytes data) {
      extend(register, writer.event(register, type, data));
    }

    void measured(int register, EventType type, Bytes content, Bytes data) {
      Map<PcrBank, Bytes> digests = new TreeMap<>();
      BANKS.forEach(bank -> digests.put(bank, bank.hash(content)));
      extend(register, writer.measured(register, type, digests, data));
    }

    void extend(int register, Map<PcrBank, Bytes> digests) {
      digests.forEach(
          (bank, digest) ->
              registers.computeIfPresent(
                  new Pcr(bank, register), (_, value) -> bank.extend(value, digest)));
    }

    Machine booted() {
      writer.startupLocality(LOCALITY);
      event(0, EventType.EV_S_CRTM_VERSION, Bytes.utf8("version 1"));
      measured(4, EventType.EV_EFI_BOOT_SERVICES_APPLICATION, Bytes.utf8("code"), Bytes.utf8("at"));
      event(7, EventType.EV_EFI_VARIABLE_DRIVER_CONFIG, Bytes.utf8("SecureBoot"));
      for (int register = 0; register < 8; register++) {
        extend(register, writer.separator(register));
      }
      event(5, EventType.EV_EFI_ACTION, Bytes.utf8("Exit Boot Services"));
      return this;
    }

    Set<Reason> reasons() {
      return EventLogTest.reasons(writer.log(), registers, EventLogRules.STRICT);
    }
  }

  private static Set<Reason> reasons(Bytes log, Map<Pcr, Bytes> quoted, EventLogRules rules) {
    return findings(log, quoted, rules).stream()
        .map(Finding::reason)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Finding> findings(Bytes log, Map<Pcr, Bytes> quoted, EventLogRules rules) {
    return switch (EventLogParser.parse(log, rules.paddingAllowed())) {
      case EventLogParser.Illegible(Finding finding) -> List.of(finding);
      case EventLogParser.Legible(EventLog read) ->
          switch (Replay.replay(read, quoted, rules)) {
            case VerifiedEvents _ -> List.of();
            case Replay.Mismatched(List<Finding> findings) -> findings;
          };
    };
  }

  private static Set<Reason> parsed(Bytes log) {
    return reasons(log, Map.of(), EventLogRules.REPLAY_ONLY);
  }

  @Test
  void aWholeLogReplaysAndProvesOnlyDataThatHashes() {
    Machine machine = new Machine().booted();
    EventLogParser.Legible readable =
        assertInstanceOf(
            EventLogParser.Legible.class, EventLogParser.parse(machine.writer.log(), false));
    VerifiedEvents verified =
        assertInstanceOf(
            VerifiedEvents.class,
            Replay.replay(readable.log(), machine.registers, EventLogRules.STRICT));
    assertEquals(12, verified.events().size());
    assertEquals("event/2", verified.events().getFirst().name());
    assertEquals(Bytes.utf8("version 1"), verified.events().getFirst().data().orElseThrow());
    assertTrue(verified.events().get(1).data().isEmpty(), "what describes code is not proven");
  }

  @Test
  void anotherRegisterValueIsAMismatchThatNamesTheLastEvent() {
    Machine machine = new Machine().booted();
    Bytes replayed = machine.registers.getOrDefault(new Pcr(PcrBank.SHA256, 7), Bytes.EMPTY);
    machine.registers.put(new Pcr(PcrBank.SHA256, 7), Sha256.of("other"));
    Finding finding =
        findings(machine.writer.log(), machine.registers, EventLogRules.STRICT).getFirst();
    assertEquals(Reason.EVENTLOG_MISMATCH, finding.reason());
    assertEquals("pcr/sha256/7", finding.claim());
    assertEquals(List.of(replayed.hex()), finding.expected());
    assertEquals(Sha256.of("other").hex(), finding.found());
    assertTrue(finding.message().contains("event/12, logged as EV_SEPARATOR"), finding.message());
  }

  @Test
  void anotherStartupLocalityIsAMismatch() {
    Machine machine = new Machine();
    machine.writer.startupLocality(LOCALITY + 1);
    assertEquals(Set.of(Reason.EVENTLOG_MISMATCH), machine.reasons());
  }

  @Test
  void aStartupLocalityTooLateOrTwiceIsRefused() {
    Machine machine = new Machine().booted();
    machine.writer.startupLocality(LOCALITY);
    assertEquals(Set.of(Reason.EVENTLOG_TYPE), machine.reasons());
  }

  @Test
  void aRetypedEventIsRefused() {
    Machine machine = new Machine().booted();
    byte[] log = machine.writer.log().toByteArray();
    int at = indexOf(log, EventType.EV_EFI_BOOT_SERVICES_APPLICATION);
    ByteBuffer.wrap(log)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(at, (int) EventType.EV_EFI_ACTION.number());
    Bytes altered = Bytes.of(log);
    assertEquals(
        Set.of(Reason.EVENTLOG_TYPE), reasons(altered, machine.registers, EventLogRules.STRICT));
    assertEquals(Set.of(), reasons(altered, machine.registers, EventLogRules.REPLAY_ONLY));
    ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN).putInt(at, 0x12345678);
    assertEquals(
        Set.of(Reason.EVENTLOG_TYPE),
        reasons(Bytes.of(log), machine.registers, EventLogRules.STRICT));
  }

  @Test
  void alteredDataIsRefusedWhereTheTypePromisesItsHash() {
    Machine machine = new Machine().booted();
    String log = machine.writer.log().hex();
    Bytes altered =
        Bytes.fromHex(log.replace(Bytes.utf8("SecureBoot").hex(), Bytes.utf8("SecureBooT").hex()));
    assertEquals(
        Set.of(Reason.EVENTLOG_TYPE), reasons(altered, machine.registers, EventLogRules.STRICT));
  }

  @Test
  void aSeparatorWithOtherContentIsRefused() {
    Machine machine = new Machine().booted();
    machine.event(6, EventType.EV_SEPARATOR, Bytes.fromHex("01000000"));
    assertEquals(Set.of(Reason.EVENTLOG_TYPE, Reason.EVENTLOG_SEPARATOR), machine.reasons());
  }

  @Test
  void aRegisterWithEventsNeedsItsSeparator() {
    Machine machine = new Machine();
    machine.writer.startupLocality(LOCALITY);
    machine.event(2, EventType.EV_ACTION, Bytes.utf8("option ROM"));
    assertEquals(Set.of(Reason.EVENTLOG_INCOMPLETE), machine.reasons());
  }

  @Test
  void aLogCutAnywhereIsRefused() {
    Machine machine = new Machine().booted();
    Bytes log = machine.writer.log();
    for (int length = 0; length < log.length(); length++) {
      Set<Reason> reasons = reasons(log.slice(0, length), machine.registers, EventLogRules.STRICT);
      assertTrue(!reasons.isEmpty(), "cut to " + length);
    }
    assertEquals(Set.of(Reason.EVENTLOG_INCOMPLETE), parsed(log.slice(0, log.length() - 1)));
  }

  @Test
  void anInsertedEventThatExtendsNothingIsRefused() {
    Machine machine = new Machine().booted();
    Map<PcrBank, Bytes> zeros = new TreeMap<>();
    BANKS.forEach(bank -> zeros.put(bank, Bytes.of(new byte[bank.digestLength()])));
    machine.writer.measured(0, EventType.EV_NO_ACTION, zeros, Bytes.utf8("anything at all"));
    assertEquals(Set.of(Reason.EVENTLOG_INCOMPLETE), machine.reasons());
  }

  @Test
  void anInsertedEventIsAMismatch() {
    Machine machine = new Machine().booted();
    machine.writer.event(5, EventType.EV_EFI_ACTION, Bytes.utf8("never happened"));
    assertEquals(Set.of(Reason.EVENTLOG_MISMATCH), machine.reasons());
  }

  @Test
  void aLogWithoutTheQuotedBankIsAMismatch() {
    Machine machine = new Machine().booted();
    Map<Pcr, Bytes> quoted = Map.of(new Pcr(PcrBank.SHA512, 4), PcrBank.SHA512.hash(Bytes.EMPTY));
    assertEquals(
        Set.of(Reason.EVENTLOG_MISMATCH),
        reasons(machine.writer.log(), quoted, EventLogRules.REPLAY_ONLY));
  }

  @Test
  void impossibleLengthsAndCountsAreMalformed() {
    Bytes log = new Machine().booted().writer.log();
    int header = 32 + headerSize(log);
    for (int field : List.of(header + 8, 28)) {
      for (int value : List.of(-1, Integer.MAX_VALUE, 17 + EventLog.EVENT_MAX_BYTES, 1 << 30)) {
        byte[] altered = log.toByteArray();
        ByteBuffer.wrap(altered).order(ByteOrder.LITTLE_ENDIAN).putInt(field, value);
        assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), parsed(Bytes.of(altered)));
      }
    }
    byte[] none = log.toByteArray();
    ByteBuffer.wrap(none).order(ByteOrder.LITTLE_ENDIAN).putInt(header + 8, 0);
    assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), parsed(Bytes.of(none)));
  }

  @Test
  void anEventWithoutADeclaredDigestIsMalformed() {
    Bytes log = new Machine().booted().writer.log();
    byte[] altered = log.toByteArray();
    int count = 32 + headerSize(log) + 8;
    ByteBuffer.wrap(altered).order(ByteOrder.LITTLE_ENDIAN).putInt(count, 1);
    assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), parsed(Bytes.of(altered)));
  }

  @Test
  void aRegisterThatDoesNotExistIsMalformed() {
    Machine machine = new Machine().booted();
    byte[] log = machine.writer.log().toByteArray();
    int at = indexOf(log, EventType.EV_EFI_BOOT_SERVICES_APPLICATION) - 4;
    ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN).putInt(at, -1);
    assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), parsed(Bytes.of(log)));
  }

  @Test
  void moreEventsOrBytesThanAllowedAreMalformed() {
    EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA256));
    for (int i = 0; i < EventLog.EVENTS_MAX; i++) {
      writer.event(8, EventType.EV_ACTION, Bytes.EMPTY);
    }
    assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), parsed(writer.log()));
    assertEquals(
        Set.of(Reason.EVENTLOG_MALFORMED), parsed(Bytes.of(new byte[EventLog.MAX_BYTES + 1])));
  }

  @Test
  void paddingIsRefusedUnlessAllowed() {
    Machine machine = new Machine().booted();
    byte[] filler = new byte[64];
    java.util.Arrays.fill(filler, (byte) 0xff);
    Bytes padded = Bytes.concat(machine.writer.log(), Bytes.of(filler));
    assertEquals(
        Set.of(Reason.EVENTLOG_MALFORMED),
        reasons(padded, machine.registers, EventLogRules.STRICT));
    EventLogRules allowed = EventLogRules.STRICT.withPaddingAllowed(true);
    assertEquals(Set.of(), reasons(padded, machine.registers, allowed));
    Bytes more = Bytes.concat(padded, Bytes.of((byte) 1));
    assertEquals(Set.of(Reason.EVENTLOG_MALFORMED), reasons(more, machine.registers, allowed));
  }

  @Test
  void aLegacyLogReplaysInItsOneBank() {
    Bytes data = Bytes.utf8("Calling INT 19h");
    Bytes digest = PcrBank.SHA1.hash(data);
    ByteBuffer event = ByteBuffer.allocate(32 + data.length()).order(ByteOrder.LITTLE_ENDIAN);
    event.putInt(4).putInt((int) EventType.EV_ACTION.number()).put(digest.asByteBuffer());
    event.putInt(data.length()).put(data.asByteBuffer());
    Pcr pcr = new Pcr(PcrBank.SHA1, 4);
    Bytes value = PcrBank.SHA1.extend(Bytes.of(new byte[20]), digest);
    Bytes log = Bytes.of(event.array());
    assertEquals(Set.of(), reasons(log, Map.of(pcr, value), EventLogRules.REPLAY_ONLY));
    assertEquals(
        Set.of(Reason.EVENTLOG_MISMATCH),
        reasons(log, Map.of(pcr, digest), EventLogRules.REPLAY_ONLY));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void randomChangesNeverThrowAndNeverChangeWhatIsProven(long seed) {
    Random random = new Random(seed);
    Machine machine = new Machine().booted();
    Bytes log = machine.writer.log();
    List<Bytes> digests = digests(log, machine.registers);
    for (int round = 0; round < 2_000; round++) {
      byte[] altered = log.toByteArray();
      for (int i = 0; i <= random.nextInt(3); i++) {
        altered[random.nextInt(altered.length)] ^= (byte) (1 + random.nextInt(255));
      }
      // What still replays has the same digests in the same order: only descriptions can differ.
      List<Bytes> proven = digests(Bytes.of(altered), machine.registers);
      assertTrue(proven.isEmpty() || proven.equals(digests), "seed " + seed + ", round " + round);
    }
  }

  private static List<Bytes> digests(Bytes log, Map<Pcr, Bytes> registers) {
    if (EventLogParser.parse(log, false) instanceof EventLogParser.Legible(EventLog read)
        && Replay.replay(read, registers, EventLogRules.STRICT) instanceof VerifiedEvents events) {
      List<Bytes> digests = new ArrayList<>();
      events.events().forEach(event -> digests.addAll(new TreeMap<>(event.digests()).values()));
      return digests;
    }
    return List.of();
  }

  private static int headerSize(Bytes log) {
    return log.slice(28, 32).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static int indexOf(byte[] log, EventType type) {
    ByteBuffer buffer = ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < log.length - 4; i++) {
      if (buffer.getInt(i) == (int) type.number()) {
        return i;
      }
    }
    throw new AssertionError("no event of type " + type);
  }
}
