package dev.holdfast.attestation;

import java.util.Locale;

/**
 * The class of what is wrong with evidence, whatever its format: what two verifiers of one piece of
 * evidence should agree on.
 */
public enum Fault {
  /** It cannot be read as its format: lengths, encoding, bytes that follow its end. */
  MALFORMED("Send it whole, as it was made: no change of policy lets what cannot be read pass."),
  /** The signature of the evidence, statement or result is wrong. */
  SIGNATURE("Have it signed by the key that must sign it: no change of policy lets it pass."),
  /** No sound path leads to an anchor; a wrong signature of a certificate counts here too. */
  CHAIN("Send every certificate up to a pinned anchor, or pin the root that the path ends in."),
  /** A window of validity does not contain the time of judgement; not yet valid counts too. */
  EXPIRED("Renew what has ended, or set the clock right that it is judged by."),
  /** A certificate is revoked. */
  REVOKED("Replace what was revoked: no change of policy puts up with it."),
  /** The nonce, or the data that the evidence binds, is not the one asked for. */
  NONCE("Answer the challenge that was issued last: no change of policy lets another answer pass."),
  /** Two parts that must belong together do not. */
  BINDING("Send parts that were made together: no change of policy lets others pass."),
  /** A log does not replay to its registers, or registers do not hash to what was signed. */
  REGISTER(
      "Send the log and the values as the node has them: no change of policy lets others pass."),
  /** A measurement is not a reference value. */
  MEASUREMENT("Start what the reference values name, or allow what was found."),
  /** Another demand of the policy is not met. */
  POLICY("Do as the policy asks, or change its rule in a new revision."),
  /** The platform's trusted computing base is not at an accepted level. */
  TCB("Update the platform, or put up with its state in a new revision of the policy."),
  /** The environment can be debugged. */
  DEBUG("Start it without debugging, or set debugAllowed for the role."),
  /** The product, chip, role, quoting enclave or key is another than expected. */
  IDENTITY("Use what was enrolled, or enrol what is used now."),
  /** The algorithm is not allowed, or not that of the key. */
  ALGORITHM(
      "Use an algorithm that is strong and fits the key: no change of policy allows another."),
  /** It can be read, and is not what its schema allows. */
  SCHEMA("Send what its specification allows: no change of policy lets anything else pass.");

  private final String remedy;

  Fault(String remedy) {
    this.remedy = remedy;
  }

  /** What to do about it, or that no change of policy helps: where nothing more exact is known. */
  public String remedy() {
    return remedy;
  }

  /** The name as documents write it: {@code malformed}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
