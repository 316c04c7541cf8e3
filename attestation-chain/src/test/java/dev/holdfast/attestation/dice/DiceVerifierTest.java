package dev.holdfast.attestation.dice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.junit.jupiter.api.Test;

class DiceVerifierTest {
  private static final Instant NOW = PaperLayers.NOW;
  private static final Bytes FIRST = Bytes.fromHex("a1".repeat(32));
  private static final Bytes SECOND = Bytes.fromHex("b2".repeat(32));
  private static final Bytes UEID = Bytes.fromHex("01" + "77".repeat(32));
  private static final Bytes BINDING = Bytes.fromHex("5c".repeat(32));
  private static final PaperLayers LAYERS = layers("secp256r1");
  private static final Bytes SIGNATURE = LAYERS.sign("SHA256withECDSA", BINDING);

  private static PaperLayers layers(String curve) {
    return PaperLayers.root(curve)
        .layer("Device", PaperLayers.ueid(UEID))
        .layer("Loader", PaperLayers.tcbInfo(FIRST))
        .leaf("Firmware", PaperLayers.multiTcbInfo(SECOND, FIRST));
  }

  private static DiceExpectation expectation(PaperLayers layers) {
    return DiceExpectation.of(layers.anchors(), layers.leafKey());
  }

  private static Outcome verify(List<Bytes> chain, Bytes signature) {
    return DiceVerifier.verify(
        new DiceEvidence("", chain, signature), BINDING, expectation(LAYERS), NOW);
  }

  private static List<Reason> reasons(Outcome outcome) {
    return assertInstanceOf(Outcome.Refused.class, outcome).findings().stream()
        .map(finding -> finding.reason())
        .toList();
  }

  @Test
  void eachLayerIsAClaim() {
    Outcome.Proven proven =
        assertInstanceOf(Outcome.Proven.class, verify(LAYERS.chain(), SIGNATURE));
    List<Claim> claims = proven.claims();
    assertTrue(claims.contains(new Claim.Measurement("dice/0/fwid/0", SECOND)));
    assertTrue(claims.contains(new Claim.Measurement("dice/0/fwid/1", FIRST)));
    assertTrue(claims.contains(new Claim.Measurement("dice/1/fwid/0", FIRST)));
    assertTrue(claims.contains(new Claim.Measurement("dice/2/ueid", UEID)));
    assertTrue(claims.contains(new Claim.Word("dice/1/tcb/0/vendor", "Paper Works")));
    assertTrue(claims.contains(new Claim.Version("dice/1/tcb/0/svn", 7)));
    assertTrue(claims.contains(new Claim.BoundData(BINDING)));
    assertTrue(claims.contains(new Claim.Flag("tee/debug", false)));
    assertEquals(Optional.of(PaperLayers.END), proven.notAfter());
  }

  @Test
  void theRootMayComeAlong() {
    assertInstanceOf(Outcome.Proven.class, verify(LAYERS.wholeChain(), SIGNATURE));
  }

  @Test
  void devicesOfEveryKindOfKeyAreBelieved() {
    for (String curve : List.of("secp384r1", "secp521r1", "Ed25519")) {
      PaperLayers layers = layers(curve);
      String name =
          switch (curve) {
            case "secp384r1" -> "SHA384withECDSA";
            case "secp521r1" -> "SHA512withECDSA";
            default -> "Ed25519";
          };
      assertInstanceOf(
          Outcome.Proven.class,
          DiceVerifier.verify(
              new DiceEvidence("nic-1", layers.chain(), layers.sign(name, BINDING)),
              BINDING,
              expectation(layers),
              NOW),
          curve);
    }
  }

  @Test
  void aChainWithOneFlippedBitIsRefused() {
    for (int i = 0; i < LAYERS.chain().size(); i++) {
      int place = i;
      BitFlips.of(
          LAYERS.chain().get(i),
          (flipped, bit) -> {
            List<Bytes> chain = new ArrayList<>(LAYERS.chain());
            chain.set(place, flipped);
            assertInstanceOf(
                Outcome.Refused.class,
                verify(chain, SIGNATURE),
                "certificate " + place + ", bit " + bit);
          });
    }
  }

  @Test
  void aSignatureWithOneFlippedBitIsRefused() {
    for (int bit = 0; bit < SIGNATURE.length() * 8; bit++) {
      assertEquals(
          List.of(Reason.SIGNATURE),
          reasons(verify(LAYERS.chain(), BitFlips.flipped(SIGNATURE, bit))));
    }
    assertEquals(List.of(Reason.SIGNATURE), reasons(verify(LAYERS.chain(), Bytes.EMPTY)));
  }

  @Test
  void layersOutOfOrderOrMissingAreRefused() {
    List<Bytes> chain = LAYERS.chain();
    assertEquals(
        List.of(Reason.CERT_CHAIN),
        reasons(verify(List.of(chain.get(0), chain.get(2), chain.get(1)), SIGNATURE)));
    assertEquals(
        List.of(Reason.CERT_CHAIN),
        reasons(verify(List.of(chain.get(0), chain.get(2)), SIGNATURE)));
    assertEquals(List.of(Reason.CERT_CHAIN), reasons(verify(List.of(chain.getFirst()), SIGNATURE)));
    assertEquals(List.of(Reason.CERT_CHAIN), reasons(verify(List.of(), SIGNATURE)));
  }

  @Test
  void aGenuineDeviceElsewhereIsRefused() {
    Outcome other =
        DiceVerifier.verify(
            new DiceEvidence("", LAYERS.chain(), SIGNATURE),
            BINDING,
            DiceExpectation.of(LAYERS.anchors(), layers("secp256r1").leafKey()),
            NOW);
    assertEquals(List.of(Reason.DEVICE_IDENTITY), reasons(other));
  }

  @Test
  void anotherBindingIsRefused() {
    Outcome other =
        DiceVerifier.verify(
            new DiceEvidence("", LAYERS.chain(), SIGNATURE),
            Bytes.fromHex("00".repeat(32)),
            expectation(LAYERS),
            NOW);
    assertEquals(List.of(Reason.SIGNATURE), reasons(other));
  }

  @Test
  void otherFirmwareOrNoneInTheLeafIsRefused() {
    DiceExpectation any = DiceExpectation.ofAnyDevice(LAYERS.anchors());
    assertInstanceOf(
        Outcome.Proven.class,
        DiceVerifier.verifyChain(LAYERS.chain(), any.withLeafFwid(SECOND), NOW));
    assertEquals(
        List.of(Reason.DICE_FWID),
        reasons(
            DiceVerifier.verifyChain(
                LAYERS.chain(), any.withLeafFwid(Bytes.fromHex("00".repeat(32))), NOW)));
    PaperLayers bare = PaperLayers.root("secp256r1").layer("Device").leaf("Bare");
    assertEquals(
        List.of(Reason.DICE_FWID_MISSING),
        reasons(
            DiceVerifier.verifyChain(
                bare.chain(),
                DiceExpectation.ofAnyDevice(bare.anchors()).withLeafFwidRequired(),
                NOW)));
  }

  @Test
  void whatALayerSaysAgainstItselfIsRefusedUnlessAllowed() {
    for (OperationalFlag flag : OperationalFlag.values()) {
      PaperLayers weak =
          PaperLayers.root("secp256r1")
              .layer("Device", PaperLayers.tcbInfo(FIRST, flag))
              .leaf("Firmware", PaperLayers.tcbInfo(SECOND));
      DiceExpectation strict = DiceExpectation.ofAnyDevice(weak.anchors());
      assertEquals(
          List.of(flag == OperationalFlag.DEBUG ? Reason.TEE_DEBUG : Reason.DICE_FLAGS),
          reasons(DiceVerifier.verifyChain(weak.chain(), strict, NOW)));
      assertInstanceOf(
          Outcome.Proven.class,
          DiceVerifier.verifyChain(weak.chain(), strict.withAllowed(flag), NOW));
    }
  }

  @Test
  void theModeOfAnOpenDiceLayerCounts() {
    for (int mode = 0; mode < 4; mode++) {
      PaperLayers open =
          PaperLayers.root("Ed25519")
              .layer("Device", PaperLayers.openDice(FIRST, mode))
              .leaf("Firmware", PaperLayers.openDice(SECOND, 1));
      Outcome outcome =
          DiceVerifier.verifyChain(open.chain(), DiceExpectation.ofAnyDevice(open.anchors()), NOW);
      assertEquals(mode == 1, outcome instanceof Outcome.Proven, "mode " + mode);
    }
  }

  @Test
  void theOlderFormOfTheExtensionIsRead() {
    PaperLayers layers = PaperLayers.root("secp384r1").layer("Device");
    layers.leaf("Firmware", layers.compositeDeviceId(FIRST));
    DiceLayer layer = DiceLayerParser.parse(layers.leafCertificate());
    assertEquals(List.of(new Fwid(PaperLayers.SHA_256, FIRST)), layer.fwids());
    assertTrue(layer.tcbInfos().isEmpty());
  }

  @Test
  void anExtensionThatCannotBeReadIsMalformed() {
    PaperLayers layers =
        PaperLayers.root("secp256r1")
            .layer("Device")
            .leaf(
                "Firmware",
                new PaperLayers.Added(
                    DiceLayer.TCB_INFO, false, new DERSequence(new DERUTF8String("no field"))));
    assertEquals(
        List.of(Reason.DER_MALFORMED),
        reasons(
            DiceVerifier.verifyChain(
                layers.chain(), DiceExpectation.ofAnyDevice(layers.anchors()), NOW)));
  }
}
