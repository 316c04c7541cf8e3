package dev.holdfast.attestation.collateral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.collateral.CollateralVerifier.Believed;
import dev.holdfast.attestation.collateral.CollateralVerifier.Disbelieved;
import dev.holdfast.attestation.collateral.CollateralVerifier.Judgement;
import dev.holdfast.attestation.collateral.DcapCollateral.Signed;
import dev.holdfast.attestation.dcap.PaperAuthority;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CollateralVerifierTest {
  private static final PaperDcap PAPER = new PaperDcap();
  private static final UnaryOperator<String> SAME = UnaryOperator.identity();
  private static final DcapCollateral GOOD = PAPER.collateral(Frame.TDX_4);

  private static Judgement<VerifiedCollateral> verify(DcapCollateral collateral, Instant at) {
    return CollateralVerifier.verify(collateral, PAPER.anchors(), at, CollateralMemory.none());
  }

  private static <T> List<Reason> reasons(Judgement<T> judgement) {
    assertInstanceOf(Disbelieved.class, judgement, judgement.toString());
    return ((Disbelieved<T>) judgement).findings().stream().map(Finding::reason).toList();
  }

  private static VerifiedCollateral believed(Judgement<VerifiedCollateral> judgement) {
    assertInstanceOf(Believed.class, judgement, judgement.toString());
    return ((Believed<VerifiedCollateral>) judgement).content();
  }

  private static DcapCollateral withTcbInfo(Signed signed) {
    return DcapCollateral.of(signed, GOOD.qeIdentity(), GOOD.pckCrl(), GOOD.rootCrl());
  }

  private static DcapCollateral withBody(Bytes body) {
    return withTcbInfo(new Signed(body, GOOD.tcbInfo().chain()));
  }

  private static String text(Bytes bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }

  @Test
  void aGoodBundleIsBelievedAndEachItemHasItsOwnClock() {
    VerifiedCollateral verified = believed(verify(GOOD, PaperDcap.NOW));
    assertEquals(TcbInfo.Tee.TDX, verified.tcbInfo().tee());
    assertEquals(2, verified.tcbInfo().levels().size());
    assertEquals(QeIdentity.Id.TD_QE, verified.qeIdentity().id());
    assertEquals(PaperDcap.NEXT_UPDATE, verified.notAfter());
    List<String> names = verified.items().stream().map(CollateralItem::name).toList();
    assertTrue(
        names.containsAll(List.of("tcb-info", "qe-identity", "pck-crl", "root-crl")),
        names.toString());
    assertEquals(7, names.size(), names.toString());
  }

  @Test
  void whatEndsSoonIsShownBeforeItBites() {
    VerifiedCollateral verified = believed(verify(GOOD, PaperDcap.NOW));
    Duration untilThen = Duration.between(PaperDcap.NOW, PaperDcap.NEXT_UPDATE);
    assertEquals(List.of(), verified.expiringSoon(PaperDcap.NOW, untilThen.minusDays(1)));
    assertEquals(
        List.of("tcb-info", "qe-identity", "pck-crl", "root-crl"),
        verified.expiringSoon(PaperDcap.NOW, untilThen.plusDays(1)).stream()
            .map(CollateralItem::name)
            .toList());
  }

  @Test
  void theEndsOfAWindowBelongToIt() {
    Instant issued = Instant.parse("2026-02-20T00:00:00Z");
    believed(verify(GOOD, issued));
    believed(verify(GOOD, PaperDcap.NEXT_UPDATE));
    assertEquals(
        List.of(Reason.COLLATERAL_STALE, Reason.COLLATERAL_STALE),
        reasons(verify(GOOD, issued.minusSeconds(1))));
    assertEquals(
        List.of(
            Reason.COLLATERAL_STALE, Reason.COLLATERAL_STALE, Reason.CRL_STALE, Reason.CRL_STALE),
        reasons(verify(GOOD, PaperDcap.NEXT_UPDATE.plusSeconds(1))));
  }

  @Test
  void aDocumentThatWasWrittenAnewIsRefusedThoughItSaysTheSame() {
    String body = text(GOOD.tcbInfo().body());
    String spaced = body.replace("\"tcbType\":0", "\"tcbType\": 0");
    String reordered = body.replace("\"id\":\"TDX\",\"version\":3", "\"version\":3,\"id\":\"TDX\"");
    for (String other : List.of(spaced, reordered)) {
      assertEquals(
          List.of(Reason.COLLATERAL_SIGNATURE),
          reasons(verify(withBody(Bytes.utf8(other)), PaperDcap.NOW)));
    }
  }

  @Test
  void spaceAroundTheSignedMemberIsFree() {
    String body = text(GOOD.tcbInfo().body());
    String spaced =
        " {\n \"tcbInfo\" :  "
            + body.substring("{\"tcbInfo\":".length(), body.length() - 1)
            + "\n}";
    believed(verify(withBody(Bytes.utf8(spaced)), PaperDcap.NOW));
  }

  @Test
  void aSecondCopyOfTheSignedMemberIsRefused() {
    String body = text(GOOD.tcbInfo().body());
    String twice = body.substring(0, body.length() - 1) + ",\"tcbInfo\":{}}";
    assertEquals(
        List.of(Reason.COLLATERAL_MALFORMED),
        reasons(verify(withBody(Bytes.utf8(twice)), PaperDcap.NOW)));
    String inner = body.replace("\"tcbType\":0", "\"tcbType\":0,\"tcbType\":0");
    assertEquals(
        List.of(Reason.COLLATERAL_MALFORMED),
        reasons(verify(withBody(Bytes.utf8(inner)), PaperDcap.NOW)));
  }

  @Test
  void aMemberOfTheSameNameInsideIsNotTheSignedOne() {
    String body = text(GOOD.tcbInfo().body());
    String hidden = "{\"x\":" + body + ",\"signature\":\"" + "00".repeat(64) + "\"}";
    assertEquals(
        List.of(Reason.COLLATERAL_MALFORMED),
        reasons(verify(withBody(Bytes.utf8(hidden)), PaperDcap.NOW)));
  }

  @Test
  void everyCharacterOfASignedDocumentIsProtected() {
    for (boolean info : new boolean[] {true, false}) {
      Signed signed = info ? GOOD.tcbInfo() : PAPER.signedQeIdentity(Frame.SGX_3, SAME);
      int length = signed.body().length();
      BitFlips.of(
          signed.body(),
          (flipped, bit) -> {
            Signed other = new Signed(flipped, signed.chain());
            Judgement<?> judgement =
                info
                    ? CollateralVerifier.verifyTcbInfo(
                        other, Optional.empty(), PAPER.anchors(), PaperDcap.NOW)
                    : CollateralVerifier.verifyQeIdentity(
                        other, Optional.empty(), PAPER.anchors(), PaperDcap.NOW);
            // Hexadecimal digits of the signature may be of either case.
            int at = bit / Byte.SIZE;
            boolean caseOfDigit =
                bit % Byte.SIZE == 5 && at > length - 131 && Character.isLetter(flipped.at(at));
            if (!caseOfDigit) {
              assertInstanceOf(Disbelieved.class, judgement, "bit " + bit);
            }
          });
    }
  }

  @Test
  void aDocumentThatIsCutOrTooLongOrNotUtf8IsRefused() {
    Bytes body = GOOD.tcbInfo().body();
    for (int length = 0; length < body.length(); length += 7) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED),
          reasons(verify(withBody(body.slice(0, length)), PaperDcap.NOW)));
    }
    Bytes mark = Bytes.concat(Bytes.fromHex("efbbbf"), body);
    Bytes wide = Bytes.of(text(body).getBytes(StandardCharsets.UTF_16LE));
    Bytes big = Bytes.concat(body, Bytes.utf8(" ".repeat(1024 * 1024)));
    Bytes more = Bytes.concat(body, Bytes.utf8("{}"));
    Bytes deep = Bytes.utf8("[".repeat(100_000));
    for (Bytes bad : List.of(mark, wide, big, more, deep)) {
      assertEquals(
          List.of(Reason.EVIDENCE_MALFORMED), reasons(verify(withBody(bad), PaperDcap.NOW)));
    }
  }

  @Test
  void whatItsSchemaDoesNotAllowIsRefusedThoughItIsSigned() {
    List<UnaryOperator<String>> changes =
        List.of(
            json -> json.replace("\"version\":3", "\"version\":4"),
            json -> json.replace("\"version\":3", "\"version\":3.0"),
            json -> json.replace("\"version\":3", "\"version\":\"3\""),
            json -> json.replace("\"tcbType\":0", "\"tcbType\":1"),
            json -> json.replace("\"id\":\"TDX\"", "\"id\":\"tdx\""),
            json -> json.replace("00606a000000", "00606a0000"),
            json -> json.replace("00606a000000", "00606a00000g"),
            json -> json.replace("\"pceId\":\"0000\",", ""),
            json -> json.replace("2026-02-20T00:00:00Z", "2026-02-30T00:00:00Z"),
            json -> json.replace("2026-02-20T00:00:00Z", "2026-02-20T00:00:60Z"),
            json -> json.replace("2026-02-20T00:00:00Z", "2026-02-20T00:00:00+00:00"),
            json -> json.replace("2025-06-01T00:00:00Z", "2025-06-01"),
            json -> json.replace("UpToDate", "upToDate"),
            json -> json.replace("\"pcesvn\":11", "\"pcesvn\":65536"),
            json -> json.replace("\"pcesvn\":11", "\"pcesvn\":-1"),
            json -> json.replace("{\"svn\":5}", "{\"svn\":256}"),
            json -> json.replace("{\"svn\":5},", ""),
            json -> json.replace("tcbEvaluationDataNumber", "tcbevaluationdatanumber"),
            json -> json.replace("tdxModule\"", "tdxmodule\""),
            json -> json.replace("\"tdxtcbcomponents\"", "\"tdxcomponents\""),
            json -> json.substring(0, json.indexOf(",\"tcbLevels\":[{\"tcb\":{\"sgx")) + "}");
    for (int i = 0; i < changes.size(); i++) {
      Signed signed = PAPER.signedTcbInfo(Frame.TDX_4, changes.get(i));
      assertEquals(
          List.of(Reason.COLLATERAL_MALFORMED),
          reasons(verify(withTcbInfo(signed), PaperDcap.NOW)),
          "change " + i);
    }
  }

  @Test
  void anIdentityOutsideItsSchemaIsRefused() {
    List<UnaryOperator<String>> changes =
        List.of(
            json -> json.replace("\"version\":2", "\"version\":1"),
            json -> json.replace("\"QE\"", "\"PCE\""),
            json -> json.replace("\"miscselect\":\"00000000\"", "\"miscselect\":\"0000\""),
            json -> json.replace("attributesMask", "attributesmask"),
            json -> json.replace("\"isvprodid\":1", "\"isvprodid\":null"),
            json -> json.replace("\"isvsvn\":8", "\"isvsvn\":1e1"),
            json -> json.replace("\"tcbLevels\":[", "\"tcbLevels\":[],\"levels\":["));
    for (int i = 0; i < changes.size(); i++) {
      Signed signed = PAPER.signedQeIdentity(Frame.SGX_3, changes.get(i));
      assertEquals(
          List.of(Reason.COLLATERAL_MALFORMED),
          reasons(
              CollateralVerifier.verifyQeIdentity(
                  signed, Optional.empty(), PAPER.anchors(), PaperDcap.NOW)),
          "change " + i);
    }
  }

  @Test
  void onlyTheTcbSignerSignsDocuments() {
    PaperAuthority other = PAPER.platformCa.leaf("Paper SGX TCB Signing");
    PaperAuthority unnamed = PAPER.root.leaf("Paper somebody");
    String json = PaperDcap.SGX_INFO;
    for (PaperAuthority signer : List.of(other, unnamed)) {
      Bytes body =
          Bytes.utf8(
              "{\"tcbInfo\":"
                  + json
                  + ",\"signature\":\""
                  + signer.sign(Bytes.utf8(json)).hex()
                  + "\"}");
      Signed signed = new Signed(body, PaperAuthority.pem(signer, PAPER.platformCa, PAPER.root));
      assertEquals(
          List.of(Reason.SIGNER_NOT_ANCHORED),
          reasons(
              CollateralVerifier.verifyTcbInfo(
                  signed, Optional.empty(), PAPER.anchors(), PaperDcap.NOW)));
    }
  }

  @Test
  void aRevokedSignerIsRefused() {
    assertEquals(
        List.of(Reason.CERT_REVOKED),
        reasons(
            CollateralVerifier.verifyTcbInfo(
                GOOD.tcbInfo(),
                Optional.of(PAPER.rootCrl(PAPER.tcbSigner)),
                PAPER.anchors(),
                PaperDcap.NOW)));
  }

  @Test
  void aRevocationListSignedByAnotherCaIsRefused() {
    PaperAuthority twin = PAPER.root.authority("Paper SGX PCK Platform CA");
    DcapCollateral other =
        DcapCollateral.of(
            GOOD.tcbInfo(),
            GOOD.qeIdentity(),
            new Signed(twin.crl(PaperDcap.BEGIN, PaperDcap.NEXT_UPDATE), GOOD.pckCrl().chain()),
            GOOD.rootCrl());
    assertEquals(List.of(Reason.CERT_CHAIN), reasons(verify(other, PaperDcap.NOW)));
    DcapCollateral root =
        DcapCollateral.of(
            GOOD.tcbInfo(), GOOD.qeIdentity(), GOOD.pckCrl(), new PaperDcap().rootCrl());
    assertInstanceOf(Disbelieved.class, verify(root, PaperDcap.NOW));
  }

  @Test
  void revocationListsMayBeInHexadecimalDigits() {
    DcapCollateral hex =
        DcapCollateral.of(
            GOOD.tcbInfo(),
            GOOD.qeIdentity(),
            new Signed(Bytes.utf8(GOOD.pckCrl().body().hex()), GOOD.pckCrl().chain()),
            Bytes.utf8(GOOD.rootCrl().hex() + "\n"));
    believed(verify(hex, PaperDcap.NOW));
  }

  @Test
  void everyBitOfARevocationListIsProtected() {
    BitFlips.of(
        GOOD.rootCrl(),
        (flipped, bit) -> {
          DcapCollateral other =
              DcapCollateral.of(GOOD.tcbInfo(), GOOD.qeIdentity(), GOOD.pckCrl(), flipped);
          assertInstanceOf(Disbelieved.class, verify(other, PaperDcap.NOW), "bit " + bit);
        });
  }

  @Test
  void aMemoryForgetsTheLeastRecentlyUsedBundle() {
    CollateralMemory memory = new CollateralMemory(1);
    DcapCollateral other = PAPER.collateral(Frame.SGX_3);
    for (DcapCollateral bundle : List.of(GOOD, other, GOOD)) {
      assertInstanceOf(
          Believed.class,
          CollateralVerifier.verify(bundle, PAPER.anchors(), PaperDcap.NOW, memory));
      assertEquals(1, memory.size());
    }
    DcapCollateral bad = withBody(Bytes.utf8("{}"));
    assertInstanceOf(
        Disbelieved.class,
        CollateralVerifier.verify(bad, PAPER.anchors(), PaperDcap.NOW, new CollateralMemory(1)));
    CollateralMemory none = CollateralMemory.none();
    CollateralVerifier.verify(GOOD, PAPER.anchors(), PaperDcap.NOW, none);
    assertEquals(0, none.size());
  }
}
