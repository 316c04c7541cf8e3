package dev.holdfast.attestation.nitro;

import dev.holdfast.attestation.Bytes;
import java.util.Map;
import java.util.Optional;

/**
 * What an attestation document must show.
 *
 * @param pcrs registers that must hold those values, by index
 * @param nonce what the nonce must equal; not judged if empty
 * @param userData what the user data must equal; not judged if empty
 * @param publicKey what the public key must equal; not judged if empty
 * @param debugAllowed whether an enclave in debug mode may pass
 */
public record NitroExpectation(
    Map<Integer, Bytes> pcrs,
    Optional<Bytes> nonce,
    Optional<Bytes> userData,
    Optional<Bytes> publicKey,
    boolean debugAllowed) {
  /** No debug mode; nothing else is judged but signature and path. */
  public static final NitroExpectation STRICT =
      new NitroExpectation(Map.of(), Optional.empty(), Optional.empty(), Optional.empty(), false);

  /** Copies the map. */
  public NitroExpectation {
    pcrs = Map.copyOf(pcrs);
  }

  /** The same with registers that must hold those values. */
  public NitroExpectation withPcrs(Map<Integer, Bytes> values) {
    return new NitroExpectation(values, nonce, userData, publicKey, debugAllowed);
  }

  /** The same with a nonce. */
  public NitroExpectation withNonce(Bytes value) {
    return new NitroExpectation(pcrs, Optional.of(value), userData, publicKey, debugAllowed);
  }

  /** The same with user data. */
  public NitroExpectation withUserData(Bytes value) {
    return new NitroExpectation(pcrs, nonce, Optional.of(value), publicKey, debugAllowed);
  }

  /** The same with a public key. */
  public NitroExpectation withPublicKey(Bytes value) {
    return new NitroExpectation(pcrs, nonce, userData, Optional.of(value), debugAllowed);
  }

  /** The same with debug mode allowed. */
  public NitroExpectation withDebugAllowed(boolean allowed) {
    return new NitroExpectation(pcrs, nonce, userData, publicKey, allowed);
  }
}
