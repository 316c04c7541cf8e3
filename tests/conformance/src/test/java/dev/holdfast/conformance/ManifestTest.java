package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.TeeRules;
import dev.holdfast.attestation.reference.PaperCorim;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.proto.attestation.v1.PreviewPolicyRequest;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.policy.v1.Collateral;
import dev.holdfast.proto.policy.v1.ListCollateralRequest;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.PolicyRevision;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reference values from manifests (CoRIM) that the configuration names: good ones, and others. */
final class ManifestTest {
  private static final int SHA384 = 7;
  private static final String ENCLAVES =
      "manifests: [{file: image.corim, key: publisher.pem, roles: [enclave]}]";

  private final Instant now = Instant.now();
  private final Instant end = now.plus(Duration.ofHours(1));

  @TempDir private Path directory = Path.of("");
  private Optional<Site> site = Optional.empty();

  @BeforeEach
  void publish() throws IOException {
    Files.write(directory.resolve("maker.der"), PaperSnp.ARK_CERTIFICATE.toByteArray());
    String key = Base64.getMimeEncoder().encodeToString(PaperCorim.KEY.getPublic().getEncoded());
    Files.writeString(
        directory.resolve("publisher.pem"),
        "-----BEGIN PUBLIC KEY-----\n" + key + "\n-----END PUBLIC KEY-----\n");
    manifest(PaperSnp.MEASUREMENT, PaperCorim.KEY, end);
  }

  @AfterEach
  void stop() {
    site.ifPresent(Site::close);
  }

  /** Writes a manifest of one measurement. */
  private void manifest(Bytes measurement, KeyPair key, Instant until) throws IOException {
    CBORObject corim =
        PaperCorim.corim(
            "image",
            PaperCorim.tag(
                PaperCorim.comid(
                    "one",
                    PaperCorim.references(
                        PaperCorim.array(
                            PaperCorim.part(1),
                            PaperCorim.array(
                                PaperCorim.measured(
                                    "snp/measurement",
                                    2,
                                    PaperCorim.array(PaperCorim.array(SHA384, measurement)))))))));
    CBORObject meta =
        PaperCorim.map(
            0,
            PaperCorim.map(0, "Publisher"),
            1,
            PaperCorim.validity(until.minus(Duration.ofDays(1)), until));
    CBORObject header =
        PaperCorim.map(1, -7, 3, "application/rim+cbor", 8, Bytes.of(meta.EncodeToBytes()));
    Files.write(
        directory.resolve("image.corim"),
        PaperCorim.signed(header, PaperCorim.unsigned(corim), key).toByteArray());
  }

  /** Reads a configuration whose zone names manifests. */
  private ServerConfig configuration(String manifests) throws IOException {
    return ConfigReader.read(
        Files.writeString(
            directory.resolve("holdfast.yaml"),
            """
            trustZones:
              edge:
                evidenceAnchors: {sev-snp-report: [maker.der]}
                %s
            """
                .formatted(manifests)));
  }

  private List<String> complaints(String manifests) {
    return assertThrows(ConfigException.class, () -> configuration(manifests)).complaints();
  }

  /** A server whose enclaves are compared with the manifests of the configuration alone. */
  private Site configured(String manifests) throws IOException {
    ZoneRules read =
        Optional.ofNullable(configuration(manifests).zones().get(TrustZoneName.parse(Site.ZONE)))
            .orElseThrow();
    Site started =
        Site.empty(
            Files.createDirectories(directory.resolve("site")),
            SiteOptions.USUAL.ruling(
                usual -> {
                  ZoneRules zone = TeeZone.rules(usual, TeeRules.STRICT, List.of(TeeZone.GOOD));
                  Map<Role, Map<String, Set<Bytes>>> references =
                      new HashMap<>(zone.references().byRole());
                  references.remove(Role.ENCLAVE);
                  return Zones.under(
                      new PolicyRevision(
                          zone.policy(),
                          new ReferenceValues(references, Map.of(), Map.of()),
                          read.present().manifests(),
                          true),
                      zone);
                }));
    site = Optional.of(started);
    return started;
  }

  private static PaperNode guest(Site site) {
    return site.guest(TeeZone.GUEST, Role.ENCLAVE, PaperGuest.snp(UnaryOperator.identity()));
  }

  private static Refused refused(Site site) {
    PaperNode node = guest(site);
    site.create(node);
    return Distrust.enrolling(site, node);
  }

  @Test
  void aNodeIsTrustedForAManifestUntilThatEnds() throws IOException {
    Site site = configured(ENCLAVES);
    PaperNode node = guest(site);
    PaperSession session = site.join(node);
    assertEquals(Node.State.STATE_TRUSTED, site.state(TeeZone.GUEST));
    session.close();
    site.clock().advance(Duration.ofMinutes(59));
    PaperSession late = PaperSession.open(node, node.client(site.port(), site.root()));
    assertTrue(late.appraisal().getExpireTime().getSeconds() <= end.getEpochSecond());
    late.close();
    site.clock().advance(Duration.ofMinutes(2));
    PaperSession over = PaperSession.open(node, node.client(site.port(), site.root()));
    Distrust.contraindicated(over.appraisal(), "REFERENCE_MISSING");
    assertEquals(Node.State.STATE_UNTRUSTED, site.state(TeeZone.GUEST));
    over.close();
  }

  @Test
  void aManifestIsShownWithItsEndBeforeThatComes() throws IOException {
    Site site = configured(ENCLAVES);
    Collateral shown = shown(site);
    assertEquals("image", shown.getSubject());
    assertEquals(end.getEpochSecond(), shown.getExpireTime().getSeconds());
    assertEquals(Collateral.State.STATE_EXPIRING_SOON, shown.getState());
    site.clock().advance(Duration.ofHours(2));
    assertEquals(Collateral.State.STATE_EXPIRED, shown(site).getState());
  }

  private static Collateral shown(Site site) {
    List<Collateral> manifests =
        site
            .operator()
            .trustZones()
            .listCollateral(ListCollateralRequest.getDefaultInstance())
            .getCollateralList()
            .stream()
            .filter(item -> item.getKind() == Collateral.Kind.KIND_MANIFEST)
            .toList();
    assertEquals(1, manifests.size(), manifests::toString);
    return manifests.getFirst();
  }

  @Test
  void anImageThatTheManifestDoesNotNameIsRefused() throws IOException {
    manifest(Bytes.fromHex("24".repeat(48)), PaperCorim.KEY, end);
    refused(configured(ENCLAVES)).with(Code.PERMISSION_DENIED, "MEASUREMENT");
  }

  @Test
  void aManifestForOtherRolesSaysNothingOfThisOne() throws IOException {
    refused(configured(ENCLAVES.replace("enclave", "switch")))
        .with(Code.FAILED_PRECONDITION, "REFERENCE_MISSING");
  }

  @Test
  void aManifestThatHasEndedIsLeftOutAndNothingIsTrustedForIt() throws IOException {
    manifest(PaperSnp.MEASUREMENT, PaperCorim.KEY, now.minusSeconds(60));
    refused(configured(ENCLAVES)).with(Code.FAILED_PRECONDITION, "REFERENCE_MISSING");
  }

  @Test
  void aPolicyThatIsTriedKeepsTheManifestsOfItsZone() throws IOException {
    Site site = configured(ENCLAVES);
    site.join(guest(site));
    PreviewPolicyResponse preview =
        site.operator()
            .attestation()
            .previewPolicy(
                PreviewPolicyRequest.newBuilder()
                    .setParent(Site.ZONE)
                    .setPolicyDocument(
                        ByteString.copyFromUtf8(
                            "policy: {roles: {enclave: {formats: [sev-snp-report]}}}"))
                    .build());
    assertEquals(List.of(), preview.getChangesList());
    assertEquals(1, preview.getUnchangedNodeCount());
  }

  @Test
  void aManifestThatAnotherKeySignedOrThatIsNoneStopsTheServerFromStarting() throws IOException {
    manifest(PaperSnp.MEASUREMENT, PaperCorim.OTHER_KEY, end);
    complains(ENCLAVES, "file is not accepted: ");
    Files.write(directory.resolve("image.corim"), "junk".getBytes(StandardCharsets.UTF_8));
    complains(ENCLAVES, "file is not accepted: ");
    complains(ENCLAVES.replace("image.corim", "none.corim"), "file cannot be read: ");
  }

  @Test
  void anUnknownKeyOfAManifestSuggestsTheNearest() {
    complains(
        "manifests: [{file: image.corim, kee: publisher.pem, roles: [enclave]}]",
        "manifests[0].kee is not known; did you mean key?");
    complains("manifest: [{file: image.corim}]", "did you mean manifests?");
    complains(ENCLAVES.replace("[enclave]", "[enclaves]"), "did you mean enclave?");
  }

  private void complains(String manifests, String words) {
    List<String> complaints = complaints(manifests);
    assertTrue(
        complaints.stream().anyMatch(complaint -> complaint.contains(words)), complaints::toString);
  }
}
