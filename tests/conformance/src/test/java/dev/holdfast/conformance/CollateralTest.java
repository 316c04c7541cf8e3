package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperAuthority;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.journal.Event;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Collateral that has ended, or was rolled back (B06): each item has a clock of its own. */
final class CollateralTest {
  private static final PaperDcap PLATFORM = TeeZone.PLATFORM;
  private static final UnaryOperator<String> SAME = UnaryOperator.identity();
  private static final Instant PAST = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir private Path directory = Path.of("");

  private static String newer(String text) {
    return text.replace("EvaluationDataNumber\":17", "EvaluationDataNumber\":18");
  }

  private static PaperGuest guest() {
    return PaperGuest.tdx(PLATFORM, _ -> {});
  }

  private static UnaryOperator<String> ending(Instant end) {
    return text -> text.replace(PaperDcap.NEXT_UPDATE.toString(), end.toString());
  }

  /** Collateral of which one item ends then, and what is said of it afterwards. */
  private static Map<DcapCollateral, String> ofWhichOneEnds(Instant end) {
    DcapCollateral.Signed info = PLATFORM.signedTcbInfo(Frame.TDX_4, SAME);
    DcapCollateral.Signed identity = PLATFORM.signedQeIdentity(Frame.TDX_4, SAME);
    Bytes rootList = PLATFORM.root.crl(PaperDcap.BEGIN, end);
    DcapCollateral.Signed keyList =
        new DcapCollateral.Signed(
            PLATFORM.platformCa.crl(PaperDcap.BEGIN, end),
            PaperAuthority.pem(PLATFORM.platformCa, PLATFORM.root));
    Map<DcapCollateral, String> each = new LinkedHashMap<>();
    each.put(PLATFORM.collateral(Frame.TDX_4, ending(end), SAME), "COLLATERAL_STALE");
    each.put(PLATFORM.collateral(Frame.TDX_4, SAME, ending(end)), "COLLATERAL_STALE");
    each.put(DcapCollateral.of(info, identity, keyList, PLATFORM.rootCrl()), "CRL_STALE");
    each.put(DcapCollateral.of(info, identity, PLATFORM.pckCrl(), rootList), "CRL_STALE");
    return each;
  }

  private Path folder(Object name) throws IOException {
    return Files.createDirectories(directory.resolve(name.toString()));
  }

  private static Site site(Path folder, DcapCollateral collateral) throws IOException {
    return Site.empty(
        folder,
        SiteOptions.USUAL.ruling(
            zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(collateral))));
  }

  @Test
  void b06_anyItemPastItsEndIsRefused() throws IOException {
    for (Map.Entry<DcapCollateral, String> each : ofWhichOneEnds(PAST).entrySet()) {
      try (Site site = site(folder(each.getKey().hashCode()), each.getKey())) {
        PaperNode node = site.guest(TeeZone.GUEST, Role.ENCLAVE, guest());
        site.create(node);
        Distrust.enrolling(site, node).with(Code.FAILED_PRECONDITION, each.getValue());
      }
    }
  }

  @Test
  void b06_trustEndsWithTheFirstItemThoughTheOthersGoOn() throws IOException {
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofSeconds(90));
    for (Map.Entry<DcapCollateral, String> each : ofWhichOneEnds(end).entrySet()) {
      try (Site site =
          TeeZone.site(
              folder(each.getKey().hashCode()),
              zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(each.getKey())),
              guest())) {
        assertFalse(
            site.ledger().chains().values().stream()
                .anyMatch(chain -> chain.value().chain().expiresAt().isAfter(end)),
            "a chain outlives what it rests on");
        int reservations = site.ledger().reservations().size();
        int told = site.told();
        int heard = site.events().count();
        site.clock().advance(Duration.ofSeconds(91));
        Refused.by(() -> site.reserve(site.wish())).with(Code.FAILED_PRECONDITION, each.getValue());
        site.events()
            .await(heard, Event.Rejected.class, event -> event.reason().equals(each.getValue()));
        assertEquals(Node.State.STATE_UNTRUSTED, site.state(TeeZone.GUEST));
        assertEquals(reservations, site.ledger().reservations().size());
        assertEquals(told, site.told());
      }
    }
  }

  @Test
  void b06_aDocumentOlderThanOneSeenBeforeARestartIsRefused() throws IOException {
    DcapCollateral present =
        PLATFORM.collateral(Frame.TDX_4, CollateralTest::newer, CollateralTest::newer);
    Map<String, DcapCollateral> older =
        Map.of(
            "both", TeeZone.GOOD,
            "info", PLATFORM.collateral(Frame.TDX_4, SAME, CollateralTest::newer),
            "identity", PLATFORM.collateral(Frame.TDX_4, CollateralTest::newer, SAME));
    for (Map.Entry<String, DcapCollateral> each : older.entrySet()) {
      Path folder = folder(each.getKey());
      PaperNode node;
      try (Site before = site(folder, present)) {
        node = before.guest(TeeZone.GUEST, Role.ENCLAVE, guest());
        before.join(node);
        assertEquals(Node.State.STATE_TRUSTED, before.state(TeeZone.GUEST));
      }
      try (Site after = site(folder, each.getValue())) {
        PaperSession session = PaperSession.open(node, node.client(after.port(), after.root()));
        Distrust.contraindicated(session.appraisal(), "COLLATERAL_STALE");
        assertEquals(Node.State.STATE_UNTRUSTED, after.state(TeeZone.GUEST));
        Refused.by(() -> node.enrol(after.enrolment(), after.token(TeeZone.GUEST), Manner.HONEST))
            .with(Code.FAILED_PRECONDITION, "COLLATERAL_STALE");
        assertEquals(Node.State.STATE_UNTRUSTED, after.state(TeeZone.GUEST));
        session.close();
      }
      // The number was kept, and not the older one in its place.
      try (Site again = site(folder, present)) {
        again.connect(node);
        assertEquals(Node.State.STATE_TRUSTED, again.state(TeeZone.GUEST));
      }
    }
  }
}
