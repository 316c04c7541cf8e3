package dev.holdfast.attestation.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CborTest {
  private static final Cbor.Limits LIMITS = Cbor.Limits.of(4096);

  @Test
  void membersAreFoundByNumberAndByText() {
    Cbor map = parse("a4 01 43 010203 61 61 f5 20 f6 02 82 05 38 18");
    assertEquals(Bytes.fromHex("010203"), map.required(1, "map").bytes("bytes"));
    assertTrue(map.required("a", "map").truth("truth"));
    assertTrue(map.required(-1, "map").isNull());
    assertEquals(
        List.of(5L, -25L),
        map.required(2, "map").elements("list").stream().map(e -> e.number("n")).toList());
    assertTrue(map.member(7, "map").isEmpty());
    assertEquals(4, map.size("map"));
  }

  @Test
  void tagsAreTakenOffOneByOne() {
    Cbor item = parse("d8 3d d2 01");
    assertTrue(item.hasTag(61));
    assertTrue(item.content().hasTag(18));
    assertEquals(1, item.content().content().number("number"));
    assertThrows(MalformedException.class, () -> item.number("number"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "01 01", // bytes after the end
        "a2 01 02 01 03", // a key twice
        "a2 01 02 18 01 03", // the same in a longer form
        "82 01", // an element missing
        "43 01 02", // a byte missing
        "5b ff ff ff ff ff ff ff ff", // a length beyond all
        "9b 7f ff ff ff ff ff ff ff", // a count beyond all
        "bb 40 00 00 00 00 00 00 00", // a count that overflows
        "ff", // a break outside
        "82 01 ff", // a break in what is not open
        "bf 01 ff", // a key without a value
        "9f 01", // never closed
        "5f 61 61 ff", // a text within bytes
        "5f 5f 41 00 ff ff", // an open string within an open string
        "1c", // reserved
        "3f", // a number that is open
        "f8 10", // a short simple value in long form
        "62 ff fe", // no UTF-8
        "c2 41 01", // a bignum
        "c4 82 1b 7f ff ff ff ff ff ff ff 01", // a decimal fraction
        "d8 1c 80", // a shared value
        "1b" // a number cut short
      })
  void whatIsNotOneSoundItemIsMalformed(String hex) {
    assertThrows(MalformedException.class, () -> parse(hex));
  }

  @Test
  void openLengthsAreReadOnlyWhereTheyAreAllowed() {
    Bytes open = hex("9f 01 5f 41 aa 41 bb ff ff");
    assertEquals(
        Bytes.fromHex("aabb"),
        Cbor.parse(open, LIMITS, "item").elements("list").get(1).bytes("bytes"));
    assertThrows(MalformedException.class, () -> Cbor.parse(open, LIMITS.definiteOnly(), "item"));
  }

  @Test
  void depthAndItemsAndBytesAreBounded() {
    assertEquals(1, nested(23).size("list"));
    assertThrows(MalformedException.class, () -> nested(24));
    assertThrows(MalformedException.class, () -> nested(4000));
    byte[] wide = new byte[3 + 3000];
    wide[0] = (byte) 0x99;
    wide[1] = (byte) (3000 >> 8);
    wide[2] = (byte) 3000;
    assertEquals(3000, Cbor.parse(Bytes.of(wide), LIMITS, "item").size("list"));
    assertThrows(
        MalformedException.class, () -> Cbor.parse(Bytes.of(wide), LIMITS.items(3000), "item"));
    assertThrows(
        MalformedException.class, () -> Cbor.parse(Bytes.of(wide), Cbor.Limits.of(3002), "item"));
  }

  @Test
  void numbersAreBoundedByWhatTheyAreFor() {
    assertEquals(Long.MAX_VALUE, parse("1b 7f ff ff ff ff ff ff ff").number("n"));
    assertThrows(MalformedException.class, () -> parse("1b 80 00 00 00 00 00 00 00").number("n"));
    assertThrows(MalformedException.class, () -> parse("18 40").number(0, 63, "n"));
    assertEquals(1.5, parse("f9 3e 00").fraction("n"));
    assertEquals(2.0, parse("02").fraction("n"));
  }

  @Test
  void aCutTellsThatMoreBytesWereMeant() {
    MalformedException cut = assertThrows(MalformedException.class, () -> parse("43 01"));
    assertTrue(cut.isTruncated());
  }

  @Test
  void randomBytesAreReadAsTheLibraryReadsThemOrAreMalformed() {
    long seed = 20261124;
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(12)];
      random.nextBytes(bytes);
      try {
        Cbor read = Cbor.parse(Bytes.of(bytes), LIMITS, "item");
        assertEquals(
            Bytes.of(CBORObject.DecodeFromBytes(bytes).EncodeToBytes()),
            read.encode(),
            "seed " + seed + " round " + round);
      } catch (MalformedException e) {
        assertTrue(!e.words().isEmpty(), "seed " + seed + " round " + round);
      }
    }
  }

  private static Cbor nested(int depth) {
    byte[] bytes = new byte[depth + 1];
    java.util.Arrays.fill(bytes, (byte) 0x81);
    bytes[depth] = 0;
    return Cbor.parse(Bytes.of(bytes), Cbor.Limits.of(8192), "item");
  }

  private static Cbor parse(String hex) {
    return Cbor.parse(hex(hex), LIMITS, "item");
  }

  private static Bytes hex(String hex) {
    return Bytes.fromHex(hex.replace(" ", ""));
  }
}
