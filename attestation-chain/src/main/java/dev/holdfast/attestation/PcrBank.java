package dev.holdfast.attestation;

import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;

/** A hash algorithm as the TPM registry numbers it, and the bank of registers kept with it. */
public enum PcrBank {
  /** SHA-1: readable, and never enough for a policy. */
  SHA1(0, 0x0004, 20, "SHA-1"),
  /** SHA-256. */
  SHA256(1, 0x000b, 32, "SHA-256"),
  /** SHA-384. */
  SHA384(2, 0x000c, 48, "SHA-384"),
  /** SHA-512. */
  SHA512(3, 0x000d, 64, "SHA-512");

  private static final Optional<PcrBank> KNOWN_SHA1 = Optional.of(SHA1);
  private static final Optional<PcrBank> KNOWN_SHA256 = Optional.of(SHA256);
  private static final Optional<PcrBank> KNOWN_SHA384 = Optional.of(SHA384);
  private static final Optional<PcrBank> KNOWN_SHA512 = Optional.of(SHA512);

  private final int place;
  private final int algorithm;
  private final int digestLength;
  private final String javaName;
  private final String label;

  PcrBank(int place, int algorithm, int digestLength, String javaName) {
    this.place = place;
    this.algorithm = algorithm;
    this.digestLength = digestLength;
    this.javaName = javaName;
    this.label = javaName.replace("-", "").toLowerCase(Locale.ROOT);
  }

  /** Its place in an array with one for each bank: 0 to 3. */
  public int place() {
    return place;
  }

  /** Its TPM_ALG_ID. */
  public int algorithm() {
    return algorithm;
  }

  /** Bytes of a digest. */
  public int digestLength() {
    return digestLength;
  }

  /** The name that Java's cryptography knows it by, such as SHA-256. */
  public String javaName() {
    return javaName;
  }

  /** The name in claims, such as sha256. */
  public String label() {
    return label;
  }

  /** A digest that has been fed nothing. */
  public MessageDigest digest() {
    return Sha256.digest(javaName);
  }

  /** The bank of a name such as sha256. */
  public static Optional<PcrBank> ofLabel(String label) {
    for (PcrBank bank : values()) {
      if (bank.label.equals(label)) {
        return Optional.of(bank);
      }
    }
    return Optional.empty();
  }

  /** The bank of a TPM_ALG_ID. */
  public static Optional<PcrBank> ofAlgorithm(int algorithm) {
    return switch (algorithm) {
      case 0x0004 -> KNOWN_SHA1;
      case 0x000b -> KNOWN_SHA256;
      case 0x000c -> KNOWN_SHA384;
      case 0x000d -> KNOWN_SHA512;
      default -> Optional.empty();
    };
  }

  /** The digest of all parts, one after the other. */
  public Bytes hash(Bytes... parts) {
    MessageDigest digest = digest();
    for (Bytes part : parts) {
      part.updateInto(digest);
    }
    return Bytes.ofDigest(digest);
  }

  /** A register's new value: the digest of the old one and what is measured into it. */
  public Bytes extend(Bytes register, Bytes digest) {
    return hash(register, digest);
  }
}
