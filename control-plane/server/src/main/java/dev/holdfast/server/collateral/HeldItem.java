package dev.holdfast.server.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One document, list or certificate that is held, with its own clock.
 *
 * @param kind what it is
 * @param digest SHA-256 of its bytes
 * @param subject what it is about: an FMSPC, an identity, an issuer or a subject; a manifest's
 *     identifier
 * @param from from when on it holds; the epoch where a manifest does not say
 * @param until until when it holds, the end included
 * @param issueNumber its issuer's counter; 0 if it has none
 */
public record HeldItem(
    Kind kind, Bytes digest, String subject, Instant from, Instant until, long issueNumber) {
  /** How long before its end an item counts as expiring soon. */
  public static final Duration SOON = Duration.ofDays(7);

  /** What there is. */
  public enum Kind {
    /** TCB info for SGX. */
    SGX_TCB_INFO,
    /** TCB info for TDX. */
    TDX_TCB_INFO,
    /** The quoting enclave's identity for SGX. */
    SGX_QE_IDENTITY,
    /** The quoting enclave's identity for TDX. */
    TDX_QE_IDENTITY,
    /** A revocation list. */
    CRL,
    /** A certificate. */
    CERTIFICATE,
    /** A manifest of reference values. */
    MANIFEST
  }

  /** How an item stands at a time. */
  public enum State {
    /** It holds, and does so for a week or more. */
    VALID,
    /** It holds, and ends within a week. */
    EXPIRING_SOON,
    /** It does not hold: what rests on it is refused. */
    EXPIRED
  }

  /** How it stands. */
  public State at(Instant now) {
    if (now.isBefore(from) || now.isAfter(until)) {
      return State.EXPIRED;
    }
    return until.isBefore(now.plus(SOON)) ? State.EXPIRING_SOON : State.VALID;
  }

  /** A list; one that names no end is over at once. */
  static HeldItem of(X509CRL crl) {
    try {
      return new HeldItem(
          Kind.CRL,
          Sha256.of(Bytes.of(crl.getEncoded())),
          crl.getIssuerX500Principal().getName(),
          crl.getThisUpdate().toInstant(),
          Optional.ofNullable(crl.getNextUpdate()).orElse(crl.getThisUpdate()).toInstant(),
          0);
    } catch (CRLException e) {
      throw new IllegalArgumentException("a revocation list that cannot be written", e);
    }
  }

  /** A certificate. */
  static HeldItem of(X509Certificate certificate) {
    try {
      return new HeldItem(
          Kind.CERTIFICATE,
          Sha256.of(Bytes.of(certificate.getEncoded())),
          certificate.getSubjectX500Principal().getName(),
          certificate.getNotBefore().toInstant(),
          certificate.getNotAfter().toInstant(),
          0);
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that cannot be written", e);
    }
  }
}
