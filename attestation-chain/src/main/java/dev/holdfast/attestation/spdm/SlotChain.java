package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;

/**
 * The certificate chain of a slot (DSP0274 1.2, 10.6.1, certificate chain format).
 *
 * @param encoded length, reserved bytes, digest of the root, and the certificates, root first: what
 *     digests of a slot are made over
 * @param rootDigest the digest of the root's certificate, which may be left out of the chain
 * @param certificates DER, root first
 */
public record SlotChain(Bytes encoded, Bytes rootDigest, List<Bytes> certificates) {
  /** Most bytes of a chain: its length is a 16-bit number. */
  public static final int MAX_BYTES = 0xffff;

  private static final int HEADER_BYTES = 4;
  private static final int SEQUENCE = 0x30;

  /** Copies the list. */
  public SlotChain {
    certificates = List.copyOf(certificates);
  }

  /**
   * Makes a chain.
   *
   * @param leafFirst DER, the root last
   * @throws IllegalArgumentException if there is none, or they are too long
   */
  public static SlotChain of(BaseHash hash, List<Bytes> leafFirst) {
    if (leafFirst.isEmpty()) {
      throw new IllegalArgumentException("a chain has a certificate");
    }
    List<Bytes> rootFirst = leafFirst.reversed();
    Bytes certificates = Bytes.concat(rootFirst.toArray(Bytes[]::new));
    int length = HEADER_BYTES + hash.length() + certificates.length();
    if (length > MAX_BYTES) {
      throw new IllegalArgumentException("a chain of " + length + " bytes");
    }
    Bytes root = hash.hash(rootFirst.getFirst());
    Bytes encoded = new MessageWriter().u16(length).u16(0).bytes(root).bytes(certificates).done();
    return new SlotChain(encoded, root, rootFirst);
  }

  /**
   * Reads a chain.
   *
   * @throws MalformedException if its lengths do not add up
   */
  public static SlotChain read(Bytes bytes, BaseHash hash) {
    ByteCursor cursor = ByteCursor.littleEndian(bytes);
    int length = cursor.u16("the length of a chain");
    if (length != bytes.length()) {
      throw new MalformedException("a chain of " + length + " bytes came in " + bytes.length());
    }
    cursor.u16("reserved bytes");
    Bytes root = cursor.take(hash.length(), "the digest of the root");
    List<Bytes> certificates = new ArrayList<>();
    while (cursor.remaining() > 0) {
      if (certificates.size() == SpdmEvidence.CERTIFICATES_MAX) {
        throw new MalformedException("a chain has more than 8 certificates");
      }
      certificates.add(certificate(bytes, cursor));
    }
    if (certificates.isEmpty()) {
      throw new MalformedException("a chain has no certificate");
    }
    return new SlotChain(bytes, root, certificates);
  }

  /** A SEQUENCE, found by its length; whether it is a certificate is seen by who reads it. */
  private static Bytes certificate(Bytes bytes, ByteCursor cursor) {
    int start = cursor.position();
    int tag = cursor.u8("the tag of a certificate");
    int length = cursor.u8("the length of a certificate");
    if (tag != SEQUENCE) {
      throw new MalformedException("a chain holds something else than certificates");
    }
    if (length >= 0x80) {
      int count = length & 0x7f;
      if (count == 0 || count > 2) {
        throw new MalformedException("a certificate is too long");
      }
      length = 0;
      for (int i = 0; i < count; i++) {
        length = length << 8 | cursor.u8("the length of a certificate");
      }
    }
    cursor.take(length, "a certificate");
    return bytes.slice(start, cursor.position());
  }

  /** The certificates in the order of a path. */
  public List<Bytes> leafFirst() {
    return certificates.reversed();
  }
}
