package dev.holdfast.attestation.cmw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CmwParserTest {
  private static final String PSA =
      "application/eat+cwt; eat_profile=\"tag:psacertified.org,2023:psa#tfm\"";
  private static final Bytes VALUE = Bytes.fromHex("deadbeef");

  @Test
  void aRecordIsReadInBothForms() {
    Cmw.Message expected = new Cmw.Message(new CmwType.MediaType(PSA), VALUE, Optional.of(4));
    assertEquals(expected, legible(record(PSA).Add(4)));
    assertEquals(
        expected,
        legible(Bytes.utf8("[" + CBORObject.FromObject(PSA).ToJSONString() + ",\"3q2-7w\",4]")));
    assertEquals(Optional.of("psa-token"), expected.type().format());
  }

  @Test
  void aTagStandsForItsContentFormat() {
    CBORObject value = CBORObject.FromObject(VALUE.toByteArray());
    assertEquals(new CmwType.ContentFormat(0), typeOf(value.WithTag(1668546817)));
    assertEquals(new CmwType.ContentFormat(29884), typeOf(value.WithTag(1668576818)));
    assertEquals(new CmwType.ContentFormat(65024), typeOf(value.WithTag(1668612095)));
    illegible(Bytes.of(value.WithTag(1668546817 + 255).EncodeToBytes()));
    illegible(Bytes.of(CBORObject.FromObject(1).WithTag(1668546817).EncodeToBytes()));
  }

  @Test
  void aRegisteredTagIsTheMessageItself() {
    CBORObject token = CBORObject.NewMap().Add(44234, new byte[1]).WithTag(399);
    Cmw.Message message = assertInstanceOf(Cmw.Message.class, legible(token));
    assertEquals(Optional.of("cca-token"), message.type().format());
    assertEquals(Bytes.of(token.EncodeToBytes()), message.value());
  }

  @Test
  void aCollectionHoldsWrappersUnderNumbersAndTexts() {
    CBORObject map =
        CBORObject.NewMap()
            .Add("__cmwc_t", "tag:example.com,2024:composite")
            .Add(1, record(PSA))
            .Add(-2, record("a/b"))
            .Add("inner", CBORObject.NewMap().Add("deep", record("c/d")));
    Cmw.Collection collection = assertInstanceOf(Cmw.Collection.class, legible(map));
    assertEquals(Optional.of("tag:example.com,2024:composite"), collection.type());
    assertEquals(3, collection.members().size());
    assertEquals(
        List.of("psa-token", "", ""),
        collection.messages().stream()
            .map(m -> m.type().format().orElse(""))
            .sorted(java.util.Comparator.reverseOrder())
            .toList());
  }

  @Test
  void aTunnelCarriesOneFormWithinTheOther() {
    byte[] cbor = CBORObject.NewMap().Add(7, record(PSA)).EncodeToBytes();
    String json =
        "{\"a\":[\"#cmw-c2j-tunnel\",\""
            + Base64.getUrlEncoder().withoutPadding().encodeToString(cbor)
            + "\"]}";
    assertEquals(1, legible(Bytes.utf8(json)).messages().size());
    CBORObject tunnel =
        CBORObject.NewArray().Add("#cmw-j2c-tunnel").Add(Bytes.utf8(json).toByteArray());
    assertEquals(1, legible(CBORObject.NewMap().Add(1, tunnel)).messages().size());
  }

  @Test
  void depthIsBoundedInEveryWayOfNesting() {
    CBORObject nested = record(PSA);
    StringBuilder json = new StringBuilder("[\"a/b\",\"3q2-7w\"]");
    for (int depth = 1; depth < CmwParser.DEPTH_MAX; depth++) {
      nested = CBORObject.NewMap().Add(1, nested);
      json.insert(0, "{\"a\":").append('}');
    }
    assertEquals(1, legible(nested).messages().size());
    assertEquals(1, legible(Bytes.utf8(json.toString())).messages().size());
    illegible(Bytes.of(CBORObject.NewMap().Add(1, nested).EncodeToBytes()));
    illegible(Bytes.utf8("{\"a\":" + json + "}"));
    Bytes tunnelled = Bytes.utf8("[\"a/b\",\"3q2-7w\"]");
    for (int depth = 1; depth < 2 * CmwParser.DEPTH_MAX; depth++) {
      tunnelled =
          Bytes.of(
              CBORObject.NewArray()
                  .Add("#cmw-j2c-tunnel")
                  .Add(tunnelled.toByteArray())
                  .EncodeToBytes());
      tunnelled =
          Bytes.utf8(
              "[\"#cmw-c2j-tunnel\",\""
                  + Base64.getUrlEncoder().withoutPadding().encodeToString(tunnelled.toByteArray())
                  + "\"]");
    }
    illegible(tunnelled);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "[\"a/b\"]",
        "[10000,\"3q2-7w\"]",
        "[\"a/b\",\"3q2-7w\",1,\"EXTRA\"]",
        "[\"a/b\",1.2]",
        "[\"a/b\",\"3q2-7w==\"]",
        "[\"a/b\",\"3q2+7w\"]",
        "[\"a/b\",\"3q2-7w\",\"Evidence\"]",
        "[\"a/b\",\"3q2-7w\",0]",
        "[\"a/b\",\"3q2-7w\",1.5]",
        "[\"a / b\",\"3q2-7w\"]",
        "[\"ab\",\"3q2-7w\"]",
        "[{\"type\":1},\"3q2-7w\"]",
        "[\"a/b\",\"3q2-7w\"",
        "[\"a/b\",\"3q2-7w\"] x",
        "{\"type\":1,\"value\":\"3q2-7w\"}",
        "{\"a\":[\"a/b\",\"3q2-7w\"],\"a\":[\"a/b\",\"3q2-7w\"]}"
      })
  void whatIsNoWrapperInJsonIsIllegible(String json) {
    illegible(Bytes.utf8(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":{\"__cmwc_t\":\"1.2.3.4\"}}",
        "{\"__cmwc_t\":\"a/b/c\",\"a\":[\"a/b\",\"3q2-7w\"]}",
        "{\"__cmwc_t\":\".2.3\",\"a\":[\"a/b\",\"3q2-7w\"]}",
        "{\"__cmwc_t\":\"1.2 3.4\",\"a\":[\"a/b\",\"3q2-7w\"]}",
        "{\" \":[\"a/b\",\"3q2-7w\"]}"
      })
  void aCollectionThatBreaksItsRulesIsRefusedForItsSchema(String json) {
    illegible(Reason.EVIDENCE_SCHEMA, Bytes.utf8(json));
  }

  @Test
  void anEmptyCollectionInCborIsRefusedForItsSchema() {
    illegible(Reason.EVIDENCE_SCHEMA, Bytes.fromHex("a0"));
    illegible(Reason.EVIDENCE_SCHEMA, Bytes.fromHex("a101a0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "81192710",
        "841903e844deadbeef01f4",
        "82fb408f41d70a3d70a444deadbeef",
        "821a0001000044deadbeef",
        "8219fffffb3ff3333333333333",
        "da63740101",
        "da6374010101",
        "00",
        "a100",
        "a1f5820041aa",
        "a2018200417801820041aa",
        "8200417800"
      })
  void whatIsNoWrapperInCborIsIllegible(String hex) {
    illegible(Bytes.fromHex(hex));
  }

  @Test
  void randomChangesAreReadOrRefusedAndNothingElse() {
    Bytes good =
        Bytes.of(CBORObject.NewMap().Add(1, record(PSA)).Add("b", record("a/b")).EncodeToBytes());
    long seed = 11;
    Random random = new Random(seed);
    for (int round = 0; round < 5000; round++) {
      byte[] changed = good.toByteArray();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      if (CmwParser.parse(Bytes.of(changed)) instanceof CmwParser.Illegible(var finding)) {
        assertEquals(
            false,
            finding.message().startsWith("reading failed"),
            "seed " + seed + " round " + round);
      }
    }
  }

  private static CBORObject record(String type) {
    return CBORObject.NewArray().Add(type).Add(VALUE.toByteArray());
  }

  private static CmwType typeOf(CBORObject item) {
    return assertInstanceOf(Cmw.Message.class, legible(item)).type();
  }

  private static Cmw legible(CBORObject item) {
    return legible(Bytes.of(item.EncodeToBytes()));
  }

  private static Cmw legible(Bytes bytes) {
    CmwParser.Reading reading = CmwParser.parse(bytes);
    return assertInstanceOf(CmwParser.Legible.class, reading, reading.toString()).wrapper();
  }

  private static void illegible(Bytes bytes) {
    illegible(Reason.EVIDENCE_MALFORMED, bytes);
  }

  private static void illegible(Reason reason, Bytes bytes) {
    CmwParser.Illegible illegible =
        assertInstanceOf(CmwParser.Illegible.class, CmwParser.parse(bytes));
    assertEquals(reason, illegible.finding().reason());
  }
}
