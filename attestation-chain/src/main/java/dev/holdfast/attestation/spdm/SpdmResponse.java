package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A message that a device answers with (DSP0274 1.2, SPDM messages). */
public sealed interface SpdmResponse {
  /** The message as it goes over the wire. */
  Bytes encoded();

  /**
   * The versions that are spoken.
   *
   * @param entries VersionNumberEntry as it stands: major and minor version in the upper byte
   */
  record Versions(List<Integer> entries) implements SpdmResponse {
    static final int CODE = 0x04;

    /** Copies the list. */
    public Versions {
      entries = List.copyOf(entries);
    }

    /** Whether a version is among them. */
    public boolean speak(SpdmVersion version) {
      return entries.stream().anyMatch(entry -> entry >> 8 == version.number());
    }

    @Override
    public Bytes encoded() {
      MessageWriter writer =
          new MessageWriter()
              .header(SpdmRequest.NEGOTIATION_VERSION, CODE, 0, 0)
              .u8(0)
              .u8(entries.size());
      entries.forEach(writer::u16);
      return writer.done();
    }
  }

  /**
   * What the device can do.
   *
   * @param version the version spoken
   * @param timeoutExponent CTExponent: 2 to this power microseconds for cryptography
   * @param flags capability bits
   * @param transferBytes DataTransferSize; 0 in 1.1, which lacks it
   * @param messageBytes MaxSPDMmsgSize; 0 in 1.1, which lacks it
   */
  record Capabilities(
      SpdmVersion version, int timeoutExponent, long flags, long transferBytes, long messageBytes)
      implements SpdmResponse {
    /** It hands out certificates. */
    public static final long CERT_CAP = 1 << 1;

    /** It answers challenges. */
    public static final long CHAL_CAP = 1 << 2;

    /** It signs measurements: the upper of the two bits MEAS_CAP. */
    public static final long MEAS_CAP_SIGNED = 1 << 4;

    static final int CODE = 0x61;

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
   * The algorithms that were chosen.
   *
   * @param version the version spoken
   * @param measurementSpecification bit; 1 is DMTF's
   * @param otherParameters bit of the opaque data format (1.2)
   * @param measurementHash bit of {@link MeasurementHash}
   * @param asym bit of {@link BaseAsym}
   * @param hash bit of {@link BaseHash}
   */
  record Algorithms(
      SpdmVersion version,
      int measurementSpecification,
      int otherParameters,
      long measurementHash,
      long asym,
      long hash)
      implements SpdmResponse {
    static final int CODE = 0x63;
    private static final int BYTES = 36;
    private static final int MAX_BYTES = 128;

    @Override
    public Bytes encoded() {
      return new MessageWriter()
          .header(version.number(), CODE, 0, 0)
          .u16(BYTES)
          .u8(measurementSpecification)
          .u8(otherParameters)
          .u32(measurementHash)
          .u32(asym)
          .u32(hash)
          .zeros(16)
          .done();
    }

    private static Algorithms read(ByteCursor cursor, SpdmVersion version, int tables) {
      int length = cursor.u16("the length of ALGORITHMS");
      if (length < BYTES || length > MAX_BYTES) {
        throw new MalformedException("ALGORITHMS of " + length + " bytes");
      }
      int specification = cursor.u8("MeasurementSpecificationSel");
      int other = cursor.u8("OtherParamsSelection");
      long measurementHash = cursor.u32("MeasurementHashAlgo");
      long asym = cursor.u32("BaseAsymSel");
      long hash = cursor.u32("BaseHashSel");
      cursor.take(12, "reserved bytes");
      int extensions = cursor.u8("ExtAsymSelCount") + cursor.u8("ExtHashSelCount");
      cursor.take(2, "reserved bytes");
      int extensionBytes = Math.multiplyExact(4, extensions);
      cursor.take(extensionBytes, "extended algorithms");
      AlgorithmTables.skip(cursor, tables, length - BYTES - extensionBytes);
      return new Algorithms(version, specification, other, measurementHash, asym, hash);
    }
  }

  /**
   * The digests of the certificate chains.
   *
   * @param version the version spoken
   * @param bySlot the digest of each slot that holds one
   */
  record Digests(SpdmVersion version, TreeMap<Integer, Bytes> bySlot) implements SpdmResponse {
    static final int CODE = 0x01;

    /** Copies the map. */
    public Digests {
      bySlot = new TreeMap<>(bySlot);
    }

    @Override
    public Bytes encoded() {
      int mask = bySlot.keySet().stream().mapToInt(slot -> 1 << slot).sum();
      MessageWriter writer = new MessageWriter().header(version.number(), CODE, 0, mask);
      bySlot.values().forEach(writer::bytes);
      return writer.done();
    }
  }

  /**
   * A portion of a certificate chain.
   *
   * @param version the version spoken
   * @param slot 0 to 7
   * @param portion the bytes
   * @param remainder how many bytes follow it
   */
  record Certificate(SpdmVersion version, int slot, Bytes portion, int remainder)
      implements SpdmResponse {
    static final int CODE = 0x02;

    @Override
    public Bytes encoded() {
      return new MessageWriter()
          .header(version.number(), CODE, slot, 0)
          .u16(portion.length())
          .u16(remainder)
          .bytes(portion)
          .done();
    }
  }

  /**
   * The answer to a challenge.
   *
   * @param version the version spoken
   * @param slot whose key signed
   * @param slots mask of the slots that hold chains
   * @param chainDigest the digest of the slot's chain
   * @param nonce the device's own, 32 bytes
   * @param summary the digest of the measurements asked for; empty if none were
   * @param opaque data of the vendor, at most 1,024 bytes
   * @param signature over the transcript
   */
  record ChallengeAuth(
      SpdmVersion version,
      int slot,
      int slots,
      Bytes chainDigest,
      Bytes nonce,
      Bytes summary,
      Bytes opaque,
      Bytes signature)
      implements SpdmResponse {
    static final int CODE = 0x03;

    @Override
    public Bytes encoded() {
      return Bytes.concat(unsigned(), signature);
    }

    /** The message without its signature. */
    public Bytes unsigned() {
      return new MessageWriter()
          .header(version.number(), CODE, slot, slots)
          .bytes(chainDigest)
          .bytes(nonce)
          .bytes(summary)
          .u16(opaque.length())
          .bytes(opaque)
          .done();
    }
  }

  /**
   * Measurements.
   *
   * @param version the version spoken
   * @param total how many there are, where only their number was asked for; else 0
   * @param slot whose key signed
   * @param changed what the device says of changes: 0 it cannot tell, 1 there were some, 2 there
   *     were none (1.2)
   * @param count how many blocks it claims to hold
   * @param record the blocks, one after the other
   * @param nonce the device's own, 32 bytes
   * @param opaque data of the vendor, at most 1,024 bytes
   * @param signature over the transcript; empty if none was asked for
   */
  record Measurements(
      SpdmVersion version,
      int total,
      int slot,
      int changed,
      int count,
      Bytes record,
      Bytes nonce,
      Bytes opaque,
      Bytes signature)
      implements SpdmResponse {
    static final int CODE = 0x60;

    @Override
    public Bytes encoded() {
      return Bytes.concat(unsigned(), signature);
    }

    /** The message without its signature. */
    public Bytes unsigned() {
      return new MessageWriter()
          .header(version.number(), CODE, total, slot | changed << 4)
          .u8(count)
          .u24(record.length())
          .bytes(record)
          .bytes(nonce)
          .u16(opaque.length())
          .bytes(opaque)
          .done();
    }
  }

  /**
   * The device refuses.
   *
   * @param version the number of the version that it answers in
   * @param code why (DSP0274, ERROR, error code)
   * @param data more of it
   */
  record Failure(int version, int code, int data) implements SpdmResponse {
    static final int CODE = 0x7f;

    /** The request is not what it should be. */
    public static final int INVALID_REQUEST = 0x01;

    /** The request does not come at this point. */
    public static final int UNEXPECTED_REQUEST = 0x04;

    /** Something went wrong inside. */
    public static final int UNSPECIFIED = 0x05;

    /** The answer is longer than the requester takes. */
    public static final int RESPONSE_TOO_LARGE = 0x0d;

    /** The version is not spoken. */
    public static final int VERSION_MISMATCH = 0x41;

    @Override
    public Bytes encoded() {
      return new MessageWriter().header(version, CODE, code, data).done();
    }
  }

  /**
   * What one must know to find the end of a response.
   *
   * @param hashBytes bytes of a digest, once negotiated
   * @param signatureBytes bytes of a signature, once negotiated
   * @param signed whether a signature was asked for
   * @param summarised whether a digest of measurements was asked for
   */
  record Shape(int hashBytes, int signatureBytes, boolean signed, boolean summarised) {
    /** Before anything is negotiated. */
    public static final Shape NONE = new Shape(0, 0, false, false);

    static Shape of(Suite suite) {
      return new Shape(suite.hash().length(), suite.asym().signatureBytes(), true, false);
    }

    Shape unsigned() {
      return new Shape(hashBytes, 0, false, summarised);
    }
  }

  /**
   * The two bytes of a header that mean something else in each message.
   *
   * @param first Param1
   * @param second Param2
   */
  record Parameters(int first, int second) {}

  /** Most bytes of opaque data. */
  int OPAQUE_MAX_BYTES = 1024;

  /**
   * Reads one response, and stops behind it.
   *
   * @throws MalformedException if it cannot be read
   */
  static SpdmResponse read(ByteCursor cursor, Shape shape) {
    int number = cursor.u8("the version of a response");
    int code = cursor.u8("the code of a response");
    int parameter1 = cursor.u8("the first parameter of a response");
    int parameter2 = cursor.u8("the second parameter of a response");
    if (code == Failure.CODE) {
      return new Failure(number, parameter1, parameter2);
    }
    if (code == Versions.CODE) {
      return versions(cursor, number);
    }
    SpdmVersion version = SpdmRequest.version(number);
    return switch (code) {
      case Capabilities.CODE -> capabilities(cursor, version);
      case Algorithms.CODE -> Algorithms.read(cursor, version, parameter1);
      case Digests.CODE -> digests(cursor, version, parameter2, shape);
      case Certificate.CODE -> certificate(cursor, version, parameter1);
      case ChallengeAuth.CODE ->
          challengeAuth(cursor, version, new Parameters(parameter1, parameter2), shape);
      case Measurements.CODE ->
          measurements(cursor, version, new Parameters(parameter1, parameter2), shape);
      default -> throw new MalformedException("no response is known by the code " + code);
    };
  }

  private static Versions versions(ByteCursor cursor, int number) {
    if (number != SpdmRequest.NEGOTIATION_VERSION) {
      throw new MalformedException("VERSION is sent in version 1.0");
    }
    cursor.u8("a reserved byte");
    int count = cursor.u8("the number of versions");
    List<Integer> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(cursor.u16("a version"));
    }
    return new Versions(entries);
  }

  private static Capabilities capabilities(ByteCursor cursor, SpdmVersion version) {
    cursor.u8("a reserved byte");
    int exponent = cursor.u8("CTExponent");
    cursor.u16("reserved bytes");
    long flags = cursor.u32("the flags of CAPABILITIES");
    boolean sizes = version != SpdmVersion.V1_1;
    return new Capabilities(
        version,
        exponent,
        flags,
        sizes ? cursor.u32("DataTransferSize") : 0,
        sizes ? cursor.u32("MaxSPDMmsgSize") : 0);
  }

  private static Digests digests(ByteCursor cursor, SpdmVersion version, int mask, Shape shape) {
    TreeMap<Integer, Bytes> bySlot = new TreeMap<>();
    for (int slot = 0; slot < SpdmRequest.SLOTS; slot++) {
      if ((mask & 1 << slot) != 0) {
        bySlot.put(slot, cursor.take(shape.hashBytes(), "the digest of slot " + slot));
      }
    }
    return new Digests(version, bySlot);
  }

  private static Certificate certificate(ByteCursor cursor, SpdmVersion version, int parameter) {
    int length = cursor.u16("the length of a portion");
    int remainder = cursor.u16("the length of the remainder");
    return new Certificate(
        version, SpdmRequest.slot(parameter), cursor.take(length, "a portion"), remainder);
  }

  private static ChallengeAuth challengeAuth(
      ByteCursor cursor, SpdmVersion version, Parameters parameters, Shape shape) {
    return new ChallengeAuth(
        version,
        SpdmRequest.slot(parameters.first()),
        parameters.second(),
        cursor.take(shape.hashBytes(), "CertChainHash"),
        cursor.take(SpdmRequest.NONCE_BYTES, "the nonce of CHALLENGE_AUTH"),
        cursor.take(shape.summarised() ? shape.hashBytes() : 0, "MeasurementSummaryHash"),
        cursor.sized16(OPAQUE_MAX_BYTES, "the opaque data of CHALLENGE_AUTH"),
        cursor.take(shape.signatureBytes(), "the signature of CHALLENGE_AUTH"));
  }

  private static Measurements measurements(
      ByteCursor cursor, SpdmVersion version, Parameters parameters, Shape shape) {
    int count = cursor.u8("the number of measurements");
    int length =
        cursor.u16("the length of the measurements") + (cursor.u8("the length of them") << 16);
    return new Measurements(
        version,
        parameters.first(),
        SpdmRequest.slot(parameters.second()),
        version == SpdmVersion.V1_1 ? 0 : parameters.second() >> 4 & 3,
        count,
        cursor.take(length, "the measurement record"),
        cursor.take(SpdmRequest.NONCE_BYTES, "the nonce of MEASUREMENTS"),
        cursor.sized16(OPAQUE_MAX_BYTES, "the opaque data of MEASUREMENTS"),
        shape.signed()
            ? cursor.take(shape.signatureBytes(), "the signature of MEASUREMENTS")
            : Bytes.EMPTY);
  }
}
