package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.TcbWaiver;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Verdict;
import dev.holdfast.proto.policy.v1.GetNodeRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.proto.reservation.v1.Reservation;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.config.ZoneTrust;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Group B: guests of SEV-SNP and TDX, through the API. */
final class TeeTest {
  private static final String GUEST = Site.ZONE + "/nodes/guest-1";

  @TempDir private Path directory = Path.of("");
  private Optional<Site> site = Optional.empty();

  @AfterEach
  void stop() {
    site.ifPresent(Site::close);
  }

  private Site site(UnaryOperator<ZoneRules> zone) throws IOException {
    Site started = Site.empty(directory, SiteOptions.USUAL.ruling(zone));
    site = Optional.of(started);
    return started;
  }

  private Site strict() throws IOException {
    return site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(TeeZone.GOOD)));
  }

  private static Refused enrolling(Site site, PaperGuest guest) {
    PaperNode node = site.guest(GUEST, Role.ENCLAVE, guest);
    site.create(node);
    return Distrust.enrolling(site, node);
  }

  private void pathwayWith(Site site) {
    site.join(Site.HYPERVISOR, Role.HYPERVISOR);
    site.join(Site.SWITCH, Role.SWITCH);
    site.join(Site.STORAGE, Role.STORAGE_CONTROLLER);
    site.pathway("first", Site.HYPERVISOR, Site.SWITCH, Site.STORAGE, GUEST);
    assertEquals(AttestationChain.State.STATE_LIVE, site.attest(Site.FIRST_PATHWAY).getState());
  }

  @Test
  void aGuestWithoutATpmIsEnrolledByItsReportAndWorkRestsOnIt() throws IOException {
    Site site = strict();
    PaperSession session =
        site.join(site.guest(GUEST, Role.ENCLAVE, PaperGuest.snp(UnaryOperator.identity())));
    pathwayWith(site);
    Appraisal appraisal = session.appraisal();
    assertEquals(Verdict.VERDICT_AFFIRMING, appraisal.getVerdict());
    assertEquals(
        List.of(dev.holdfast.proto.attestation.v1.EvidenceFormat.EVIDENCE_FORMAT_SEV_SNP_REPORT),
        appraisal.getFormatsList());
    Reservation active = site.reserveUntilActive(site.wish());
    assertEquals(Reservation.State.STATE_ACTIVE, active.getState());
  }

  @Test
  void aTdxGuestIsTrustedByItsQuoteAndCollateral() throws IOException {
    Site site = strict();
    site.join(site.guest(GUEST, Role.ENCLAVE, PaperGuest.tdx(TeeZone.PLATFORM, _ -> {})));
    assertEquals(Node.State.STATE_TRUSTED, site.state(GUEST));
  }

  @Test
  void b02_aGuestThatCanBeDebuggedIsRefused() throws IOException {
    Site site = strict();
    enrolling(site, PaperGuest.snp(report -> report.policy(0xb001fL)))
        .with(Code.PERMISSION_DENIED, "TEE_DEBUG");
    // TDATTRIBUTES.DEBUG.
    PaperGuest debugged = PaperGuest.tdx(TeeZone.PLATFORM, body -> body[120] |= 1);
    Distrust.enrolling(site, site.guest(GUEST, Role.ENCLAVE, debugged))
        .with(Code.PERMISSION_DENIED, "TEE_DEBUG");
  }

  @Test
  void b04_aPlatformBehindItsUpdatesIsRefusedUnlessWaived() throws IOException {
    DcapCollateral behind =
        TeeZone.PLATFORM.collateral(
            PaperDcap.Frame.TDX_4,
            info -> info.replace("\"UpToDate\"", "\"OutOfDate\""),
            UnaryOperator.identity());
    Site site = site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(behind)));
    enrolling(site, PaperGuest.tdx(TeeZone.PLATFORM, _ -> {}))
        .with(Code.FAILED_PRECONDITION, "TCB_OUT_OF_DATE");
    site.close();
    Site waiving =
        site(
            zone ->
                TeeZone.rules(
                    zone,
                    new TeeRules(
                        false,
                        List.of(
                            new TcbWaiver(
                                "OutOfDate",
                                Set.of(),
                                Instant.now().plus(Duration.ofDays(30)),
                                "the update is under test")),
                        false,
                        false,
                        0,
                        false,
                        new TreeMap<>()),
                    List.of(behind)));
    PaperNode node = waiving.guest(GUEST, Role.ENCLAVE, PaperGuest.tdx(TeeZone.PLATFORM, _ -> {}));
    node.enrol(waiving.enrolment(), waiving.token(GUEST), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, waiving.state(GUEST));
  }

  @Test
  void firmwareThatIsNotCommittedIsRefusedUnlessThePolicyAllowsIt() throws IOException {
    PaperGuest provisional =
        PaperGuest.snp(report -> report.put(0x38, Bytes.fromHex("0300000000000874")));
    Site site = strict();
    enrolling(site, provisional).with(Code.FAILED_PRECONDITION, "TCB_OUT_OF_DATE");
    site.close();
    TeeRules allowing = new TeeRules(false, List.of(), false, true, 0, false, new TreeMap<>());
    Site cloud = site(zone -> TeeZone.rules(zone, allowing, List.of(TeeZone.GOOD)));
    PaperNode node = cloud.guest(GUEST, Role.ENCLAVE, provisional);
    node.enrol(cloud.enrolment(), cloud.token(GUEST), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, cloud.state(GUEST));
  }

  @Test
  void b05_withoutCollateralNothingIsKnownOfThePlatform() throws IOException {
    Site site = site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of()));
    enrolling(site, PaperGuest.tdx(TeeZone.PLATFORM, _ -> {}))
        .with(Code.FAILED_PRECONDITION, "COLLATERAL_MISSING");
  }

  @Test
  void b11_reportDataOfAnotherAnswerIsRefused() throws IOException {
    Site site = strict();
    enrolling(
            site,
            PaperGuest.snp(report -> report.put(PaperGuest.SNP_REPORT_DATA, PaperSnp.REPORT_DATA)))
        .with(Code.PERMISSION_DENIED, "REPORT_DATA");
  }

  @Test
  void b12_aGuestThatStartedAnythingElseIsRefused() throws IOException {
    Site site = strict();
    enrolling(site, PaperGuest.snp(report -> report.put(0x90, Bytes.fromHex("23".repeat(48)))))
        .with(Code.PERMISSION_DENIED, "MEASUREMENT");
  }

  @Test
  void b13_aQuoteOfAVersionThatNobodyKnowsIsRefused() throws IOException {
    Site site = strict();
    PaperGuest future =
        binding ->
            PaperGuest.tdx(TeeZone.PLATFORM, _ -> {}).statements(binding).stream()
                .map(
                    evidence -> {
                      byte[] quote = evidence.getTdxQuote().getQuote().toByteArray();
                      quote[0] = 9;
                      return evidence.toBuilder()
                          .setTdxQuote(
                              evidence.getTdxQuote().toBuilder()
                                  .setQuote(ByteString.copyFrom(quote)))
                          .build();
                    })
                .toList();
    enrolling(site, future).with(Code.INVALID_ARGUMENT, "QUOTE_VERSION");
  }

  @Test
  void b16_whereTheSiteIsNotAttestedPhysicalAccessIsNotTrusted() throws IOException {
    TeeRules guarded = new TeeRules(false, List.of(), false, false, 0, true, new TreeMap<>());
    Site site = site(zone -> TeeZone.rules(zone, guarded, List.of(TeeZone.GOOD)));
    enrolling(site, PaperGuest.snp(UnaryOperator.identity()))
        .with(Code.PERMISSION_DENIED, "PHYSICAL_TRUST");
    site.close();
    Site attested =
        site(
            zone -> {
              ZoneRules rules = TeeZone.rules(zone, guarded, List.of(TeeZone.GOOD));
              ZoneTrust trust = rules.trust();
              return Zones.trusting(
                  new ZoneTrust(
                      trust.endorsement(),
                      trust.evidence(),
                      trust.platformKeys(),
                      trust.collateral(),
                      Set.of(NodeName.parse(GUEST))),
                  rules);
            });
    PaperNode node = attested.guest(GUEST, Role.ENCLAVE, PaperGuest.snp(UnaryOperator.identity()));
    node.enrol(attested.enrolment(), attested.token(GUEST), Manner.HONEST);
    assertTrue(attested.state(GUEST) == Node.State.STATE_TRUSTED);
  }

  /** All that a guest may show once it is trusted, and is not trusted for any more. */
  @Test
  void b02ToB15_aTrustedGuestIsDistrustedOnceItShowsAnythingElse() throws IOException {
    TeeRules strict = new TeeRules(false, List.of(), true, 0, false, new TreeMap<>());
    Site trusting =
        TeeZone.site(
            directory,
            zone -> TeeZone.rules(zone, strict, List.of(TeeZone.GOOD)),
            PaperGuest.snp(UnaryOperator.identity()));
    site = Optional.of(trusting);
    shows(trusting, report -> report.policy(0xb001fL), "TEE_DEBUG");
    shows(
        trusting,
        report -> report.put(PaperGuest.SNP_REPORT_DATA, PaperSnp.REPORT_DATA),
        "REPORT_DATA");
    shows(trusting, report -> report.put(0x90, Bytes.fromHex("23".repeat(48))), "MEASUREMENT");
    shows(trusting, report -> report.put(0x1a0, Bytes.fromHex("5b".repeat(64))), "SNP_CHIP");
    // Signed with the cloud's key, where the chip's own is required.
    PaperGuest byCloud = PaperGuest.snp(report -> report.number(0x48, 1 << 2), PaperSnp.vlek());
    new Distrust(trusting)
        .follows(GUEST, Manner.stating(byCloud), Code.PERMISSION_DENIED, "SNP_KEY");
  }

  private static void shows(Site site, UnaryOperator<PaperSnp.Draft> change, String reason) {
    new Distrust(site)
        .follows(GUEST, Manner.stating(PaperGuest.snp(change)), Code.PERMISSION_DENIED, reason);
  }

  @Test
  void b15_aGuestStaysOnTheChipThatItWasEnrolledWith() throws IOException {
    Site site = strict();
    PaperSession session =
        site.join(site.guest(GUEST, Role.ENCLAVE, PaperGuest.snp(UnaryOperator.identity())));
    session.close();
    Node before = stored(site);
    PaperNode elsewhere =
        site.guest(GUEST, Role.ENCLAVE, PaperGuest.tdx(TeeZone.PLATFORM, _ -> {}));
    Refused.by(() -> elsewhere.enrol(site.enrolment(), site.token(GUEST), Manner.HONEST))
        .with(Code.ALREADY_EXISTS, "IDENTITY_IMMUTABLE");
    assertEquals(before, stored(site));
  }

  private static Node stored(Site site) {
    return site.operator().topology().getNode(GetNodeRequest.newBuilder().setName(GUEST).build());
  }

  @Test
  void whatThePresentRevisionRefusesIsTrustedByTheOutgoingOneUntilThatEnds() throws IOException {
    Site site =
        site(
            zone -> {
              ZoneRules before = TeeZone.rules(zone, TeeRules.STRICT, List.of(TeeZone.GOOD));
              PolicyRevision next =
                  new PolicyRevision(
                      before.policy(), new ReferenceValues(Map.of(), Map.of(), Map.of()), true);
              return new ZoneRules(
                  before.name(),
                  before.trust(),
                  next,
                  Optional.of(
                      new ZoneRules.Outgoing(
                          before.present(), Instant.now().plus(Duration.ofSeconds(60)))),
                  before.allocation(),
                  before.control());
            });
    PaperNode node = site.guest(GUEST, Role.ENCLAVE, PaperGuest.snp(UnaryOperator.identity()));
    site.create(node);
    node.enrol(site.enrolment(), site.token(GUEST), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, site.state(GUEST));
    PaperSession session = site.connect(node);
    site.clock().advance(Duration.ofSeconds(90));
    session.close();
    PaperSession late = PaperSession.open(node, node.client(site.port(), site.root()));
    Distrust.contraindicated(late.appraisal(), "REFERENCE_MISSING");
  }
}
