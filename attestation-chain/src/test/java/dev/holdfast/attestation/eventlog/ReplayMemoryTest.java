package dev.holdfast.attestation.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReplayMemoryTest {
  private static final EventLogRules RULES = EventLogRules.STRICT;

  /** The log of a machine that started this version, and the registers that it leads to. */
  private record Boot(Bytes log, Map<Pcr, Bytes> registers) {
    static Boot of(String version, Bytes logged) {
      EventLogWriter writer = new EventLogWriter(Set.of(PcrBank.SHA256));
      Map<Pcr, Bytes> registers = new TreeMap<>();
      Bytes start = Bytes.of(new byte[PcrBank.SHA256.digestLength()]);
      Bytes measured = PcrBank.SHA256.hash(Bytes.utf8(version));
      writer.measured(0, EventType.EV_S_CRTM_VERSION, Map.of(PcrBank.SHA256, measured), logged);
      Bytes separator = writer.separator(0).getOrDefault(PcrBank.SHA256, Bytes.EMPTY);
      registers.put(
          new Pcr(PcrBank.SHA256, 0),
          PcrBank.SHA256.extend(PcrBank.SHA256.extend(start, measured), separator));
      return new Boot(writer.log(), registers);
    }

    static Boot of(String version) {
      return of(version, Bytes.utf8(version));
    }

    Replay.Outcome in(ReplayMemory memory) {
      return memory.replay(log, registers, RULES);
    }
  }

  @Test
  void theSameLogOfTheSameRegistersIsReplayedOnce() {
    ReplayMemory memory = new ReplayMemory(1024);
    Replay.Outcome first = Boot.of("1").in(memory);
    VerifiedEvents events = assertInstanceOf(VerifiedEvents.class, first);
    assertEquals(2, events.events().size());
    assertSame(first, Boot.of("1").in(memory));
  }

  @Test
  void aLogThatDiffersInAnyBitIsJudgedAsWithoutMemory() {
    Boot boot = Boot.of("1");
    ReplayMemory memory = new ReplayMemory(1024);
    Replay.Outcome good = boot.in(memory);
    for (int bit = 0; bit < boot.log().length() * Byte.SIZE; bit++) {
      byte[] flipped = boot.log().toByteArray();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      Boot other = new Boot(Bytes.of(flipped), boot.registers());
      Replay.Outcome outcome = other.in(memory);
      assertNotSame(good, outcome);
      assertEquals(other.in(ReplayMemory.none()).getClass(), outcome.getClass(), "bit " + bit);
    }
  }

  @Test
  void aProofOfOtherRegistersIsNone() {
    ReplayMemory memory = new ReplayMemory(1024);
    Boot boot = Boot.of("1");
    boot.in(memory);
    Boot spliced = new Boot(boot.log(), Boot.of("2").registers());
    assertInstanceOf(Replay.Mismatched.class, spliced.in(memory));
  }

  @Test
  void aProofUnderSofterRulesIsNone() {
    ReplayMemory memory = new ReplayMemory(1024);
    Boot boot = Boot.of("1", Bytes.utf8("another version"));
    assertInstanceOf(
        VerifiedEvents.class,
        memory.replay(boot.log(), boot.registers(), EventLogRules.REPLAY_ONLY));
    assertInstanceOf(Replay.Mismatched.class, boot.in(memory));
  }

  @Test
  void aRefusalIsNotRemembered() {
    ReplayMemory memory = new ReplayMemory(1024);
    assertInstanceOf(Replay.Mismatched.class, Boot.of("1", Bytes.utf8("2")).in(memory));
    assertInstanceOf(
        Replay.Mismatched.class,
        memory.replay(Bytes.utf8("no log"), Boot.of("1").registers(), RULES));
    assertEquals(0, memory.size());
  }

  @Test
  void whatWasUsedLeastRecentlyIsForgottenFirst() {
    Boot one = Boot.of("1");
    ReplayMemory memory = new ReplayMemory(2L * one.log().length());
    Replay.Outcome first = one.in(memory);
    Replay.Outcome second = Boot.of("2").in(memory);
    assertSame(first, one.in(memory));
    Boot.of("3").in(memory);
    assertEquals(2, memory.size());
    assertSame(first, one.in(memory));
    assertNotSame(second, Boot.of("2").in(memory));
  }

  @Test
  void aLogLongerThanTheMemoryIsProvenAndNotKept() {
    Boot boot = Boot.of("1");
    ReplayMemory memory = new ReplayMemory(boot.log().length() - 1L);
    assertInstanceOf(VerifiedEvents.class, boot.in(memory));
    assertEquals(0, memory.size());
  }
}
