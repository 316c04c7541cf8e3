package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/** A message that a requester sends (DSP0274 1.2, clause 10). */
public sealed interface SpdmRequest {
  /** Bytes of a nonce. */
  int NONCE_BYTES = 32;

  /** Slots of certificate chains. */
  int SLOTS = 8;

  /** The version that negotiation begins with, whatever is spoken later. */
  int NEGOTIATION_VERSION = 0x10;

  /** The message as it goes over the wire. */
  Bytes encoded();

  /** Asks for the versions that are spoken. */
  record GetVersion() implements SpdmRequest {
    static final int CODE = 0x84;

    @Override
    public Bytes encoded() {
      return new MessageWriter().header(NEGOTIATION_VERSION, CODE, 0, 0).done();
    }
  }

  /**
   * Tells capabilities, and asks for those of the other end.
   *
   * @param version the version spoken from here on
   * @param timeoutExponent CTExponent: 2 to this power microseconds for cryptography
   * @param flags capability bits
   * @param transferBytes DataTransferSize; 0 in 1.1, which lacks it
   * @param messageBytes MaxSPDMmsgSize; 0 in 1.1, which lacks it
   */
  record GetCapabilities(
      SpdmVersion version, int timeoutExponent, long flags, long transferBytes, long messageBytes)
      implements SpdmRequest {
    static final int CODE = 0xe1;

    @Override
    public Bytes encoded() {
      MessageWriter writer =
          new MessageWriter()
              .header(version.number(), CODE, 0, 0)
              .u8(0)
              .u8(timeoutExponent)
              .u16(0)
              .u32(flags);
      return version == SpdmVersion.V1_1
          ? writer.done()
          : writer.u32(transferBytes).u32(messageBytes).done();
    }
  }

  /**
   * Offers algorithms.
   *
   * @param version the version spoken
   * @param measurementSpecifications bits; 1 is DMTF's
   * @param otherParameters bits of opaque data formats (1.2)
   * @param asym bits of {@link BaseAsym}
   * @param hash bits of {@link BaseHash}
   */
  record NegotiateAlgorithms(
      SpdmVersion version, int measurementSpecifications, int otherParameters, long asym, long hash)
      implements SpdmRequest {
    static final int CODE = 0xe3;
    private static final int BYTES = 32;
    private static final int MAX_BYTES = 128;

    @Override
    public Bytes encoded() {
      return new MessageWriter()
          .header(version.number(), CODE, 0, 0)
          .u16(BYTES)
          .u8(measurementSpecifications)
          .u8(otherParameters)
          .u32(asym)
          .u32(hash)
          .zeros(16)
          .done();
    }

    private static NegotiateAlgorithms read(ByteCursor cursor, SpdmVersion version, int tables) {
      int length = cursor.u16("the length of NEGOTIATE_ALGORITHMS");
      if (length < BYTES || length > MAX_BYTES) {
        throw new MalformedException("NEGOTIATE_ALGORITHMS of " + length + " bytes");
      }
      int specifications = cursor.u8("MeasurementSpecification");
      int other = cursor.u8("OtherParamsSupport");
      long asym = cursor.u32("BaseAsymAlgo");
      long hash = cursor.u32("BaseHashAlgo");
      cursor.take(12, "reserved bytes");
      int extensions = cursor.u8("ExtAsymCount") + cursor.u8("ExtHashCount");
      cursor.take(2, "reserved bytes");
      int extensionBytes = Math.multiplyExact(4, extensions);
      cursor.take(extensionBytes, "extended algorithms");
      AlgorithmTables.skip(cursor, tables, length - BYTES - extensionBytes);
      return new NegotiateAlgorithms(version, specifications, other, asym, hash);
    }
  }

  /**
   * Asks for the digests of the certificate chains.
   *
   * @param version the version spoken
   */
  record GetDigests(SpdmVersion version) implements SpdmRequest {
    static final int CODE = 0x81;

    @Override
    public Bytes encoded() {
      return new MessageWriter().header(version.number(), CODE, 0, 0).done();
    }
  }

  /**
   * Asks for a portion of a certificate chain.
   *
   * @param version the version spoken
   * @param slot 0 to 7
   * @param offset where the portion begins
   * @param length the most bytes wanted
   */
  record GetCertificate(SpdmVersion version, int slot, int offset, int length)
      implements SpdmRequest {
    static final int CODE = 0x82;

    @Override
    public Bytes encoded() {
      return new MessageWriter()
          .header(version.number(), CODE, slot, 0)
          .u16(offset)
          .u16(length)
          .done();
    }
  }

  /**
   * Asks for proof that the device holds the key of a slot.
   *
   * @param version the version spoken
   * @param slot 0 to 7
   * @param summary which measurements the answer sums up: 0 none, 1 the trusted computing base, 255
   *     all
   * @param nonce 32 bytes
   */
  record Challenge(SpdmVersion version, int slot, int summary, Bytes nonce) implements SpdmRequest {
    static final int CODE = 0x83;

    @Override
    public Bytes encoded() {
      return new MessageWriter().header(version.number(), CODE, slot, summary).bytes(nonce).done();
    }
  }

  /**
   * Asks for measurements.
   *
   * @param version the version spoken
   * @param raw whether raw bit streams are wanted where there are any
   * @param operation 0 their number, 255 all, else the index of one
   * @param signing what the answer must sign; empty for an answer without signature
   */
  record GetMeasurements(
      SpdmVersion version, boolean raw, int operation, Optional<SigningRequest> signing)
      implements SpdmRequest {
    /** Asks for the number of measurements. */
    public static final int COUNT = 0;

    /** Asks for all measurements. */
    public static final int ALL = 0xff;

    static final int CODE = 0xe0;
    private static final int SIGNATURE_BIT = 1;
    private static final int RAW_BIT = 2;

    @Override
    public Bytes encoded() {
      int attributes = (signing.isPresent() ? SIGNATURE_BIT : 0) | (raw ? RAW_BIT : 0);
      MessageWriter writer =
          new MessageWriter().header(version.number(), CODE, attributes, operation);
      signing.ifPresent(wanted -> writer.bytes(wanted.nonce()).u8(wanted.slot()));
      return writer.done();
    }

    private static GetMeasurements read(
        ByteCursor cursor, SpdmVersion version, int attributes, int operation) {
      Optional<SigningRequest> signing = Optional.empty();
      if ((attributes & SIGNATURE_BIT) != 0) {
        Bytes nonce = cursor.take(NONCE_BYTES, "the nonce of GET_MEASUREMENTS");
        signing =
            Optional.of(new SigningRequest(nonce, slot(cursor.u8("the slot of GET_MEASUREMENTS"))));
      }
      return new GetMeasurements(version, (attributes & RAW_BIT) != 0, operation, signing);
    }
  }

  /**
   * What a signature over measurements is asked for.
   *
   * @param nonce 32 bytes
   * @param slot whose key signs, 0 to 7
   */
  record SigningRequest(Bytes nonce, int slot) {}

  /**
   * Reads one request, and stops behind it.
   *
   * @throws MalformedException if it cannot be read
   */
  static SpdmRequest read(ByteCursor cursor) {
    int number = cursor.u8("the version of a request");
    int code = cursor.u8("the code of a request");
    int parameter1 = cursor.u8("the first parameter of a request");
    int parameter2 = cursor.u8("the second parameter of a request");
    if (code == GetVersion.CODE) {
      if (number != NEGOTIATION_VERSION) {
        throw new MalformedException("GET_VERSION is sent in version 1.0");
      }
      return new GetVersion();
    }
    SpdmVersion version = version(number);
    return switch (code) {
      case GetCapabilities.CODE -> capabilities(cursor, version);
      case NegotiateAlgorithms.CODE -> NegotiateAlgorithms.read(cursor, version, parameter1);
      case GetDigests.CODE -> new GetDigests(version);
      case GetCertificate.CODE ->
          new GetCertificate(
              version,
              slot(parameter1),
              cursor.u16("the offset of GET_CERTIFICATE"),
              cursor.u16("the length of GET_CERTIFICATE"));
      case Challenge.CODE ->
          new Challenge(
              version,
              slot(parameter1),
              parameter2,
              cursor.take(NONCE_BYTES, "the nonce of CHALLENGE"));
      case GetMeasurements.CODE -> GetMeasurements.read(cursor, version, parameter1, parameter2);
      default -> throw new MalformedException("no request is known by the code " + code);
    };
  }

  private static GetCapabilities capabilities(ByteCursor cursor, SpdmVersion version) {
    cursor.u8("a reserved byte");
    int exponent = cursor.u8("CTExponent");
    cursor.u16("reserved bytes");
    long flags = cursor.u32("the flags of GET_CAPABILITIES");
    boolean sizes = version != SpdmVersion.V1_1;
    return new GetCapabilities(
        version,
        exponent,
        flags,
        sizes ? cursor.u32("DataTransferSize") : 0,
        sizes ? cursor.u32("MaxSPDMmsgSize") : 0);
  }

  /** The version that a message's first byte names. */
  static SpdmVersion version(int number) {
    return SpdmVersion.ofNumber(number)
        .orElseThrow(() -> new MalformedException("no version is known by the number " + number));
  }

  /** The slot in the low half of a byte. */
  static int slot(int parameter) {
    int slot = parameter & 0x0f;
    if (slot >= SLOTS) {
      throw new MalformedException("there is no slot " + slot);
    }
    return slot;
  }
}
