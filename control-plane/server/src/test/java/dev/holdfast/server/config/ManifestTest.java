package dev.holdfast.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.psa.PaperPsa;
import dev.holdfast.attestation.reference.PaperArm;
import dev.holdfast.attestation.reference.PaperCorim;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests that a zone names. */
final class ManifestTest {
  private static final TrustZoneName EDGE = new TrustZoneName("edge");
  private static final PaperPsa DEVICE = new PaperPsa();
  private static final CBORObject MANIFEST =
      PaperArm.manifest(
          PaperArm.PSA,
          PaperArm.psa(PaperArm.PSA_IMPLEMENTATION),
          PaperArm.key(PaperArm.PSA_IMPLEMENTATION, PaperPsa.instance(), DEVICE.key()));

  @TempDir private Path directory;

  @BeforeEach
  void signManifests() throws IOException {
    var publisher =
        CertificateAuthority.open(
            directory.resolve("publisher"), "publisher.example", InstantSource.system());
    Bytes certificate;
    try {
      certificate =
          Bytes.of(
              publisher
                  .issue("manifests", PaperCorim.KEY.getPublic(), Duration.ofDays(1), List.of())
                  .getEncoded());
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
    Files.write(directory.resolve("plain.cbor"), PaperCorim.unsigned(MANIFEST).toByteArray());
    write("keyed.cbor", header());
    CBORObject chained = header();
    chained.Add(33, certificate.toByteArray());
    write("chained.cbor", chained);
    Files.write(directory.resolve("key.der"), PaperCorim.KEY.getPublic().getEncoded());
    CertificateAuthority.open(
        directory.resolve("stranger"), "stranger.example", InstantSource.system());
  }

  private static CBORObject header() {
    CBORObject meta = PaperCorim.map(0, PaperCorim.map(0, "Acme"));
    return PaperCorim.map(1, -7, 3, "application/rim+cbor", 8, Bytes.of(meta.EncodeToBytes()));
  }

  private void write(String name, CBORObject header) throws IOException {
    Files.write(
        directory.resolve(name),
        PaperCorim.signed(header, PaperCorim.unsigned(MANIFEST), PaperCorim.KEY).toByteArray());
  }

  private ZoneRules read(String manifest, String more) throws IOException {
    Path file = directory.resolve("holdfast.yaml");
    Files.writeString(
        file,
        """
        trustZones:
          edge:
            policy:
              revocationRequired: false
              roles:
                enclave:
                  formats: [arm-psa]
                  words: {endorsed/psa/certification/name: [PSA-L2, PSA-L3]}
            manifests: [{roles: [enclave], %s}]
        %s
        """
            .formatted(manifest, more));
    return ConfigReader.read(file).zone(EDGE);
  }

  private ZoneRules read(String manifest) throws IOException {
    return read(manifest, "");
  }

  private String refusal(String manifest) {
    ConfigException refused = assertThrows(ConfigException.class, () -> read(manifest));
    return String.join("\n", refused.complaints());
  }

  @Test
  void aManifestIsTrustedByItsFileItsKeyOrItsCertificates() throws IOException {
    for (String manifest :
        List.of(
            "file: plain.cbor",
            "file: keyed.cbor, key: key.der",
            "file: chained.cbor, key: key.der",
            "file: chained.cbor, anchors: [publisher/root.pem]",
            "file: chained.cbor, anchors: [publisher/root.pem], purpose: 1.3.6.1.5.5.7.3.2")) {
      ZoneRules rules = read(manifest);
      Instant now = Instant.now();
      assertEquals(1, rules.present().references(now).manifests(Role.ENCLAVE).size(), manifest);
      assertEquals(List.of(), rules.present().references(now).manifests(Role.SWITCH));
      assertEquals(
          Map.of(PaperPsa.instance(), DEVICE.key()),
          rules.anchors(rules.present(), Role.ENCLAVE, now).platformKeys());
      assertEquals(
          Map.of(), rules.anchors(rules.present(), Role.SWITCH, now).platformKeys(), manifest);
    }
  }

  @Test
  void whatRestsOnCertificatesEndsWithThem() throws IOException {
    ZoneRules rules = read("file: chained.cbor, anchors: [publisher/root.pem]");
    Instant end = rules.present().manifests().getFirst().notAfter().orElseThrow();
    assertTrue(end.isBefore(Instant.now().plus(Duration.ofDays(1).plusSeconds(1))));
    Instant later = end.plusSeconds(1);
    assertEquals(List.of(), rules.present().references(later).manifests(Role.ENCLAVE));
    assertEquals(Map.of(), rules.anchors(rules.present(), Role.ENCLAVE, later).platformKeys());
  }

  @Test
  void aManifestOfNobodyThatIsTrustedIsRefusedWithTheReason() {
    assertTrue(refusal("file: keyed.cbor, anchors: [publisher/root.pem]").contains("x5chain"));
    String stranger = refusal("file: chained.cbor, anchors: [stranger/root.pem]");
    assertTrue(stranger.contains("is not accepted"), stranger);
    String purpose =
        refusal("file: chained.cbor, anchors: [publisher/root.pem], purpose: 1.3.6.1.5.5.7.3.9");
    assertTrue(purpose.contains("another purpose"), purpose);
    assertTrue(refusal("file: keyed.cbor, key: key.der, purpose: 1.2.3").contains("no anchors"));
    assertTrue(refusal("file: keyed.cbor").contains("is not accepted"));
  }

  @Test
  void revocationIsDemandedOfASignerUnlessThePolicyDoesNot() throws IOException {
    Path file = directory.resolve("strict.yaml");
    Files.writeString(
        file,
        """
        trustZones:
          edge:
            manifests: [{file: chained.cbor, roles: [enclave], anchors: [publisher/root.pem]}]
        """);
    ConfigException refused = assertThrows(ConfigException.class, () -> ConfigReader.read(file));
    assertTrue(
        refused.complaints().getFirst().contains("revocation"),
        () -> refused.complaints().toString());
  }

  @Test
  void anOutgoingRevisionHasTheManifestsToo() throws IOException {
    ZoneRules rules =
        read(
            "file: plain.cbor",
            """
                outgoing:
                  until: 2099-01-01T00:00:00Z
            """);
    PolicyRevision outgoing = rules.outgoing().orElseThrow().revision();
    assertEquals(rules.present().manifests(), outgoing.manifests());
  }

  @Test
  void wordsThatAPolicyDemandsAreRead() throws IOException {
    var tee = read("file: plain.cbor").policy().rules(Role.ENCLAVE).orElseThrow().tee();
    assertEquals(Set.of("PSA-L2", "PSA-L3"), tee.words().get("endorsed/psa/certification/name"));
  }

  @Test
  void anInstanceWithTwoKeysHasNone() throws IOException {
    CBORObject other =
        PaperArm.manifest(
            PaperArm.PSA,
            PaperArm.key(PaperArm.PSA_IMPLEMENTATION, PaperPsa.instance(), new PaperPsa().key()));
    Files.write(directory.resolve("other.cbor"), PaperCorim.unsigned(other).toByteArray());
    ZoneRules rules = read("file: plain.cbor}, {roles: [enclave], file: other.cbor");
    assertEquals(
        Map.of(), rules.anchors(rules.present(), Role.ENCLAVE, Instant.now()).platformKeys());
  }

  @Test
  void aZoneHasNoMoreKeysOfPlatformsThanCanBeTried() throws IOException {
    CBORObject[] keys = new CBORObject[65];
    for (int i = 0; i < keys.length; i++) {
      Bytes instance = Bytes.concat(Bytes.fromHex("01"), PaperPsa.filled(32, i));
      keys[i] = PaperArm.key(PaperArm.PSA_IMPLEMENTATION, instance, DEVICE.key());
    }
    Files.write(
        directory.resolve("many.cbor"),
        PaperCorim.unsigned(PaperArm.manifest(PaperArm.PSA, keys)).toByteArray());
    assertTrue(refusal("file: many.cbor").contains("beyond the 64"));
  }
}
