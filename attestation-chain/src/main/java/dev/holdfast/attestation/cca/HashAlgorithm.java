package dev.holdfast.attestation.cca;

import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.codec.Field;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;
import java.util.Set;

/** The names of hashes in CCA claims (IANA, Named Information Hash Algorithm Registry). */
final class HashAlgorithm {
  private static final int MAX_BYTES = 32;
  private static final Set<String> KNOWN =
      Set.of("sha-256", "sha-384", "sha-512", "sha3-224", "sha3-256", "sha3-384", "sha3-512");

  private HashAlgorithm() {}

  static String name(Field field, String what) {
    String name = field.text(MAX_BYTES, what);
    if (!KNOWN.contains(name)) {
      throw new MalformedException(what + " names no hash that is strong enough");
    }
    return name;
  }

  /** The hash that binds; only those that this library computes. */
  static Optional<PcrBank> computed(String name) {
    return switch (name) {
      case "sha-256" -> Optional.of(PcrBank.SHA256);
      case "sha-384" -> Optional.of(PcrBank.SHA384);
      case "sha-512" -> Optional.of(PcrBank.SHA512);
      default -> Optional.empty();
    };
  }
}
