package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Reason;

/** What to do about a path that is not sound, in words: the smallest change that would pass. */
final class PathRemedies {
  private PathRemedies() {}

  static String of(Reason reason) {
    return switch (reason) {
      case CERT_EXPIRED -> "Renew the certificate, or set the clock right that it is judged by.";
      case CERT_REVOKED ->
          "Replace the key that was revoked; there is no rule that puts up with it.";
      case CRL_STALE, CRL_MISSING ->
          "Bring a current revocation list of its issuer along, or do not require revocation data.";
      case ALG_WEAK ->
          "Have the certificate issued anew, with keys and signatures that are strong.";
      case DER_MALFORMED -> "Send the certificate as its authority issued it.";
      case SIGNER_NOT_ANCHORED ->
          "Send first the certificate of the key that signed, then its issuers'.";
      default ->
          "Send every certificate up to a pinned anchor, or pin the root that this path ends in.";
    };
  }
}
