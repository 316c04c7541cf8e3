package dev.holdfast.server.collateral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CollateralShelfTest {
  private static final TrustZoneName EDGE = new TrustZoneName("edge");
  private static final PaperDcap PAPER = new PaperDcap();
  private static final DcapCollateral BUNDLE = PAPER.collateral(PaperDcap.Frame.SGX_3);
  private static final EvidenceBundle ANSWER =
      new EvidenceBundle(
          Bytes.EMPTY,
          List.of(new Evidence.SgxQuote("", PAPER.quote(PaperDcap.Frame.SGX_3))),
          Bytes.EMPTY,
          Bytes.EMPTY,
          Sha256.of("the answer"));

  @TempDir private Path directory = Path.of("");
  private final AtomicReference<Instant> now = new AtomicReference<>(PaperDcap.NOW);
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private PaperService service;

  @BeforeEach
  void start() throws IOException {
    service = new PaperService().serving(BUNDLE);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private CollateralShelf shelf(boolean fetching, DcapCollateral... offline) throws IOException {
    Journal journal = new Journal();
    journal.listen(events::add);
    return CollateralShelf.open(
        directory,
        List.of(
            new CollateralShelf.Zone(
                EDGE,
                List.of(PAPER.anchors()),
                Anchors.parse(List.of(), List.of()),
                new Collateral(List.of(offline), 0),
                List.of(),
                fetching
                    ? Optional.of(
                        new HttpCollateralFetcher(
                            service.address(), HttpCollateralFetcher.Bounds.DEFAULT))
                    : Optional.empty())),
        journal,
        now::get,
        new SplittableRandom(11));
  }

  /** All of a bundle issued under another evaluation number. */
  private static DcapCollateral numbered(int number) {
    String other = "\"tcbEvaluationDataNumber\":" + number;
    return PAPER.collateral(
        PaperDcap.Frame.SGX_3,
        json -> json.replace("\"tcbEvaluationDataNumber\":17", other),
        json -> json.replace("\"tcbEvaluationDataNumber\":17", other));
  }

  @Test
  void nothingIsFetchedUnlessConfigured() throws IOException {
    try (CollateralShelf shelf = shelf(false)) {
      assertEquals(Collateral.NONE, shelf.of(EDGE, ANSWER));
      assertEquals(Collateral.NONE, shelf.of(new TrustZoneName("other"), ANSWER));
      shelf.pass();
    }
    assertEquals(List.of(), service.asked());
  }

  @Test
  void whatIsAtHandIsNotFetched() throws IOException {
    try (CollateralShelf shelf = shelf(true, BUNDLE)) {
      assertEquals(List.of(BUNDLE), shelf.of(EDGE, ANSWER).dcap());
    }
    assertEquals(List.of(), service.asked());
  }

  @Test
  void whatIsNotAtHandIsFetchedOnceForAllWhoNeedItAndKeptOverARestart() throws Exception {
    try (CollateralShelf shelf = shelf(true)) {
      List<Thread> callers = new ArrayList<>();
      List<Collateral> came = new CopyOnWriteArrayList<>();
      for (int i = 0; i < 8; i++) {
        callers.add(Thread.ofVirtual().start(() -> came.add(shelf.of(EDGE, ANSWER))));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(8, came.stream().filter(c -> c.dcap().equals(List.of(BUNDLE))).count());
      assertEquals(PaperService.SGX, service.asked());
    }
    try (CollateralShelf again = shelf(true)) {
      assertEquals(List.of(BUNDLE), again.of(EDGE, ANSWER).dcap());
      assertEquals(17, again.of(EDGE).evaluationDataNumberLeast());
    }
    assertEquals(4, service.asked().size());
  }

  @Test
  void aServiceThatFailsIsLeftAloneForAWhile() throws IOException {
    service.on(PaperService.TCB, PaperService.status(500));
    try (CollateralShelf shelf = shelf(true)) {
      assertEquals(List.of(), shelf.of(EDGE, ANSWER).dcap());
      assertEquals(List.of(), shelf.of(EDGE, ANSWER).dcap());
      assertEquals(List.of(PaperService.TCB), service.asked());
      now.updateAndGet(at -> at.plusSeconds(11));
      service.serving(BUNDLE);
      assertEquals(List.of(BUNDLE), shelf.of(EDGE, ANSWER).dcap());
    }
  }

  @Test
  void whatDoesNotVerifyIsNeitherUsedNorKept() throws IOException {
    DcapCollateral foreign = new PaperDcap().collateral(PaperDcap.Frame.SGX_3);
    DcapCollateral ofAnother =
        PAPER.collateral(
            PaperDcap.Frame.SGX_3, json -> json.replace("00606a", "00606b"), json -> json);
    for (DcapCollateral wrong : List.of(foreign, ofAnother)) {
      service.serving(wrong);
      try (CollateralShelf shelf = shelf(true)) {
        assertEquals(List.of(), shelf.of(EDGE, ANSWER).dcap());
      }
    }
    try (var kept = Files.list(directory.resolve("edge/fetched"))) {
      assertEquals(0, kept.count());
    }
    assertEquals(2, events.stream().filter(Event.CollateralRefused.class::isInstance).count());
    assertFalse(Files.exists(directory.resolve("edge/evaluation-number")), "nor is its number");
  }

  @Test
  void theHighestEvaluationNumberIsRememberedAndWhatIsBelowIsRefused() throws IOException {
    try (CollateralShelf shelf = shelf(false, BUNDLE)) {
      assertEquals(17, shelf.of(EDGE).evaluationDataNumberLeast());
    }
    assertEquals("17\n", Files.readString(directory.resolve("edge/evaluation-number")));
    DcapCollateral older = numbered(16);
    service.serving(older);
    try (CollateralShelf shelf = shelf(true)) {
      assertEquals(17, shelf.of(EDGE).evaluationDataNumberLeast(), "over a restart, by itself");
      assertEquals(List.of(), shelf.of(EDGE, ANSWER).dcap(), "an older one is not fetched");
    }
    try (CollateralShelf shelf = shelf(false, older)) {
      assertEquals(17, shelf.of(EDGE).evaluationDataNumberLeast(), "nor lowered by a folder");
    }
    try (CollateralShelf shelf = shelf(false, older, numbered(18))) {
      assertEquals(18, shelf.of(EDGE).evaluationDataNumberLeast());
      assertEquals(
          numbered(18).tcbInfo().chain(), shelf.of(EDGE).dcap().getFirst().tcbInfo().chain());
    }
    Files.writeString(directory.resolve("edge/evaluation-number"), "many");
    assertTrue(
        assertThrows(IOException.class, () -> shelf(false)).toString().contains("no number"));
  }

  @Test
  void whatHoldsComesBeforeWhatIsOver() throws IOException {
    DcapCollateral over =
        PAPER.collateral(
            PaperDcap.Frame.SGX_3,
            json ->
                json.replace("00606a", "00606b")
                    .replace(PaperDcap.NEXT_UPDATE.toString(), "2026-02-25T00:00:00Z"),
            json -> json);
    try (CollateralShelf shelf = shelf(false, over, BUNDLE)) {
      assertEquals(List.of(BUNDLE, over), shelf.of(EDGE).dcap());
    }
  }

  @Test
  void whatWasFetchedIsFetchedAgainBeforeItEnds() throws IOException {
    try (CollateralShelf shelf = shelf(true)) {
      shelf.of(EDGE, ANSWER);
      shelf.pass();
      assertEquals(4, service.asked().size(), "it holds for weeks");
      now.set(PaperDcap.NEXT_UPDATE.minus(Duration.ofDays(6)));
      shelf.pass();
      assertEquals(8, service.asked().size());
    }
  }

  @Test
  void whatEndsSoonIsSaidOnceADayAndListedSoonestFirst() throws IOException {
    try (CollateralShelf shelf = shelf(false, BUNDLE)) {
      shelf.pass();
      assertEquals(List.of(), events, "it holds for weeks");
      now.set(PaperDcap.NEXT_UPDATE.minus(Duration.ofDays(6)));
      shelf.pass();
      shelf.pass();
      assertEquals(4, expiring(false), "two documents and two lists");
      now.set(PaperDcap.NEXT_UPDATE.plus(Duration.ofDays(1)));
      shelf.pass();
      assertEquals(4, expiring(true));
      List<CollateralShelf.Held> held = shelf.list();
      assertEquals(4, held.stream().filter(h -> h.state() == HeldItem.State.EXPIRED).count());
      assertEquals(
          held.stream().sorted(Comparator.comparing(h -> h.item().until())).toList(), held);
      assertTrue(
          held.stream()
              .anyMatch(
                  h ->
                      h.item().kind() == HeldItem.Kind.SGX_TCB_INFO
                          && h.item().subject().equals("00606a000000")
                          && h.item().issueNumber() == 17));
      assertEquals(
          3, held.stream().filter(h -> h.item().kind() == HeldItem.Kind.CERTIFICATE).count());
    }
  }

  private long expiring(boolean expired) {
    return events.stream()
        .filter(event -> event instanceof Event.CollateralExpiring one && one.expired() == expired)
        .count();
  }
}
