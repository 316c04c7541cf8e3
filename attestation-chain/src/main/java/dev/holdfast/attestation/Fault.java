package dev.holdfast.attestation;

import java.util.Locale;

/**
 * The class of what is wrong with evidence, whatever its format: what two verifiers of one piece of
 * evidence should agree on.
 */
public enum Fault {
  /** It cannot be read as its format: lengths, encoding, bytes that follow its end. */
  MALFORMED,
  /** The signature of the evidence, statement or result is wrong. */
  SIGNATURE,
  /** No sound path leads to an anchor; a wrong signature of a certificate counts here too. */
  CHAIN,
  /** A window of validity does not contain the time of judgement; not yet valid counts too. */
  EXPIRED,
  /** A certificate is revoked. */
  REVOKED,
  /** The nonce, or the data that the evidence binds, is not the one asked for. */
  NONCE,
  /** Two parts that must belong together do not. */
  BINDING,
  /** A log does not replay to its registers, or registers do not hash to what was signed. */
  REGISTER,
  /** A measurement is not a reference value. */
  MEASUREMENT,
  /** Another demand of the policy is not met. */
  POLICY,
  /** The platform's trusted computing base is not at an accepted level. */
  TCB,
  /** The environment can be debugged. */
  DEBUG,
  /** The product, chip, role, quoting enclave or key is another than expected. */
  IDENTITY,
  /** The algorithm is not allowed, or not that of the key. */
  ALGORITHM,
  /** It can be read, and is not what its schema allows. */
  SCHEMA;

  /** The name as documents write it: {@code malformed}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
