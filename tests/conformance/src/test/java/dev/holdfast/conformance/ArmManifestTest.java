package dev.holdfast.conformance;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.psa.PaperPsa;
import dev.holdfast.attestation.reference.PaperArm;
import dev.holdfast.attestation.reference.PaperCorim;
import dev.holdfast.proto.attestation.v1.ArmPsaToken;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.policy.v1.Node;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ZoneRules;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PSA devices whose keys, software and certification a manifest in the configuration says. */
final class ArmManifestTest {
  private static final String METER = Site.ZONE + "/nodes/meter-1";
  private static final PaperPsa DEVICE = new PaperPsa();
  private static final String SOFTWARE = "psa.software-component";

  @TempDir private Path directory = Path.of("");
  private Optional<Site> site = Optional.empty();

  @AfterEach
  void stop() {
    site.ifPresent(Site::close);
  }

  /** A site whose zone stands in a configuration file with a manifest beside it. */
  private Site site(CBORObject... triples) throws IOException {
    Files.write(
        directory.resolve("meters.cbor"),
        PaperCorim.unsigned(PaperArm.manifest(PaperArm.PSA, triples)).toByteArray());
    Path file = directory.resolve("holdfast.yaml");
    Files.writeString(
        file,
        """
        trustZones:
          edge:
            policy:
              roles:
                enclave:
                  formats: [arm-psa]
                  evidenceAgeMax: 2m
                  words: {endorsed/psa/certification/name: [PSA-L2]}
            manifests: [{file: meters.cbor, roles: [enclave]}]
        """);
    ZoneRules read = ConfigReader.read(file).zones().values().iterator().next();
    Site started =
        Site.empty(
            directory,
            SiteOptions.USUAL.ruling(
                zone ->
                    new ZoneRules(
                        zone.name(),
                        read.trust(),
                        read.present(),
                        Optional.empty(),
                        zone.allocation(),
                        zone.control())));
    site = Optional.of(started);
    return started;
  }

  private static CBORObject described(CBORObject... software) {
    return map(
        0,
        array(array(PaperArm.part(PaperArm.PSA_IMPLEMENTATION), array((Object[]) software))),
        1,
        array(
            array(
                PaperArm.part(PaperArm.PSA_IMPLEMENTATION),
                array(measured("certification", 11, "PSA-L2")))));
  }

  private static CBORObject key() {
    return PaperArm.key(PaperArm.PSA_IMPLEMENTATION, PaperPsa.instance(), DEVICE.key());
  }

  private static CBORObject good() {
    return described(
        PaperArm.software(SOFTWARE, 0, bytes(32, 0)), PaperArm.software(SOFTWARE, 1, bytes(32, 1)));
  }

  /** The device answers with a token over the binding. */
  private static PaperGuest meter() {
    return binding ->
        List.of(
            Evidence.newBuilder()
                .setArmPsa(
                    ArmPsaToken.newBuilder()
                        .setToken(ByteString.copyFrom(token(binding).toByteArray())))
                .build());
  }

  private static Bytes token(Bytes binding) {
    CBORObject claims = PaperPsa.claims("tag:psacertified.org,2023:psa#tfm");
    claims.Set(10, binding.toByteArray());
    return DEVICE.token(claims);
  }

  private static Refused enrolling(Site site) {
    PaperNode node = site.guest(METER, Role.ENCLAVE, meter());
    site.create(node);
    return Refused.by(() -> node.enrol(site.enrolment(), site.token(METER), Manner.HONEST));
  }

  @Test
  void aDeviceIsEnrolledAndTrustedByWhatItsManifestSays() throws IOException {
    Site site = site(good(), key());
    site.join(site.guest(METER, Role.ENCLAVE, meter()));
    assertEquals(Node.State.STATE_TRUSTED, site.state(METER));
  }

  @Test
  void aDeviceWithOtherSoftwareIsRefusedByTheNameOfTheComponent() throws IOException {
    Site site =
        site(
            described(
                PaperArm.software(SOFTWARE, 0, bytes(32, 0)),
                PaperArm.software(SOFTWARE, 1, bytes(32, 9))),
            key());
    Refused refused = enrolling(site).with(Code.PERMISSION_DENIED, "MEASUREMENT");
    assertTrue(refused.message().contains("\"BL1\""), refused.message());
    assertEquals(Node.State.STATE_CREATED, site.state(METER));
  }

  @Test
  void aDeviceWhoseKeyNoManifestHasIsRefused() throws IOException {
    enrolling(site(good())).with(Code.UNAUTHENTICATED, "SIGNER_NOT_ANCHORED");
  }

  @Test
  void aDeviceThatIsNotCertifiedAsThePolicyDemandsIsRefused() throws IOException {
    Site site =
        site(
            map(
                0,
                array(
                    array(
                        PaperArm.part(PaperArm.PSA_IMPLEMENTATION), PaperArm.software(SOFTWARE)))),
            key());
    enrolling(site).with(Code.FAILED_PRECONDITION, "EVIDENCE_MISSING");
    assertTrue(site.state(METER) == Node.State.STATE_CREATED);
  }
}
