package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.comid;
import static dev.holdfast.attestation.reference.PaperCorim.corim;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.part;
import static dev.holdfast.attestation.reference.PaperCorim.references;
import static dev.holdfast.attestation.reference.PaperCorim.sha256;
import static dev.holdfast.attestation.reference.PaperCorim.signed;
import static dev.holdfast.attestation.reference.PaperCorim.tag;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;
import static dev.holdfast.attestation.reference.PaperCorim.unsigned;
import static dev.holdfast.attestation.reference.PaperCorim.validity;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.reference.CorimVerifier.Accepted;
import dev.holdfast.attestation.reference.CorimVerifier.Refused;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CorimVerifierTest {
  private static final Bytes SIGNED = signed(PaperCorim.whole());
  private static final PublicKey KEY = PaperCorim.KEY.getPublic();
  private static final PublicKey OTHER = PaperCorim.OTHER_KEY.getPublic();

  private static CorimVerifier.Result judge(Bytes document, Instant at) {
    return CorimVerifier.signed(document, List.of(KEY), at);
  }

  private static CorimVerifier.Result judge(Bytes document) {
    return judge(document, PaperCorim.NOW);
  }

  private static Reason reason(CorimVerifier.Result result) {
    return assertInstanceOf(Refused.class, result).findings().getFirst().reason();
  }

  private static Reason unsignedReason(CBORObject corim) {
    return reason(CorimVerifier.unsigned(unsigned(corim), PaperCorim.NOW));
  }

  /** A manifest of one reference value. */
  private static CBORObject of(CBORObject measurement) {
    return corim("id", tag(comid("tag", references(array(part(1), array(measurement))))));
  }

  /** Refused by a check, not by the last resort. */
  private static void refusedByRule(CorimVerifier.Result result, String about) {
    Finding finding = assertInstanceOf(Refused.class, result, about).findings().getFirst();
    assertFalse(finding.message().contains(" failed with "), about + ": " + finding.message());
  }

  @Test
  void aManifestSignedByAPinnedKeyIsAccepted() {
    Accepted accepted = assertInstanceOf(Accepted.class, judge(SIGNED));
    assertEquals(Optional.of(PaperCorim.END), accepted.notAfter());
    assertEquals("Acme", accepted.signer().orElseThrow().name());
    assertEquals(KEY, accepted.signer().orElseThrow().key());
    Accepted second =
        assertInstanceOf(
            Accepted.class, CorimVerifier.signed(SIGNED, List.of(OTHER, KEY), PaperCorim.NOW));
    assertEquals(KEY, second.signer().orElseThrow().key());
  }

  @Test
  void aManifestByAnotherKeyOrByNobodyIsRefused() {
    assertEquals(
        Reason.SIGNATURE, reason(CorimVerifier.signed(SIGNED, List.of(OTHER), PaperCorim.NOW)));
    assertEquals(Reason.SIGNATURE, reason(CorimVerifier.signed(SIGNED, List.of(), PaperCorim.NOW)));
    assertEquals(Reason.SIGNATURE, reason(judge(unsigned(PaperCorim.whole()))));
    PublicKey strong = PaperCorim.pair("secp384r1").getPublic();
    assertEquals(
        Reason.TOKEN_ALG, reason(CorimVerifier.signed(SIGNED, List.of(strong), PaperCorim.NOW)));
    assertEquals(
        Reason.SIGNATURE,
        reason(CorimVerifier.signed(SIGNED, List.of(strong, OTHER), PaperCorim.NOW)));
  }

  @Test
  void aSignedManifestIsNotLoadedAsAnUnsignedOne() {
    assertEquals(Reason.REFERENCE_SCHEMA, reason(CorimVerifier.unsigned(SIGNED, PaperCorim.NOW)));
    Accepted accepted =
        assertInstanceOf(
            Accepted.class, CorimVerifier.unsigned(unsigned(PaperCorim.whole()), PaperCorim.NOW));
    assertEquals(Optional.empty(), accepted.signer());
  }

  @Test
  void everyBitOfASignedManifestIsProtected() {
    byte[] good = signed(of(measured("e", 2, array(sha256(1))))).toByteArray();
    for (int bit = 0; bit < good.length * 8; bit++) {
      good[bit / 8] ^= (byte) (1 << bit % 8);
      refusedByRule(judge(Bytes.of(good)), "bit " + bit);
      good[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void aManifestCutShortIsMalformed() {
    Bytes document = unsigned(PaperCorim.whole());
    for (int length = 0; length < document.length(); length++) {
      assertEquals(
          Reason.REFERENCE_MALFORMED,
          reason(CorimVerifier.unsigned(document.slice(0, length), PaperCorim.NOW)),
          "length " + length);
    }
    assertEquals(
        Reason.REFERENCE_MALFORMED,
        reason(CorimVerifier.unsigned(Bytes.concat(document, bytes(1, 0)), PaperCorim.NOW)));
  }

  @Test
  void whateverIsChangedInAnUnsignedManifestIsReadOrRefusedByARule() {
    long seed = 20260301;
    Random random = new Random(seed);
    byte[] good = unsigned(PaperCorim.whole()).toByteArray();
    for (int round = 0; round < 4000; round++) {
      byte[] changed = good.clone();
      for (int change = 0; change <= random.nextInt(3); change++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      CorimVerifier.Result result = CorimVerifier.unsigned(Bytes.of(changed), PaperCorim.NOW);
      if (result instanceof Refused) {
        refusedByRule(result, "seed " + seed + ", round " + round);
      }
    }
  }

  @Test
  void aManifestIsUsedOnlyInItsTimes() {
    for (Instant good : List.of(PaperCorim.BEGIN, PaperCorim.END)) {
      assertInstanceOf(Accepted.class, judge(SIGNED, good));
    }
    for (Instant bad : List.of(PaperCorim.BEGIN.minusSeconds(1), PaperCorim.END.plusSeconds(1))) {
      Refused refused = assertInstanceOf(Refused.class, judge(SIGNED, bad));
      assertEquals(
          List.of(Reason.REFERENCE_EXPIRED, Reason.REFERENCE_EXPIRED),
          refused.findings().stream().map(Finding::reason).toList());
    }
    CBORObject backwards = of(measured("e", 1, 1));
    backwards.Add(
        CBORObject.FromObject(4), validity(PaperCorim.END, PaperCorim.END.minusSeconds(1)));
    assertEquals(Reason.REFERENCE_SCHEMA, unsignedReason(backwards));
  }

  @Test
  void theHeaderSaysWhatIsSignedAndBySomebody() {
    Bytes payload = unsigned(of(measured("e", 1, 1)));
    CBORObject meta = map(0, map(0, "Acme"));
    Bytes encoded = Bytes.of(meta.EncodeToBytes());
    CBORObject claims = map(1, "Acme", 4, PaperCorim.END.getEpochSecond());
    for (CBORObject good :
        List.of(
            map(1, -7, 3, "application/rim+cbor", 8, encoded),
            map(1, -7, 3, "application/rim+cbor", 15, claims),
            map(1, -7, 3, "application/rim+cbor", 15, map(1, "Acme"), 8, encoded))) {
      assertInstanceOf(Accepted.class, judge(signed(good, payload, PaperCorim.KEY)));
    }
    for (CBORObject bad :
        List.of(
            map(1, -7, 3, "application/rim+cbor"),
            map(1, -7, 3, "application/cbor", 8, encoded),
            map(1, -7, 8, encoded),
            map(1, -7, 3, "application/rim+cbor", 8, Bytes.EMPTY),
            map(1, -7, 3, "application/rim+cbor", 15, map(1, "Other"), 8, encoded),
            map(1, -7, 3, "application/rim+cbor", 15, claims, 8, encoded),
            map(1, -7, 258, -16, 259, "application/rim+cbor", 8, encoded))) {
      CorimVerifier.Result result = judge(signed(bad, payload, PaperCorim.KEY));
      assertTrue(
          List.of(Reason.REFERENCE_SCHEMA, Reason.REFERENCE_MALFORMED).contains(reason(result)),
          bad.toString());
    }
    Bytes late = signed(map(1, -7, 3, "application/rim+cbor", 15, claims), payload, PaperCorim.KEY);
    assertEquals(Reason.REFERENCE_EXPIRED, reason(judge(late, PaperCorim.END.plusSeconds(1))));
  }

  @Test
  void everythingThatAManifestSaysIsRead() {
    Corim corim = assertInstanceOf(CorimVerifier.Legible.class, CorimVerifier.read(SIGNED)).corim();
    assertEquals("01010101-0101-0101-0101-010101010101", corim.id());
    assertEquals(Optional.of("tag:acme.example,2026:profile"), corim.profile());
    assertEquals(List.of("https://acme.example/rim"), corim.dependentRims().getFirst().locations());
    assertEquals(1, corim.dependentRims().getFirst().thumbprints().size());
    assertEquals(List.of(1L), corim.entities().getFirst().roles());
    assertEquals(
        Optional.of("software"), assertInstanceOf(Corim.Coswid.class, corim.tags().get(1)).id());
    assertEquals(
        "software", assertInstanceOf(Corim.Cotl.class, corim.tags().get(2)).tags().getFirst().id());
    assertEquals(new Corim.UnknownTag(599), corim.tags().get(3));
    Comid module = corim.modules().getFirst();
    assertEquals(4, module.identity().version());
    assertEquals(Comid.Relation.REPLACES, module.links().getFirst().relation());
  }

  @Test
  void everythingThatATripleSaysIsRead() {
    Triples triples =
        assertInstanceOf(
                CorimVerifier.LegibleModule.class,
                CorimVerifier.readModule(Bytes.of(PaperCorim.everything().EncodeToBytes())))
            .module()
            .triples();
    Environment part = triples.referenceValues().getFirst().environment();
    assertEquals(Optional.of(new Identifier.Uuid(bytes(16, 1))), part.classId());
    assertEquals(Optional.of(2L), part.index());
    assertEquals(Optional.of(new Identifier.Ueid(bytes(33, 1))), part.instance());
    assertEquals(Optional.of(new Identifier.Opaque(bytes(4, 9))), part.group());
    Measurement measurement = triples.referenceValues().getFirst().measurements().getFirst();
    assertEquals(Optional.of(new MeasurementKey.Text("an element")), measurement.key());
    assertEquals(3, measurement.authorizedBy().size());
    Measurement.Values values = measurement.values();
    assertEquals(
        Optional.of(new Measurement.Version("1.0.0", Optional.of("16384"))), values.version());
    assertEquals(Optional.of(new Measurement.SecurityVersion(3, false)), values.securityVersion());
    assertEquals(
        List.of(new Digest("sha-256", bytes(32, 1)), new Digest("sha-384", bytes(48, 2))),
        values.digests());
    assertEquals(
        Map.of(Measurement.Mode.CONFIGURED, true, Measurement.Mode.DEBUG, false), values.modes());
    assertEquals(Optional.of(new Measurement.RawValue(bytes(4, 5), bytes(4, 0xf0))), values.raw());
    assertEquals(Optional.of(bytes(6, 1)), values.macAddress());
    assertEquals(Optional.of(bytes(16, 2)), values.ipAddress());
    assertEquals(Optional.of("serial"), values.serialNumber());
    assertEquals(Optional.of(bytes(7, 3)), values.ueid());
    assertEquals(Optional.of(bytes(16, 4)), values.uuid());
    assertEquals(Optional.of("a name"), values.name());
    assertEquals(new CryptoKey.KeyId(bytes(2, 1)), values.keys().getFirst());
    assertEquals(2, values.registers().size());
    assertEquals(
        Optional.of(new Measurement.Range(OptionalLong.of(-5), OptionalLong.empty())),
        values.range());
    assertEquals(List.of("-1"), values.extensions());
    assertEquals(
        Optional.of(new Measurement.SecurityVersion(2, true)),
        triples.endorsedValues().getFirst().measurements().getFirst().values().securityVersion());
    assertEquals(
        Optional.of(new MeasurementKey.Numbered(7)), triples.identityKeys().getFirst().element());
    assertEquals(3, triples.identityKeys().getFirst().authorizedBy().size());
    assertEquals(3, triples.attestKeys().getFirst().keys().size());
    assertEquals(2, triples.dependencies().getFirst().members().size());
    assertEquals(2, triples.memberships().getFirst().members().size());
    assertEquals("a tag", triples.software().getFirst().tags().getFirst());
    assertEquals(2, triples.series().getFirst().choices().size());
    assertEquals(1, triples.conditional().getFirst().conditions().size());
  }

  @Test
  void whatTheSchemaForbidsIsNotMalformed() {
    CBORObject good = measured("e", 1, 1);
    CBORObject anArray = array(part(1), array(good));
    for (CBORObject bad :
        List.of(
            map(0, "id"),
            map(0, "id", 1, array()),
            map(1, array(tag(comid("t", references(anArray))))),
            map(0, bytes(15, 1), 1, array(tag(comid("t", references(anArray))))),
            corim("id", tag(map(1, map(0, "t")))),
            corim("id", tag(map(4, references(anArray)))),
            corim("id", tag(comid("t", map()))),
            corim("id", tag(comid("t", references()))),
            corim("id", tag(comid("t", references(array(map(), array(good)))))),
            corim("id", tag(comid("t", references(array(map(0, map()), array(good)))))),
            corim("id", tag(comid("t", references(array(part(1), array()))))),
            corim("id", tag(comid("t", references(array(part(1)))))),
            of(map(0, "e")),
            of(measured("e")),
            of(measured(-1, 1, 1)),
            of(measured(tagged(37, bytes(15, 1)), 1, 1)),
            of(measured("e", 1, -1)),
            of(measured("e", 1, tagged(554, 1))),
            of(measured("e", 2, array())),
            of(measured("e", 2, array(sha256(1), sha256(2)))),
            of(measured("e", 2, array(array(1, bytes(32, 1), 1)))),
            of(measured("e", 3, map())),
            of(measured("e", 3, map(0, 1))),
            of(measured("e", 4, bytes(4, 1))),
            of(measured("e", 4, tagged(560, bytes(4, 1)), 5, bytes(3, 1))),
            of(measured("e", 4, tagged(563, array(bytes(4, 1), bytes(3, 1))))),
            of(measured("e", 6, bytes(7, 1))),
            of(measured("e", 7, bytes(5, 1))),
            of(measured("e", 9, bytes(6, 1))),
            of(measured("e", 13, array(tagged(999, "a key")))),
            of(measured("e", 14, map())),
            of(measured("e", 15, tagged(564, array(1)))),
            CBORObject.FromObject(7))) {
      assertEquals(Reason.REFERENCE_SCHEMA, unsignedReason(bad), bad.toString());
    }
    CBORObject cut =
        tagged(506, Bytes.of(comid("t", references(anArray)).EncodeToBytes()).slice(0, 9));
    assertEquals(Reason.REFERENCE_MALFORMED, unsignedReason(corim("id", cut)));
  }

  @Test
  void aManifestLargerThanItsLimitIsNotRead() {
    assertEquals(
        Reason.REFERENCE_MALFORMED,
        reason(CorimVerifier.unsigned(bytes(CorimVerifier.MAX_BYTES + 1, 0xd9), PaperCorim.NOW)));
  }
}
