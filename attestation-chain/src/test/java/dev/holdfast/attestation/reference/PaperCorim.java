package dev.holdfast.attestation.reference;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseSign1;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;

/** Writes manifests, good and bad, and signs them with keys of its own. */
public final class PaperCorim {
  public static final KeyPair KEY = pair("secp256r1");
  public static final KeyPair OTHER_KEY = pair("secp256r1");
  public static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  public static final Instant END = Instant.parse("2027-01-01T00:00:00Z");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private PaperCorim() {}

  static KeyPair pair(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A map of keys and values in turn; numbers, texts, bytes and items. */
  public static CBORObject map(Object... parts) {
    CBORObject map = CBORObject.NewOrderedMap();
    for (int i = 0; i < parts.length; i += 2) {
      map.Add(item(parts[i]), item(parts[i + 1]));
    }
    return map;
  }

  /** An array. */
  public static CBORObject array(Object... parts) {
    CBORObject array = CBORObject.NewArray();
    for (Object part : parts) {
      array.Add(item(part));
    }
    return array;
  }

  /** Something under a tag. */
  public static CBORObject tagged(int tag, Object content) {
    return item(content).WithTag(tag);
  }

  private static CBORObject item(Object part) {
    return switch (part) {
      case CBORObject item -> item;
      case Bytes bytes -> CBORObject.FromObject(bytes.toByteArray());
      case Integer number -> CBORObject.FromObject(number.intValue());
      case Long number -> CBORObject.FromObject(number.longValue());
      case Boolean truth -> CBORObject.FromObject(truth.booleanValue());
      case String text -> CBORObject.FromObject(text);
      default -> throw new IllegalArgumentException(part.toString());
    };
  }

  /** So many bytes of one value. */
  public static Bytes bytes(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return Bytes.of(bytes);
  }

  public static CBORObject sha256(int value) {
    return array(1, bytes(32, value));
  }

  public static CBORObject opaque(Bytes value) {
    return tagged(560, value);
  }

  public static CBORObject uuid(int value) {
    return tagged(37, bytes(16, value));
  }

  /** An environment of a class with an opaque identifier of 32 bytes. */
  public static CBORObject part(int value) {
    return map(0, map(0, opaque(bytes(32, value))));
  }

  /** A measurement of one element by its key. */
  public static CBORObject measured(Object key, Object... values) {
    return map(0, key, 1, map(values));
  }

  public static CBORObject validity(Instant begin, Instant end) {
    return map(0, tagged(1, begin.getEpochSecond()), 1, tagged(1, end.getEpochSecond()));
  }

  /** Reference triples and nothing else. */
  public static CBORObject references(Object... triples) {
    return map(0, array(triples));
  }

  public static CBORObject comid(String id, CBORObject triples) {
    return map(1, map(0, id), 4, triples);
  }

  /** A CoMID as a manifest carries it. */
  public static CBORObject tag(CBORObject comid) {
    return tagged(506, Bytes.of(comid.EncodeToBytes()));
  }

  public static CBORObject corim(String id, CBORObject... tags) {
    return map(0, id, 1, array((Object[]) tags));
  }

  public static Bytes unsigned(CBORObject corim) {
    return Bytes.of(tagged(501, corim).EncodeToBytes());
  }

  /** The header of the draft's examples, valid from {@link #BEGIN} to {@link #END}. */
  public static CBORObject header() {
    CBORObject meta =
        map(0, map(0, "Acme", 1, tagged(32, "https://acme.example")), 1, validity(BEGIN, END));
    return map(1, -7, 3, "application/rim+cbor", 8, Bytes.of(meta.EncodeToBytes()));
  }

  public static Bytes signed(CBORObject corim) {
    return signed(header(), unsigned(corim), KEY);
  }

  public static Bytes signed(CBORObject header, Bytes payload, KeyPair key) {
    Bytes protectedBytes = Bytes.of(header.EncodeToBytes());
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key.getPrivate());
      signature.update(
          CoseSign1.signatureStructure(protectedBytes, payload, Bytes.EMPTY).toByteArray());
      return Bytes.of(
          tagged(
                  18,
                  array(
                      protectedBytes,
                      map(),
                      payload,
                      Bytes.of(ECDSA.transcodeSignatureToConcat(signature.sign(), 64))))
              .EncodeToBytes());
    } catch (GeneralSecurityException | JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A CoMID that says something of every kind that there is. */
  public static CBORObject everything() {
    CBORObject part =
        map(
            0, map(0, uuid(1), 1, "Acme", 2, "RoadRunner", 3, 1, 4, 2),
            1, tagged(550, bytes(33, 1)),
            2, opaque(bytes(4, 9)));
    CBORObject all =
        map(
            0, map(0, "1.0.0", 1, 16384),
            1, tagged(552, 3),
            2, array(sha256(1), array("sha-384", bytes(48, 2))),
            3, map(0, true, 3, false),
            4, tagged(563, array(bytes(4, 5), bytes(4, 0xf0))),
            6, bytes(6, 1),
            7, bytes(16, 2),
            8, "serial",
            9, bytes(7, 3),
            10, bytes(16, 4),
            11, "a name",
            13, array(opaque(bytes(2, 1)), tagged(554, "a key"), tagged(557, sha256(3))),
            14, map(0, array(sha256(4)), "boot", array(sha256(5))),
            15, tagged(564, array(-5, CBORObject.Null)),
            -1, 42);
    CBORObject small = array(map(1, map(1, 7)));
    CBORObject keys = array(tagged(554, "a key"), tagged(562, bytes(3, 1)), tagged(558, map(1, 2)));
    CBORObject others = array(part(2), part(3));
    CBORObject triples =
        map(
            0, array(array(part, array(map(0, "an element", 1, all, 2, keys)))),
            1,
                array(
                    array(
                        part,
                        array(map(0, tagged(111, bytes(3, 0x2a)), 1, map(1, tagged(553, 2)))))),
            2, array(array(part, keys, map(0, 7, 1, keys))),
            3, array(array(part, keys)),
            4, array(array(part, others)),
            5, array(array(part, others)),
            6, array(array(part, array("a tag", bytes(16, 1)))),
            8,
                array(
                    array(
                        array(part, array(), keys),
                        array(array(small, small), array(small, small)))),
            10, array(array(array(array(part, small)), array(array(part, small)))));
    return map(
        0, "en-GB",
        1, map(0, bytes(16, 7), 1, 4),
        2, array(map(0, "Acme", 1, tagged(32, "https://acme.example"), 2, array(0, 1))),
        3, array(map(0, "older", 1, 1), map(0, bytes(16, 8), 1, 0)),
        4, triples);
  }

  /** A manifest with every member, which carries a CoMID with every member, a CoSWID and a CoTL. */
  public static CBORObject whole() {
    return map(
        0, bytes(16, 1),
        1,
            array(
                tag(everything()),
                tagged(505, Bytes.of(map(0, "software", 12, 0, 1, "a name").EncodeToBytes())),
                tagged(
                    508,
                    Bytes.of(
                        map(
                                0,
                                map(0, "list"),
                                1,
                                array(map(0, "software")),
                                2,
                                validity(BEGIN, END))
                            .EncodeToBytes())),
                tagged(599, Bytes.EMPTY)),
        2, array(map(0, tagged(32, "https://acme.example/rim"), 1, sha256(6))),
        3, tagged(32, "tag:acme.example,2026:profile"),
        4, validity(BEGIN, END),
        5, array(map(0, "Acme", 2, array(1))));
  }
}
