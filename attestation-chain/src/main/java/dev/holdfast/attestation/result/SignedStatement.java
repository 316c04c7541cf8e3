package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import java.security.PublicKey;
import java.util.Optional;

/**
 * A statement that PAM signs for itself and for whoever holds its public key: any payload, as a JWS
 * in compact form (RFC 7515, section 7.1) by ES256. Its type is in the header ({@code typ}), so
 * that a statement of one kind does not pass for one of another, nor an attestation result for
 * either.
 */
public final class SignedStatement {
  private SignedStatement() {}

  /** What became of reading one. */
  public sealed interface Outcome {}

  /**
   * It is of this type, and signed by this key.
   *
   * @param payload what was signed
   */
  public record Genuine(Bytes payload) implements Outcome {}

  /**
   * It is not, or is none at all.
   *
   * @param why in words
   */
  public record Refused(String why) implements Outcome {}

  /**
   * Signs.
   *
   * @param type what kind of statement it is, such as {@code holdfast-model}
   */
  public static String sign(String type, Bytes payload, ResultSigner signer) {
    return ResultWriter.jws(type, payload, signer);
  }

  /**
   * Reads and verifies.
   *
   * @param type the kind that it must be of
   * @param lengthMax the most characters that are read at all
   */
  public static Outcome open(String type, String compact, int lengthMax, PublicKey key) {
    if (compact.length() > lengthMax) {
      return new Refused("it has " + compact.length() + " characters, more than " + lengthMax);
    }
    try {
      CompactJws jws = CompactJws.parse(compact);
      if (!jws.type().equals(type)) {
        return new Refused("it is no " + type);
      }
      boolean signed =
          jws.algorithm().equals(Optional.of(CoseAlgorithm.ES256))
              && CoseAlgorithm.ES256.verify(key, jws.signed(), jws.signature());
      return signed
          ? new Genuine(jws.payload())
          : new Refused("it is not signed by this key: somebody else wrote it, or changed it");
    } catch (ResultException unreadable) {
      return new Refused(unreadable.finding().message());
    }
  }
}
