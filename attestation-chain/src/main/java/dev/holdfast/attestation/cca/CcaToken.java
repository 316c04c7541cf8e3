package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseSign1;
import java.util.List;

/**
 * The two tokens of a realm, as read and not yet believed (RMM Specification, A7.2;
 * draft-ffm-rats-cca-token).
 *
 * @param platform what the platform says, signed by its own key
 * @param realm what the realm says, signed by the key that the platform binds
 */
public record CcaToken(CoseSign1 platform, CoseSign1 realm) {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 64 * 1024;

  /** The tag of a collection whose members are byte strings (RMM Specification 1.0). */
  private static final long TAG_COLLECTION = 399;

  /** The tag of a collection whose members are records of type and value (RATS CMW). */
  private static final long TAG_RECORDS = 907;

  private static final long PLATFORM = 44234;
  private static final long REALM = 44241;
  private static final long EAT_CWT = 263;
  private static final String EAT_CWT_MEDIA_TYPE = "application/eat+cwt";
  private static final String WHAT = "the CCA token";

  /**
   * Reads a token.
   *
   * @throws MalformedException if it is anything else
   */
  static CcaToken parse(Bytes token) {
    Cbor item = Cbor.parse(token, Cbor.Limits.of(MAX_BYTES), WHAT);
    if (!item.hasTag(TAG_COLLECTION) && !item.hasTag(TAG_RECORDS)) {
      throw new MalformedException(
          WHAT + " is tagged neither " + TAG_COLLECTION + " nor " + TAG_RECORDS);
    }
    boolean records = item.hasTag(TAG_RECORDS);
    Cbor map = item.content();
    Bytes platform = member(map.required(PLATFORM, WHAT), records);
    Bytes realm = member(map.required(REALM, WHAT), records);
    return new CcaToken(CoseSign1.parse(platform, MAX_BYTES), CoseSign1.parse(realm, MAX_BYTES));
  }

  private static Bytes member(Cbor item, boolean record) {
    if (!record) {
      return item.bytes("a token of the collection");
    }
    List<Cbor> parts = item.elements("a record of the collection");
    if (parts.size() != 2) {
      throw new MalformedException("a record of the collection has " + parts.size() + " parts");
    }
    Cbor type = parts.getFirst();
    boolean known =
        type.is(Cbor.Kind.TEXT)
            ? type.text("type").startsWith(EAT_CWT_MEDIA_TYPE)
            : type.number("type") == EAT_CWT;
    if (!known) {
      throw new MalformedException("a record of the collection is no " + EAT_CWT_MEDIA_TYPE);
    }
    return parts.getLast().bytes("a token of the collection");
  }
}
