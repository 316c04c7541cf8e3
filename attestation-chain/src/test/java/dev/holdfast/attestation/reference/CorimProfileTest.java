package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.comid;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.opaque;
import static dev.holdfast.attestation.reference.PaperCorim.part;
import static dev.holdfast.attestation.reference.PaperCorim.references;
import static dev.holdfast.attestation.reference.PaperCorim.sha256;
import static dev.holdfast.attestation.reference.PaperCorim.tag;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;
import static dev.holdfast.attestation.reference.PaperCorim.unsigned;
import static dev.holdfast.attestation.reference.PaperCorim.uuid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

class CorimProfileTest {
  private static final CBORObject UEID = tagged(550, bytes(33, 1));
  private static final CBORObject KEY = tagged(554, "a key");
  private static final CBORObject SIGNER = array(opaque(bytes(32, 8)));

  private static int breaches(CorimProfile profile, CBORObject triples) {
    Comid module =
        assertInstanceOf(
                CorimVerifier.LegibleModule.class,
                CorimVerifier.readModule(Bytes.of(comid("t", triples).EncodeToBytes())))
            .module();
    return profile.check(List.of(module)).size();
  }

  private static CBORObject values(CBORObject environment, CBORObject... measurements) {
    return references(array(environment, array((Object[]) measurements)));
  }

  private static CBORObject component(String key) {
    return measured(key, 2, array(sha256(1)), 11, "BL", 13, SIGNER);
  }

  private static CBORObject keys(CBORObject environment, CBORObject... keys) {
    return map(3, array(array(environment, array((Object[]) keys))));
  }

  private static CBORObject instance(CBORObject part, CBORObject id) {
    part.Add(CBORObject.FromObject(1), id);
    return part;
  }

  @Test
  void anImplementationHasAnIdentifierOfThirtyTwoBytes() {
    for (CorimProfile profile : List.of(CorimProfile.PSA, CorimProfile.CCA_PLATFORM)) {
      String key = profile.label().substring(0, 3) + ".software-component";
      assertEquals(0, breaches(profile, values(part(1), component(key))));
      assertEquals(
          0, breaches(profile, values(map(0, map(0, tagged(600, bytes(32, 1)))), component(key))));
      for (CBORObject id :
          List.of(opaque(bytes(31, 1)), tagged(600, bytes(33, 1)), tagged(600, "x"), uuid(1))) {
        assertEquals(
            1, breaches(profile, values(map(0, map(0, id)), component(key))), id.toString());
      }
      assertEquals(1, breaches(profile, values(map(1, UEID), component(key))));
    }
  }

  @Test
  void aReferenceValueHasAKeyOfTheProfileAndWhatBelongsToIt() {
    CorimProfile platform = CorimProfile.CCA_PLATFORM;
    CBORObject config = measured("cca.platform-config", 4, opaque(bytes(3, 1)));
    assertEquals(
        0, breaches(platform, values(part(1), component("cca.software-component"), config)));
    for (CBORObject bad :
        List.of(
            map(1, map(2, array(sha256(1)))),
            measured(7, 2, array(sha256(1))),
            component("psa.software-component"),
            component("cca.bad-component"),
            measured("cca.software-component", 1, 1),
            measured("cca.software-component", 2, array(array(1, bytes(31, 1)))),
            measured("cca.software-component", 2, array(array("own", bytes(31, 1)))),
            measured("cca.software-component", 2, array(sha256(1)), 13, array(KEY)),
            measured("cca.platform-config", 2, array(sha256(1))))) {
      assertEquals(1, breaches(platform, values(part(1), bad)), bad.toString());
    }
  }

  @Test
  void aVerificationKeyIsOneKeyOfOneInstance() {
    for (CorimProfile profile : List.of(CorimProfile.PSA, CorimProfile.CCA_PLATFORM)) {
      assertEquals(0, breaches(profile, keys(instance(part(1), UEID), KEY)));
      assertEquals(1, breaches(profile, keys(part(1), KEY)));
      assertEquals(1, breaches(profile, keys(instance(part(1), uuid(1)), KEY)));
      assertEquals(1, breaches(profile, keys(instance(part(1), UEID), KEY, KEY)));
      assertEquals(
          1, breaches(profile, keys(instance(part(1), UEID), tagged(555, "a certificate"))));
      assertEquals(2, breaches(profile, keys(map(1, uuid(1)), KEY)));
    }
  }

  @Test
  void aRealmHasItsInitialMeasurement() {
    CorimProfile realm = CorimProfile.CCA_REALM;
    CBORObject rim = measured("cca.rim", 2, array(sha256(1)));
    CBORObject extensible = measured("cca.rem0", 2, array(sha256(1)));
    CBORObject personal = measured("cca.rpv", 4, opaque(bytes(64, 1)));
    assertEquals(0, breaches(realm, values(part(1), rim, extensible, personal)));
    assertEquals(1, breaches(realm, values(part(1), extensible, personal)));
    CBORObject two = references(array(part(1), array(rim)), array(part(2), array(extensible)));
    assertEquals(1, breaches(realm, two));
    CBORObject apart = references(array(part(1), array(rim)), array(part(1), array(extensible)));
    assertEquals(0, breaches(realm, apart));
    for (int length : List.of(48, 64)) {
      assertEquals(0, breaches(realm, values(map(0, map(0, opaque(bytes(length, 1)))), rim)));
    }
    assertEquals(1, breaches(realm, values(map(0, map(0, opaque(bytes(16, 1)))), rim)));
    assertEquals(1, breaches(realm, values(map(0, map(0, tagged(600, bytes(32, 1)))), rim)));
  }

  @Test
  void aManifestThatNamesAProfileIsHeldToIt() {
    CBORObject corim =
        map(
            0, "id",
            1, array(tag(comid("t", values(part(1), measured("own", 1, 1))))),
            3, tagged(32, "tag:arm.com,2025:psa#1.0.0"));
    CorimVerifier.Refused refused =
        assertInstanceOf(
            CorimVerifier.Refused.class, CorimVerifier.unsigned(unsigned(corim), PaperCorim.NOW));
    assertEquals(Reason.REFERENCE_SCHEMA, refused.findings().getFirst().reason());
  }
}
