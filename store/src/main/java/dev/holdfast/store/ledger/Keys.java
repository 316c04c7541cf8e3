package dev.holdfast.store.ledger;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.model.RequestId;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.store.kv.Key;
import dev.holdfast.store.kv.KeyRange;

/**
 * Where the ledger keeps what. Names are parsed before they come here, so none holds anything but
 * lower-case letters, digits, dashes and the slashes between ids.
 */
final class Keys {
  private static final String ROOT = "holdfast/v1/";

  /** What decisions rest on is under one prefix, so that it can be read at one revision. */
  private static final String TRUTH = ROOT + "truth/";

  static final Key LEADER = Key.of(ROOT + "leader");
  static final Key CHAMPION = Key.of(ROOT + "champion");
  static final String NODE = TRUTH + "node/";
  static final String PATHWAY = TRUTH + "pathway/";
  static final String CHAIN = TRUTH + "chain/";
  static final String RESERVATION = TRUTH + "reservation/";
  static final String HELD_NODE = TRUTH + "held/node/";
  static final String HELD_TENANT = TRUTH + "held/tenant/";
  static final String HELD_PATHWAY = TRUTH + "held/pathway/";
  static final String APPRAISALS = ROOT + "appraisals/";
  static final String TOKEN = ROOT + "token/";
  static final String GRANTS = ROOT + "grants/";
  static final String REQUEST = ROOT + "request/";
  static final String USAGE = ROOT + "usage/";
  static final String MODEL = ROOT + "model/";
  static final String PART = ROOT + "part/";

  private Keys() {}

  static KeyRange truth() {
    return under(TRUTH);
  }

  static KeyRange under(String prefix) {
    return KeyRange.prefix(Key.of(prefix));
  }

  static Key node(NodeName name) {
    return Key.of(NODE + name);
  }

  static Key pathway(PathwayName name) {
    return Key.of(PATHWAY + name);
  }

  static Key chain(PathwayName name) {
    return Key.of(CHAIN + name);
  }

  static Key reservation(ReservationName name) {
    return Key.of(RESERVATION + name);
  }

  static Key held(NodeName name) {
    return Key.of(HELD_NODE + name);
  }

  static Key held(TenantName name) {
    return Key.of(HELD_TENANT + name);
  }

  static Key held(PathwayName name) {
    return Key.of(HELD_PATHWAY + name);
  }

  static Key appraisals(NodeName name) {
    return Key.of(APPRAISALS + name);
  }

  static Key token(Bytes hash) {
    return Key.of(TOKEN + hash.hex());
  }

  static Key grants(ReservationName name) {
    return Key.of(GRANTS + name);
  }

  static Key request(RequestId id) {
    return Key.of(REQUEST + id);
  }

  /** Subjects are at most 256 characters; as bytes they are no more than 512 less the prefix. */
  static Key usage(String subject) {
    return Key.of(USAGE + subject);
  }

  static Key model(String id) {
    return Key.of(MODEL + id);
  }

  static Key part(String id, int number) {
    return Key.of(PART + id + "/%03d".formatted(number));
  }
}
