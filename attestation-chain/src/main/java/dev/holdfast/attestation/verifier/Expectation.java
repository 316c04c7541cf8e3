package dev.holdfast.attestation.verifier;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.policy.Appraiser;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import java.util.Map;

/**
 * What the answer of one node must show.
 *
 * @param identity what the node is known by
 * @param rules of its role: formats, registers and events
 * @param devices SHA-256 of the public key (SubjectPublicKeyInfo) of each of its devices, by
 *     component; no other device is heard
 */
public record Expectation(Identity identity, RoleRules rules, Map<String, Bytes> devices) {
  /** Copies the map. */
  public Expectation {
    devices = Map.copyOf(devices);
  }

  /** A node with the devices and the files that reference values name. */
  public static Expectation of(
      Identity identity, RoleRules rules, Appraiser.Subject subject, ReferenceValues references) {
    return new Expectation(
        identity,
        rules
            .ima()
            .map(ima -> ima.allowing(references.files(subject.role(), subject.node())))
            .map(rules::withIma)
            .orElse(rules),
        references.devices(subject.node()));
  }

  /** A node without devices. */
  public Expectation(Identity identity, RoleRules rules) {
    this(identity, rules, Map.of());
  }
}
