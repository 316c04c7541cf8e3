package dev.holdfast.attestation.cose;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.List;
import java.util.Optional;

/**
 * A message with one signer, as read and not yet believed (RFC 9052, 4.2, COSE_Sign1).
 *
 * @param protectedBytes the protected header as it was sent and signed; may be empty
 * @param protectedHeader the same as read
 * @param unprotectedHeader what the signature does not cover
 * @param payload what was signed; empty if it travels apart
 * @param signature the signature, not empty
 */
public record CoseSign1(
    Bytes protectedBytes,
    CoseHeader protectedHeader,
    CoseHeader unprotectedHeader,
    Optional<Bytes> payload,
    Bytes signature) {
  /** The tag of a message with one signer. */
  public static final long TAG = 18;

  private static final String WHAT = "the COSE_Sign1 message";
  private static final String CONTEXT = "Signature1";
  private static final int SIGNATURE_MAX_BYTES = 1024;
  private static final int HEADER_MAX_BYTES = 64 * 1024;
  private static final Bytes EMPTY_MAP = Bytes.of((byte) 0xa0);

  /**
   * Reads a message, under its tag or bare.
   *
   * @param maxBytes the most that is read at all
   * @throws MalformedException if it is longer, or anything else
   */
  public static CoseSign1 parse(Bytes message, int maxBytes) {
    return read(Cbor.parse(message, Cbor.Limits.of(maxBytes), WHAT));
  }

  /**
   * Reads a message out of an item, under its tag or bare.
   *
   * @throws MalformedException if it is anything else
   */
  public static CoseSign1 read(Cbor item) {
    if (item.tag().isPresent() && !item.hasTag(TAG)) {
      throw new MalformedException(WHAT + " has tag " + item.tag().get() + ", not " + TAG);
    }
    List<Cbor> parts = item.content().elements(WHAT);
    if (parts.size() != 4) {
      throw new MalformedException(WHAT + " has " + parts.size() + " parts, not 4");
    }
    Bytes encoded = parts.get(0).bytes(0, HEADER_MAX_BYTES, "the protected header");
    CoseHeader signed =
        new CoseHeader(
            Cbor.parse(
                encoded.isEmpty() ? EMPTY_MAP : encoded,
                Cbor.Limits.of(HEADER_MAX_BYTES),
                "the protected header"));
    CoseHeader free = new CoseHeader(parts.get(1));
    requireApart(signed, free);
    Optional<Bytes> payload =
        parts.get(2).isNull() ? Optional.empty() : Optional.of(parts.get(2).bytes("the payload"));
    Bytes signature = parts.get(3).bytes(1, SIGNATURE_MAX_BYTES, "the signature");
    return new CoseSign1(encoded, signed, free, payload, signature);
  }

  /** A parameter in both buckets leaves open which of the two counts (RFC 9052, 3). */
  private static void requireApart(CoseHeader signed, CoseHeader free) {
    List<Cbor> labels = signed.labels();
    if (free.labels().stream().anyMatch(labels::contains)) {
      throw new MalformedException("a COSE header parameter is both protected and unprotected");
    }
    if (free.parameter(CoseHeader.CRIT).isPresent()) {
      throw new MalformedException("crit is not protected");
    }
    if (!labels.containsAll(signed.critical())) {
      throw new MalformedException("crit names a label that the protected header has not");
    }
  }

  /**
   * What the signature is over (RFC 9052, 4.4, Sig_structure).
   *
   * @param payload the payload, wherever it came from
   * @param externalAad what both sides know; may be empty
   */
  public Bytes signed(Bytes payload, Bytes externalAad) {
    return signatureStructure(protectedBytes, payload, externalAad);
  }

  /** The same, before there is a message. */
  public static Bytes signatureStructure(Bytes protectedBytes, Bytes payload, Bytes externalAad) {
    return Bytes.of(
        CBORObject.NewArray()
            .Add(CONTEXT)
            .Add(protectedBytes.toByteArray())
            .Add(externalAad.toByteArray())
            .Add(payload.toByteArray())
            .EncodeToBytes());
  }
}
