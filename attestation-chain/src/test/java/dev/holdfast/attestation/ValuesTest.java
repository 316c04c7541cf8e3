package dev.holdfast.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  @Test
  void bytesCannotBeChangedFromOutside() {
    byte[] source = {1, 2, 3};
    Bytes bytes = Bytes.of(source);
    source[0] = 9;
    bytes.toByteArray()[1] = 9;
    assertEquals("010203", bytes.hex());
    assertEquals(Bytes.fromHex("010203"), bytes);
    assertNotEquals(Bytes.fromHex("010204"), bytes);
    assertEquals(Bytes.fromHex("0203"), bytes.slice(1, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> bytes.slice(2, 4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nodes/n",
        "trustZones/z/nodes/",
        "trustZones/z/nodes/N",
        "trustZones/z/nodes/n/",
        "trustZones/z/nodes/1n",
        "trustZones/z/nodes/n-",
        "trustZones/z/nodes/n\n",
        "trustZones/z/nodes/../n",
        "trustZones/z/nodes/n\u0000",
        "trustZones/z/pathways/n",
        "trustZones/z/nodes/\u043d",
        "xtrustZones/z/nodes/n"
      })
  void namesOfAnotherFormAreRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> NodeName.parse(name));
  }

  @Test
  void namesAreReadAsTheyAreWritten() {
    String longest = "a" + "-0".repeat(31);
    String name = "trustZones/z/nodes/" + longest;
    assertEquals(name, NodeName.parse(name).toString());
    assertThrows(IllegalArgumentException.class, () -> NodeName.parse(name + "0"));
    assertEquals("policies/edge@7", PolicyName.parse("policies/edge@7").toString());
    assertThrows(IllegalArgumentException.class, () -> PolicyName.parse("policies/edge@0"));
    assertThrows(IllegalArgumentException.class, () -> PolicyName.parse("policies/edge@07"));
    assertEquals("trustZones/z", TrustZoneName.parse("trustZones/z").toString());
  }

  @Test
  void eachNodeAndRoleAnswersItsOwnNonce() {
    NodeName node = Samples.node("hv-1");
    Nonce nonce = Samples.EPOCH.nonceFor(Role.HYPERVISOR, node);
    assertEquals(nonce, Samples.EPOCH.nonceFor(Role.HYPERVISOR, node));
    assertNotEquals(nonce, Samples.EPOCH.nonceFor(Role.SWITCH, node));
    assertNotEquals(nonce, Samples.EPOCH.nonceFor(Role.HYPERVISOR, Samples.node("hv-2")));
    assertFalse(nonce.toString().contains(nonce.value().hex()));
    assertFalse(Samples.EPOCH.toString().contains(Samples.EPOCH.value().hex()));
  }

  @Test
  void theNonceOfAPathwayIsAnHmac() {
    Epoch epoch = new Epoch(Bytes.of(new byte[32]));
    // Computed by another implementation: HMAC over 01 ‖ "trustZones/z/nodes/n".
    assertEquals(
        "eddde2991d660bc57c7a7aadffd1456848530d91e49040ca2fe8d4d869636af5",
        epoch.nonceFor(Role.HYPERVISOR, new NodeName("z", "n")).value().hex());
  }

  @Test
  void findingsAreBoundedAndClean() {
    String long4 = "\ud83d\ude00".repeat(2_000);
    Finding finding =
        Finding.against(Reason.EVENTLOG_TYPE, long4)
            .at("a\nb\u0000c\u202ed")
            .expecting(java.util.Collections.nCopies(20, long4))
            .finding(long4)
            .remedy(long4);
    assertEquals(1024, finding.message().getBytes(StandardCharsets.UTF_8).length);
    assertEquals(256, finding.found().getBytes(StandardCharsets.UTF_8).length);
    assertEquals(16, finding.expected().size());
    assertEquals("a?b?c?d", finding.claim());
    assertEquals("?", Finding.against(Reason.EVENTLOG_TYPE, "\ud83d").message());
  }

  @Test
  void aSelectionIsAscendingAndInRange() {
    assertEquals("sha256:0,23", PcrSelection.of(PcrBank.SHA256, 0, 23).toString());
    for (List<Integer> bad : List.of(List.of(1, 1), List.of(2, 1), List.of(-1), List.of(24))) {
      assertThrows(IllegalArgumentException.class, () -> new PcrSelection(PcrBank.SHA256, bad));
    }
  }

  @Test
  void whatProvesNothingAffirmsNothing() {
    Hop hop = Samples.PATHWAY.hops().getFirst();
    Appraisal good = Samples.appraisal(hop);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Appraisal(
                good.node(),
                good.role(),
                List.of(),
                good.evidenceDigest(),
                good.policy(),
                good.appraisedAt(),
                good.expiresAt(),
                List.of(),
                java.util.Optional.empty()));
    assertTrue(good.verdict() == Verdict.AFFIRMING);
  }

  @Test
  void everyFindingSaysWhatToDoOrThatNoPolicyHelps() {
    for (Reason reason : Reason.values()) {
      String remedy = Finding.against(reason, "what happened").remedy();
      assertTrue(remedy.length() > 20 && remedy.endsWith("."), reason + ": " + remedy);
      assertEquals("Do this.", Finding.warning(reason, "").remedy("Do this.").remedy());
      assertEquals(remedy, Finding.against(reason, "").remedy("").at("claim").remedy());
    }
  }
}
