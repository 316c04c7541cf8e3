package dev.holdfast.attestation.reference;

import static dev.holdfast.attestation.reference.PaperCorim.array;
import static dev.holdfast.attestation.reference.PaperCorim.bytes;
import static dev.holdfast.attestation.reference.PaperCorim.comid;
import static dev.holdfast.attestation.reference.PaperCorim.map;
import static dev.holdfast.attestation.reference.PaperCorim.measured;
import static dev.holdfast.attestation.reference.PaperCorim.opaque;
import static dev.holdfast.attestation.reference.PaperCorim.tag;
import static dev.holdfast.attestation.reference.PaperCorim.tagged;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.psa.PaperPsa;
import java.security.PublicKey;
import java.util.Base64;

/** Manifests by Arm's profiles, for the devices on paper. */
public final class PaperArm {
  public static final String PSA = "tag:arm.com,2025:psa#1.0.0";
  public static final String CCA_PLATFORM = "tag:arm.com,2025:cca_platform#1.0.0";
  public static final String CCA_REALM = "tag:arm.com,2025:cca_realm#1.0.0";

  /** The implementation of {@link PaperPsa}'s device. */
  public static final Bytes PSA_IMPLEMENTATION = bytes(32, 3);

  private PaperArm() {}

  /** A manifest of a profile. */
  public static CBORObject manifest(String profile, CBORObject... triples) {
    CBORObject[] tags = new CBORObject[triples.length];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = tag(comid("tag-" + i, triples[i]));
    }
    return map(0, "arm", 1, array((Object[]) tags), 3, tagged(32, profile));
  }

  /** A class by its identifier, with words that describe it. */
  public static CBORObject part(Bytes id) {
    return map(0, map(0, opaque(id), 1, "Acme", 2, "RoadRunner"));
  }

  /** One instance of a class. */
  public static CBORObject instance(Bytes id, Bytes ueid) {
    return map(0, map(0, opaque(id)), 1, tagged(550, ueid));
  }

  /** Software component {@code BLn} of {@link PaperPsa#components}, with a measurement. */
  public static CBORObject software(String key, int n, Bytes measurement) {
    return measured(
        key,
        0,
        map(0, "1.0." + n),
        2,
        array(array("sha-256", measurement)),
        11,
        "BL" + n,
        13,
        array(opaque(bytes(48, n))));
  }

  /** Both components of {@link PaperPsa#components}, as they are. */
  public static CBORObject software(String key) {
    return array(software(key, 0, bytes(32, 0)), software(key, 1, bytes(32, 1)));
  }

  /** Reference values of PSA devices of an implementation. */
  public static CBORObject psa(Bytes implementation) {
    return map(0, array(array(part(implementation), software("psa.software-component"))));
  }

  /** The key by which an instance signs. */
  public static CBORObject key(Bytes implementation, Bytes instance, PublicKey key) {
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(key.getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    return map(3, array(array(instance(implementation, instance), array(tagged(554, pem)))));
  }
}
