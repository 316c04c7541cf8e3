package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.dcap.PaperAuthority;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PaperDcap.Frame;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.spdm.PaperDevice;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Group B, as far as it is about platforms, their collateral and their devices, through the API.
 */
final class PlatformTest {
  private static final PaperDcap PLATFORM = TeeZone.PLATFORM;
  private static final PaperDevice DEVICE = PaperDevice.p256();
  private static final UnaryOperator<String> SAME = UnaryOperator.identity();

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

  /** Enrols a guest where platforms are judged by this collateral. */
  private Refused enrolling(DcapCollateral collateral, PaperGuest guest) throws IOException {
    return enrolling(new Collateral(List.of(collateral), 0), guest);
  }

  private Refused enrolling(Collateral collateral, PaperGuest guest) throws IOException {
    return enrolling(site(zone -> TeeZone.rules(zone, TeeRules.STRICT, collateral)), guest);
  }

  private static Refused enrolling(Site site, PaperGuest guest) {
    PaperNode node = site.guest(TeeZone.GUEST, Role.ENCLAVE, guest);
    site.create(node);
    return Distrust.enrolling(site, node);
  }

  private static PaperGuest tdx() {
    return PaperGuest.tdx(PLATFORM, _ -> {});
  }

  private static void enrols(Site site, PaperGuest guest) {
    PaperNode node = site.guest(TeeZone.GUEST, Role.ENCLAVE, guest);
    site.create(node);
    node.enrol(site.enrolment(), site.token(TeeZone.GUEST), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, site.state(TeeZone.GUEST));
  }

  @Test
  void b01_anEnclaveThatCanBeDebuggedIsRefused() throws IOException {
    DcapCollateral sgx = PLATFORM.collateral(Frame.SGX_3);
    enrolling(sgx, PaperGuest.sgx(PLATFORM, body -> body[48] |= 2))
        .with(Code.PERMISSION_DENIED, "TEE_DEBUG");
  }

  @Test
  void anEnclaveIsTrustedByItsQuoteAndCollateral() throws IOException {
    DcapCollateral sgx = PLATFORM.collateral(Frame.SGX_3);
    enrols(
        site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(TeeZone.GOOD, sgx))),
        PaperGuest.sgx(PLATFORM, _ -> {}));
  }

  @Test
  void b03_aRevokedPlatformIsRefused() throws IOException {
    enrolling(
            PLATFORM.collateral(
                Frame.TDX_4, info -> info.replace("\"UpToDate\"", "\"Revoked\""), SAME),
            tdx())
        .with(Code.PERMISSION_DENIED, "TCB_REVOKED");
  }

  @Test
  void b07_aRevokedKeyOrAListThatIsOutOfDateIsRefused() throws IOException {
    enrolling(
            DcapCollateral.of(
                PLATFORM.signedTcbInfo(Frame.TDX_4, SAME),
                PLATFORM.signedQeIdentity(Frame.TDX_4, SAME),
                PLATFORM.pckCrl(PLATFORM.pck),
                PLATFORM.rootCrl()),
            tdx())
        .with(Code.PERMISSION_DENIED, "CERT_REVOKED");
    site.ifPresent(Site::close);
    Bytes old = PLATFORM.root.crl(PaperDcap.BEGIN, Instant.parse("2026-03-01T00:00:00Z"));
    DcapCollateral stale =
        DcapCollateral.of(
            PLATFORM.signedTcbInfo(Frame.TDX_4, SAME),
            PLATFORM.signedQeIdentity(Frame.TDX_4, SAME),
            PLATFORM.pckCrl(),
            old);
    Site later = site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(stale)));
    PaperNode node = later.guest(TeeZone.GUEST, Role.ENCLAVE, tdx());
    Distrust.enrolling(later, node).with(Code.FAILED_PRECONDITION, "CRL_STALE");
  }

  @Test
  void b07_aListThatAnotherAuthoritySignedIsAsGoodAsNone() throws IOException {
    PaperAuthority twin = PLATFORM.root.authority("Paper SGX PCK Platform CA");
    DcapCollateral.Signed keys =
        new DcapCollateral.Signed(
            twin.crl(PaperDcap.BEGIN, PaperDcap.NEXT_UPDATE), PLATFORM.pckCrl().chain());
    DcapCollateral.Signed info = TeeZone.GOOD.tcbInfo();
    DcapCollateral.Signed identity = TeeZone.GOOD.qeIdentity();
    enrolling(DcapCollateral.of(info, identity, keys, PLATFORM.rootCrl()), tdx())
        .with(Code.FAILED_PRECONDITION, "COLLATERAL_MISSING");
    site.ifPresent(Site::close);
    DcapCollateral foreignRoot =
        DcapCollateral.of(info, identity, PLATFORM.pckCrl(), new PaperDcap().rootCrl());
    Site other = site(zone -> TeeZone.rules(zone, TeeRules.STRICT, List.of(foreignRoot)));
    Distrust.enrolling(other, other.guest(TeeZone.GUEST, Role.ENCLAVE, tdx()))
        .with(Code.FAILED_PRECONDITION, "COLLATERAL_MISSING");
  }

  @Test
  void b07_aForgedListNeitherClearsNorRevokes() throws IOException {
    PaperGuest guest = PaperGuest.snp(UnaryOperator.identity());
    Bytes clearing = PaperSnp.forgedRevocations();
    enrolling(snpUnder(List.of(clearing)), guest).with(Code.FAILED_PRECONDITION, "CRL_MISSING");
    site.ifPresent(Site::close);
    Bytes revoking = PaperSnp.forgedRevocations(0x10001);
    Site both = snpUnder(List.of(revoking, PaperSnp.revocations(PaperSnp.END)));
    PaperNode node = both.guest(TeeZone.GUEST, Role.ENCLAVE, guest);
    node.enrol(both.enrolment(), both.token(TeeZone.GUEST), Manner.HONEST);
    assertEquals(Node.State.STATE_TRUSTED, both.state(TeeZone.GUEST));
  }

  private Site snpUnder(List<Bytes> lists) throws IOException {
    Anchors anchors = Anchors.parse(List.of(PaperSnp.ARK_CERTIFICATE), lists);
    return site(
        zone ->
            TeeZone.anchored(
                TeeZone.rules(zone, TeeRules.STRICT, List.of()),
                EvidenceFormat.SEV_SNP_REPORT,
                anchors));
  }

  @Test
  void b08_theIdentityOfAnotherQuotingEnclaveIsRefused() throws IOException {
    enrolling(
            DcapCollateral.of(
                PLATFORM.signedTcbInfo(Frame.TDX_4, SAME),
                PLATFORM.signedQeIdentity(Frame.SGX_3, SAME),
                PLATFORM.pckCrl(),
                PLATFORM.rootCrl()),
            tdx())
        .with(Code.PERMISSION_DENIED, "QE_IDENTITY");
  }

  /** Once trusted, a guest is judged anew by the same rules. */
  @Test
  void b01ToB17_aTrustedGuestIsDistrustedOnceItShowsAnythingElse() throws IOException {
    Site trusting =
        TeeZone.site(
            directory,
            zone ->
                TeeZone.rules(
                    zone, TeeRules.STRICT, List.of(TeeZone.GOOD, PLATFORM.collateral(Frame.SGX_3))),
            tdx());
    site = Optional.of(trusting);
    Distrust distrust = new Distrust(trusting);
    distrust.follows(
        TeeZone.GUEST,
        Manner.stating(PaperGuest.sgx(PLATFORM, body -> body[48] |= 2)),
        Code.PERMISSION_DENIED,
        "TEE_DEBUG");
    distrust.follows(
        TeeZone.GUEST,
        Manner.stating(PaperGuest.tdx(PLATFORM, body -> body[1] = 9)),
        Code.PERMISSION_DENIED,
        "TDX_MODULE");
    distrust.follows(
        TeeZone.GUEST,
        Manner.stating(tdx().beside("nic-0", DEVICE, UnaryOperator.identity())),
        Code.PERMISSION_DENIED,
        "DEVICE_IDENTITY");
  }

  @Test
  void b09_aTdxModuleThatNobodyDescribedIsRefused() throws IOException {
    enrolling(TeeZone.GOOD, PaperGuest.tdx(PLATFORM, body -> body[1] = 9))
        .with(Code.PERMISSION_DENIED, "TDX_MODULE");
  }

  @Test
  void b10_anAttestationKeyThatTheQuotingEnclaveDidNotBindIsRefused() throws IOException {
    PaperGuest unbound =
        binding -> {
          Bytes quote =
              PLATFORM.quote(
                  Frame.TDX_4,
                  body -> {
                    byte[] data = PaperGuest.reportData(binding).toByteArray();
                    System.arraycopy(data, 0, body, PaperGuest.TDX_REPORT_DATA, data.length);
                  },
                  quotingEnclave -> quotingEnclave[320] ^= 1);
          return List.of(PaperGuest.tdxQuote(quote));
        };
    enrolling(TeeZone.GOOD, unbound).with(Code.PERMISSION_DENIED, "QE_BINDING");
  }

  @Test
  void b14_collateralThatWasWrittenAnewIsAsGoodAsNone() throws IOException {
    DcapCollateral.Signed signed = PLATFORM.signedTcbInfo(Frame.TDX_4, SAME);
    Bytes rewritten =
        Bytes.utf8(
            new String(signed.body().toByteArray(), StandardCharsets.UTF_8)
                .replace("\"version\":3", "\"version\": 3"));
    enrolling(
            DcapCollateral.of(
                new DcapCollateral.Signed(rewritten, signed.chain()),
                PLATFORM.signedQeIdentity(Frame.TDX_4, SAME),
                PLATFORM.pckCrl(),
                PLATFORM.rootCrl()),
            tdx())
        .with(Code.FAILED_PRECONDITION, "COLLATERAL_MISSING");
  }

  private Site withDevice() throws IOException {
    return site(
        zone ->
            TeeZone.withDevices(
                TeeZone.rules(zone, TeeRules.STRICT, List.of(TeeZone.GOOD)),
                DEVICE.anchors(),
                Map.of("nic-0", Sha256.of(DEVICE.leafKey()))));
  }

  @Test
  void b17_aDeviceSpeaksForItselfBesideItsNode() throws IOException {
    Site site = withDevice();
    enrols(site, tdx().beside("nic-0", DEVICE, UnaryOperator.identity()));
  }

  @Test
  void b17_aTranscriptThatWasTouchedIsRefused() throws IOException {
    enrolling(
            withDevice(),
            tdx()
                .beside(
                    "nic-0",
                    DEVICE,
                    transcript -> {
                      transcript[transcript.length - 1] ^= 1;
                      return transcript;
                    }))
        .with(Code.PERMISSION_DENIED, "SPDM_TRANSCRIPT");
  }

  @Test
  void b17_anotherGenuineDeviceOrASilentOneIsRefused() throws IOException {
    Site site = withDevice();
    enrolling(site, tdx()).with(Code.FAILED_PRECONDITION, "EVIDENCE_MISSING");
    PaperNode stranger =
        site.guest(
            TeeZone.GUEST, Role.ENCLAVE, tdx().beside("nic-1", DEVICE, UnaryOperator.identity()));
    Distrust.enrolling(site, stranger).with(Code.PERMISSION_DENIED, "DEVICE_IDENTITY");
  }
}
