package dev.holdfast.attestation;

import java.security.MessageDigest;
import java.util.Optional;

/** A hash algorithm as the TPM registry numbers it, and the bank of registers kept with it. */
public enum PcrBank {
  /** SHA-1: readable, and never enough for a policy. */
  SHA1(0x0004, 20, "SHA-1"),
  /** SHA-256. */
  SHA256(0x000b, 32, "SHA-256"),
  /** SHA-384. */
  SHA384(0x000c, 48, "SHA-384"),
  /** SHA-512. */
  SHA512(0x000d, 64, "SHA-512");

  private final int algorithm;
  private final int digestLength;
  private final String javaName;

  PcrBank(int algorithm, int digestLength, String javaName) {
    this.algorithm = algorithm;
    this.digestLength = digestLength;
    this.javaName = javaName;
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
    return javaName.replace("-", "").toLowerCase(java.util.Locale.ROOT);
  }

  /** The bank of a TPM_ALG_ID. */
  public static Optional<PcrBank> ofAlgorithm(int algorithm) {
    for (PcrBank bank : values()) {
      if (bank.algorithm == algorithm) {
        return Optional.of(bank);
      }
    }
    return Optional.empty();
  }

  /** The digest of all parts, one after the other. */
  public Bytes hash(Bytes... parts) {
    MessageDigest digest = Sha256.digest(javaName);
    for (Bytes part : parts) {
      part.updateInto(digest);
    }
    return Bytes.of(digest.digest());
  }

  /** A register's new value: the digest of the old one and what is measured into it. */
  public Bytes extend(Bytes register, Bytes digest) {
    return hash(register, digest);
  }
}
