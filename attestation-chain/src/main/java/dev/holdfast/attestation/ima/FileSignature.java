package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/**
 * A file's signature in the kernel's form (Linux, security/integrity/integrity.h,
 * signature_v2_hdr).
 *
 * @param kind what is signed
 * @param hash the hash that the digest is of
 * @param keyId four bytes that hint at the key; nothing rests on them
 * @param value RSASSA-PKCS1-v1_5, or ECDSA in DER
 */
record FileSignature(Kind kind, PcrBank hash, Bytes keyId, Bytes value) {
  private static final int DIGITAL = 0x03;
  private static final int PORTABLE = 0x05;
  private static final int VERITY = 0x06;
  private static final int VALUE_MAX_BYTES = 1024;

  /** What a signature is over. */
  enum Kind {
    /** The digest of the file's content. */
    CONTENT,
    /** The hash over a structure with the root of the file's tree (fs-verity). */
    VERITY_ROOT,
    /** Attributes of the file (EVM), which lists do not hold: never verified. */
    ATTRIBUTES
  }

  /**
   * Reads one.
   *
   * @throws MalformedException if a byte is missing, wrong or left over
   */
  static FileSignature parse(Bytes bytes) {
    ByteCursor in = ByteCursor.bigEndian(bytes);
    int type = in.u8("the type of a signature");
    int version = in.u8("the version of a signature");
    Kind kind =
        switch (type) {
          case DIGITAL -> Kind.CONTENT;
          case PORTABLE -> Kind.ATTRIBUTES;
          case VERITY -> Kind.VERITY_ROOT;
          default -> throw new MalformedException("a signature of the unknown type " + type);
        };
    if (version != (kind == Kind.VERITY_ROOT ? 3 : 2)) {
      throw new MalformedException("a signature of the unknown version " + version);
    }
    PcrBank hash = hash(in.u8("the hash of a signature"));
    Bytes keyId = in.take(4, "the key's hint");
    Bytes value = in.sized16(VALUE_MAX_BYTES, "a signature");
    in.end("a signature");
    if (value.isEmpty()) {
      throw new MalformedException("a signature of no bytes");
    }
    return new FileSignature(kind, hash, keyId, value);
  }

  /** The kernel's numbers of hashes (include/uapi/linux/hash_info.h). */
  private static PcrBank hash(int number) {
    return switch (number) {
      case 2 -> PcrBank.SHA1;
      case 4 -> PcrBank.SHA256;
      case 5 -> PcrBank.SHA384;
      case 6 -> PcrBank.SHA512;
      default -> throw new MalformedException("a signature by the unknown hash " + number);
    };
  }

  /** Whether a key made it over a digest. */
  boolean verifies(ImaDigest digest, ImaKey key) {
    boolean verity = kind == Kind.VERITY_ROOT;
    if (kind == Kind.ATTRIBUTES
        || hash == PcrBank.SHA1
        || verity != digest.type().equals("verity")
        || !digest.algorithm().equals(hash.label())
        || digest.value().length() != hash.digestLength()) {
      return false;
    }
    Bytes signed =
        verity ? hash.hash(Bytes.of((byte) VERITY, number(hash)), digest.value()) : digest.value();
    return new DigestSignature(hash, value).verifies(signed, key);
  }

  private static byte number(PcrBank hash) {
    return switch (hash) {
      case SHA1 -> 2;
      case SHA256 -> 4;
      case SHA384 -> 5;
      case SHA512 -> 6;
    };
  }

  /** One, or why there is none. */
  static Optional<FileSignature> of(Bytes bytes) {
    try {
      return Optional.of(parse(bytes));
    } catch (MalformedException malformed) {
      return Optional.empty();
    }
  }
}
