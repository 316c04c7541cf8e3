package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A digest and how it is made (draft-ietf-rats-corim, section 7.7).
 *
 * @param algorithm its name in the registry of named information hashes (RFC 6920), such as {@code
 *     sha-256}; {@code ni-N} for a number that is not known
 * @param value the digest
 */
public record Digest(String algorithm, Bytes value) {
  private static final Map<Long, String> NUMBERED =
      Map.ofEntries(
          Map.entry(1L, "sha-256"),
          Map.entry(2L, "sha-256-128"),
          Map.entry(3L, "sha-256-120"),
          Map.entry(4L, "sha-256-96"),
          Map.entry(5L, "sha-256-64"),
          Map.entry(6L, "sha-256-32"),
          Map.entry(7L, "sha-384"),
          Map.entry(8L, "sha-512"),
          Map.entry(9L, "sha3-224"),
          Map.entry(10L, "sha3-256"),
          Map.entry(11L, "sha3-384"),
          Map.entry(12L, "sha3-512"));
  private static final Map<String, Integer> LENGTHS =
      Map.ofEntries(
          Map.entry("sha-1", 20),
          Map.entry("sha-256", 32),
          Map.entry("sha-256-128", 16),
          Map.entry("sha-256-120", 15),
          Map.entry("sha-256-96", 12),
          Map.entry("sha-256-64", 8),
          Map.entry("sha-256-32", 4),
          Map.entry("sha-384", 48),
          Map.entry("sha-512", 64),
          Map.entry("sha3-224", 28),
          Map.entry("sha3-256", 32),
          Map.entry("sha3-384", 48),
          Map.entry("sha3-512", 64));

  /** The name of a number in the registry. */
  static String name(long number) {
    return NUMBERED.getOrDefault(number, "ni-" + number);
  }

  /** How long a digest of this algorithm is; empty for one that is not known. */
  public OptionalInt expectedLength() {
    Integer length = LENGTHS.get(algorithm);
    return length == null ? OptionalInt.empty() : OptionalInt.of(length);
  }

  /** The bank of registers with this algorithm, if there is one. */
  public Optional<PcrBank> bank() {
    String plain = algorithm.replace("-", "");
    return Arrays.stream(PcrBank.values()).filter(bank -> bank.label().equals(plain)).findFirst();
  }

  /** The algorithm, and the digest in hexadecimal digits. */
  @Override
  public String toString() {
    return algorithm + ":" + value.hex();
  }
}
