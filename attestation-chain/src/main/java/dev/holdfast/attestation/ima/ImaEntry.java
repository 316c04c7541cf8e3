package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.util.Optional;

/**
 * One measurement as read, which proves nothing by itself.
 *
 * @param register the PCR that it names
 * @param templateHash the hash that the list states, all zero for a violation
 * @param template the name of its form
 * @param templateData what the hash is over
 * @param content what was measured
 */
public record ImaEntry(
    long register, Bytes templateHash, String template, Bytes templateData, Content content) {

  /** What was measured. */
  public sealed interface Content {
    /** The path of the file, or the name of the buffer. */
    String name();
  }

  /**
   * A file.
   *
   * @param digest of its content
   * @param name its path; {@code boot_aggregate} for the registers of the boot
   * @param signature as the file system keeps it (security.ima); empty for none
   * @param moduleDigest of its content without the signature at its end; empty for none
   * @param moduleSignature what stands at its end, PKCS #7; empty for none
   */
  public record File(
      ImaDigest digest,
      String name,
      Bytes signature,
      Optional<ImaDigest> moduleDigest,
      Bytes moduleSignature)
      implements Content {
    /** A file without a signature at its end. */
    public File(ImaDigest digest, String name, Bytes signature) {
      this(digest, name, signature, Optional.empty(), Bytes.EMPTY);
    }
  }

  /**
   * A buffer, such as a key that was loaded.
   *
   * @param digest of the buffer
   * @param name the keyring, or what else it is
   * @param buffer what was measured
   */
  public record Buffer(ImaDigest digest, String name, Bytes buffer) implements Content {}

  /**
   * Anything in a form that is not known: it can be replayed, and nothing allows it.
   *
   * @param name the name of the form
   */
  public record Opaque(String name) implements Content {}

  /** Whether the kernel could not tell what was used: the file changed while it was measured. */
  public boolean violation() {
    for (int i = 0; i < templateHash.length(); i++) {
      if (templateHash.at(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether the hash stated is the one of the data. */
  boolean hashes() {
    return hash().filter(bank -> bank.hash(templateData).equals(templateHash)).isPresent();
  }

  /** The algorithm of the hash stated, told by its length. */
  Optional<PcrBank> hash() {
    for (PcrBank bank : PcrBank.values()) {
      if (bank.digestLength() == templateHash.length()) {
        return Optional.of(bank);
      }
    }
    return Optional.empty();
  }
}
