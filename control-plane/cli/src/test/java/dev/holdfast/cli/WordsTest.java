package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.Hop;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.resource.v1.InputValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, spans, inputs and hops as people write them. */
final class WordsTest {
  @Test
  void aNameMayBeWrittenInFullOrInShort() {
    assertEquals("trustZones/edge/nodes/sw-3", Names.NODE.full("edge/sw-3"));
    assertEquals("trustZones/edge/nodes/sw-3", Names.NODE.full("trustZones/edge/nodes/sw-3"));
    assertEquals("tenants/-", Names.TENANT.full("-"));
    assertEquals("tenants/acme/reservations/r7", Names.RESERVATION.full("acme/r7"));
    assertEquals("images/" + "a".repeat(64), Names.image("sha256:" + "a".repeat(64)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "sw-3", "edge/sw-3/x", "edge/", "a b/c", "trustZones/edge/node/x", "../x"})
  void whatIsNoNameIsRefused(String text) {
    assertThrows(CommandException.class, () -> Names.NODE.full(text));
  }

  @Test
  void aMistypedCollectionSuggestsTheNearest() {
    String said =
        String.valueOf(
            assertThrows(CommandException.class, () -> Names.of("trustZones/edge/node/sw-3"))
                .getMessage());
    assertTrue(said.contains("Did you mean \"nodes\"?"), said);
  }

  @Test
  void aSpanIsReadWholeOrRefused() {
    assertEquals(Duration.ofMinutes(90), Spans.parse("1h30m"));
    assertEquals(Duration.ofMillis(500), Spans.parse("500ms"));
    for (String bad :
        List.of(
            "", "1", "h", "1h30", "1 h", "-1h", "0s", "999999999d", "999999999d".repeat(110_000))) {
      assertThrows(CommandException.class, () -> Spans.parse(bad), bad);
    }
  }

  @Test
  void aTimeThatIsNoneIsADash() {
    Instant now = Instant.parse("2026-03-01T12:00:00Z");
    Timestamp earlier = Spans.onWire(now.minusSeconds(90));
    assertEquals("1m30s", Spans.age(true, earlier, now));
    assertEquals("1m30s ago", Spans.until(true, earlier, now));
    assertEquals("-", Spans.age(false, earlier, now));
    for (long seconds : new long[] {Long.MAX_VALUE, Long.MIN_VALUE}) {
      Timestamp none = Timestamp.newBuilder().setSeconds(seconds).build();
      assertEquals("-", Spans.age(true, none, now));
      assertEquals("-", Spans.until(true, none, now));
    }
  }

  @Test
  void anInputIsANumberASwitchOrAWord() {
    assertEquals(InputValue.newBuilder().setNumber(5e6).build(), WorkloadOptions.input("5e6"));
    assertEquals(InputValue.newBuilder().setFlag(true).build(), WorkloadOptions.input("true"));
    assertEquals(InputValue.newBuilder().setText("full").build(), WorkloadOptions.input("full"));
    assertEquals(InputValue.newBuilder().setText("5").build(), WorkloadOptions.input("\"5\""));
    assertEquals(InputValue.newBuilder().setText("NaN").build(), WorkloadOptions.input("NaN"));
  }

  @Test
  void aHopSaysWhatTheWorkloadIsCalledThere() {
    Hop hop =
        PathwayCommands.hop(
            "trustZones/edge", "sw-3,source=10.2.0.0/16,protocol=6,port=443+port=80");
    assertEquals("trustZones/edge/nodes/sw-3", hop.getNode());
    assertEquals(2, hop.getFlows().getFlowsCount());
    assertEquals(443, hop.getFlows().getFlows(0).getDestinationPort());
    assertEquals("vm7", PathwayCommands.hop("trustZones/edge", "hv-1,machine=vm7").getMachine());
    assertThrows(
        CommandException.class, () -> PathwayCommands.hop("trustZones/edge", "sw-3,port=70000"));
    assertThrows(
        CommandException.class, () -> PathwayCommands.hop("trustZones/edge", "sw-3,prt=1"));
  }

  @Test
  void anEnumLosesWhatItsTypeSays() {
    assertEquals("CONTRAINDICATED", Text.word(Verdict.VERDICT_CONTRAINDICATED));
    assertEquals("TRUSTED", Text.word(Node.State.STATE_TRUSTED));
  }

  @Test
  void whatCameFromElsewhereCannotSteerTheTerminal() {
    String clean = Text.clean("\u001b[2Jpwned\u202e\r");
    assertFalse(clean.contains("\u001b") || clean.contains("\u202e") || clean.contains("\r"));
    assertTrue(clean.contains("pwned"));
  }
}
