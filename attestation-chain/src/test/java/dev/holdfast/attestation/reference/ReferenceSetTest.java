package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.comid;
import static dev.holdfast.attestation.reference.PaperCorim.corim;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.opaque;
import static dev.holdfast.attestation.reference.PaperCorim.part;
import static dev.holdfast.attestation.reference.PaperCorim.references;
import static dev.holdfast.attestation.reference.PaperCorim.sha256;
import static dev.holdfast.attestation.reference.PaperCorim.tag;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;
import static dev.holdfast.attestation.reference.PaperCorim.validity;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.reference.CorimVerifier.Accepted;
import dev.holdfast.attestation.x509.Authority;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReferenceSetTest {
  private static final Environment PART = Environment.ofClass(new Identifier.Opaque(bytes(32, 1)));

  private static Accepted accepted(KeyPair key, CBORObject corim) {
    return assertInstanceOf(
        Accepted.class,
        CorimVerifier.signed(
            PaperCorim.signed(PaperCorim.header(), PaperCorim.unsigned(corim), key),
            List.of(key.getPublic()),
            PaperCorim.NOW));
  }

  private static Accepted accepted(CBORObject... tags) {
    return accepted(PaperCorim.KEY, corim("id", tags));
  }

  private static CBORObject module(String id, CBORObject... measurements) {
    return comid(id, references(array(part(1), array((Object[]) measurements))));
  }

  private static ReferenceSet set(CBORObject... measurements) {
    return ReferenceSet.of(List.of(accepted(tag(module("t", measurements)))));
  }

  private static CBORObject digest(Object key, int value) {
    return measured(key, 2, array(sha256(value)));
  }

  @Test
  void elementsAreNamedAsTheClaimsThatShowThem() {
    ReferenceSet set =
        set(
            measured("psa.software-component", 2, array(sha256(1)), 11, "BL"),
            measured("cca.software-component", 2, array(sha256(1)), 11, "M1"),
            measured("cca.platform-config", 4, opaque(bytes(3, 1))),
            digest("cca.rim", 1),
            digest("cca.rem3", 1),
            measured("cca.rpv", 4, opaque(bytes(64, 1))),
            digest("snp/measurement", 1),
            digest(7, 1),
            digest(tagged(37, bytes(16, 1)), 1),
            map(1, map(2, array(sha256(1)))),
            map(1, map(14, map(7, array(sha256(1), array("sha-384", bytes(48, 1)))))),
            map(1, map(14, map("boot", array(sha256(1))))),
            measured("tdx/rtmr", 14, map(0, array(array(7, bytes(48, 2))), "0", array(sha256(1)))));
    assertEquals(
        new TreeSet<>(
            Set.of(
                "psa/software/BL",
                "cca/platform/software/M1",
                "cca/platform/config",
                "cca/realm/initial-measurement",
                "cca/realm/extensible-measurement/3",
                "cca/realm/personalization-value",
                "snp/measurement",
                "mkey/7",
                "mkey/01010101-0101-0101-0101-010101010101",
                "measurement",
                "pcr/sha256/7",
                "pcr/sha384/7",
                "register/boot",
                "tdx/rtmr/0",
                "tdx/rtmr/named-0")),
        set.names(PART));
    assertEquals(Set.of(bytes(48, 1)), set.measurements(PART).get("pcr/sha384/7"));
    assertEquals(List.of(), set.unused());
  }

  @Test
  void valuesOfOneNameAreAlternatives() {
    ReferenceSet set = set(digest("e", 1), digest("e", 2));
    assertEquals(Map.of("e", Set.of(bytes(32, 1), bytes(32, 2))), set.measurements(PART));
    assertTrue(set.find(PART, "e").stream().anyMatch(one -> one.permits(bytes(32, 2))));
    assertFalse(set.find(PART, "e").stream().anyMatch(one -> one.permits(bytes(32, 3))));
  }

  @Test
  void aValueWithAConditionBesideItIsNoMereValue() {
    ReferenceSet set =
        set(
            measured("a", 2, array(sha256(1)), 1, tagged(553, 5)),
            measured("b", 4, tagged(563, array(bytes(2, 0xab), bytes(2, 0xf0)))),
            measured("c", 1, tagged(553, 4)),
            measured("c", 1, tagged(553, 3)),
            measured("d", 1, 9),
            measured("f", 3, map(3, false)));
    assertEquals(Map.of(), set.measurements(PART));
    assertEquals(Map.of("a/svn", 5L, "c", 3L), set.securityVersionFloors(PART));
    Reference masked = set.find(PART, "b").getFirst();
    assertTrue(masked.permits(bytes(2, 0xa0)));
    assertFalse(masked.permits(bytes(2, 0xb0)));
    assertFalse(masked.permits(bytes(3, 0xab)));
    assertTrue(set.find(PART, "d").getFirst().securityVersion().orElseThrow().permits(9));
    assertFalse(set.find(PART, "d").getFirst().securityVersion().orElseThrow().permits(10));
    assertEquals(Map.of(Measurement.Mode.DEBUG, false), set.find(PART, "f").getFirst().modes());
    assertFalse(set.find(PART, "f").getFirst().permits(bytes(32, 1)));
  }

  @Test
  void whatIsSaidOfAClassHoldsOfItsInstancesAndOfNoOther() {
    CBORObject model = map(0, map(1, "Acme", 2, "RoadRunner"));
    ReferenceSet set =
        ReferenceSet.of(
            List.of(accepted(tag(comid("t", references(array(model, array(digest("e", 1)))))))));
    Environment acme = Environment.ofModel("Acme", "RoadRunner");
    Identifier id = new Identifier.Ueid(bytes(7, 1));
    assertEquals(Set.of("e"), set.names(acme.withInstance(id)));
    assertEquals(Set.of(), set.names(Environment.ofModel("Acme", "Coyote")));
    assertEquals(Set.of(), set.names(Environment.ANY.withInstance(id)));
  }

  @Test
  void aDemandThatNothingComparesTakesTheValueOutOfUse() {
    CBORObject key = array(tagged(554, "a key"));
    for (CBORObject measurement :
        List.of(
            map(0, "e", 1, map(2, array(sha256(1))), 2, key),
            measured("e", 2, array(sha256(1)), -1, 5),
            measured("e", 2, array(sha256(1)), 8, "serial"),
            measured("e", 2, array(sha256(1)), 13, key),
            measured("e", 2, array(sha256(1)), 14, map(0, array(sha256(1)))))) {
      ReferenceSet set = set(measurement);
      assertEquals(List.of(), set.all(), measurement.toString());
      assertEquals(1, set.unused().size(), measurement.toString());
    }
  }

  @Test
  void onlyTheSameSignerReplacesATag() {
    CBORObject older = module("t", digest("e", 1));
    CBORObject newer =
        map(1, map(0, "t", 1, 2), 4, references(array(part(1), array(digest("e", 2)))));
    CBORObject other =
        map(
            1, map(0, "u"),
            3, array(map(0, "t", 1, 1)),
            4, references(array(part(1), array(digest("e", 3)))));
    for (CBORObject replacement : List.of(newer, other)) {
      assertEquals(1, values(ReferenceSet.of(List.of(accepted(tag(older), tag(replacement))))));
      Accepted foreign = accepted(PaperCorim.OTHER_KEY, corim("x", tag(replacement)));
      assertEquals(2, values(ReferenceSet.of(List.of(accepted(tag(older)), foreign))));
    }
  }

  private static int values(ReferenceSet set) {
    Set<Bytes> values = set.measurements(PART).get("e");
    return values == null ? 0 : values.size();
  }

  private static CBORObject list(Instant end, String... names) {
    Object[] tags = Arrays.stream(names).map(name -> map(0, name)).toArray();
    CBORObject list = map(0, map(0, "l"), 1, array(tags), 2, validity(PaperCorim.BEGIN, end));
    return tagged(508, Bytes.of(list.EncodeToBytes()));
  }

  @Test
  void aTagListActivatesAllOfItsTagsOrNone() {
    CBORObject one = tag(module("one", digest("e", 1)));
    CBORObject two = tag(module("two", digest("e", 2)));
    CBORObject software = tagged(505, Bytes.of(map(0, "software").EncodeToBytes()));
    Instant now = PaperCorim.NOW;
    assertEquals(
        1, values(ReferenceSet.activated(List.of(accepted(one, two, list(now, "one"))), now)));
    assertEquals(
        2,
        values(
            ReferenceSet.activated(
                List.of(accepted(one, two, software, list(now, "one", "two", "software"))), now)));
    assertEquals(
        0, values(ReferenceSet.activated(List.of(accepted(one, list(now, "one", "none"))), now)));
    assertEquals(
        0,
        values(
            ReferenceSet.activated(List.of(accepted(one, list(now.minusSeconds(1), "one"))), now)));
    assertEquals(0, values(ReferenceSet.activated(List.of(accepted(one)), now)));
    assertEquals(2, values(ReferenceSet.of(List.of(accepted(one, two, list(now, "one"))))));
  }

  @Test
  void keysAreFoundByTheirPart() {
    CBORObject keys =
        map(
            2, array(array(part(1), array(tagged(554, "an identity")))),
            3, array(array(part(1), array(tagged(554, "a key")))));
    ReferenceSet set = ReferenceSet.of(List.of(accepted(tag(comid("t", keys)))));
    assertEquals(List.of(new CryptoKey.PkixKey("a key")), set.attestKeys(PART));
    assertEquals(List.of(new CryptoKey.PkixKey("an identity")), set.identityKeys(PART));
    Environment other = Environment.ofClass(new Identifier.Opaque(bytes(32, 2)));
    assertEquals(List.of(), set.attestKeys(other));
    assertEquals(List.of(), set.identityKeys(other));
  }

  @Test
  void aKeyIsReadInEveryFormThatHoldsOne() {
    PublicKey key = PaperCorim.KEY.getPublic();
    String base64 = Base64.getMimeEncoder().encodeToString(key.getEncoded());
    String pem = "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
    Bytes certificate = Authority.root("maker").certify("device", key, "1.2.3");
    for (CryptoKey held :
        List.of(
            new CryptoKey.PkixKey(pem),
            new CryptoKey.PkixKey(base64),
            new CryptoKey.DerCertificate(certificate))) {
      assertEquals(Optional.of(key), held.publicKey(), held.toString());
    }
    for (CryptoKey none :
        List.of(
            new CryptoKey.PkixKey("a key"),
            new CryptoKey.PkixPath("no path"),
            new CryptoKey.CoseKey(bytes(3, 1)),
            new CryptoKey.KeyId(bytes(4, 1)))) {
      assertEquals(Optional.empty(), none.publicKey(), none.toString());
    }
  }
}
