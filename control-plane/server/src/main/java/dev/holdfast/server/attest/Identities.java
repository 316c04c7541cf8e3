package dev.holdfast.server.attest;

import dev.holdfast.attestation.Appraisal;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.verifier.Hardware;
import dev.holdfast.attestation.verifier.Identity;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.ledger.NodeIdentity;
import dev.holdfast.store.ledger.NodeRecord;
import java.util.List;
import java.util.Optional;

/** What evidence of an enrolled node is verified against, from what is stored of it. */
public final class Identities {
  /** What is stored of hardware that has no name which evidence proves. */
  private static final Bytes NAMELESS = Sha256.of(Bytes.EMPTY);

  private Identities() {}

  /**
   * The identity of an enrolled node.
   *
   * @throws Refusal ILLEGAL_STATE if it was created and never enrolled
   */
  public static Identity of(NodeRecord node) {
    NodeIdentity identity =
        node.identity()
            .orElseThrow(
                () ->
                    new Refusal(
                        new Problem.IllegalState(
                            node.name().toString(), "CREATED", "Enrol the node first.")));
    if (identity.attestationKey().isEmpty()) {
      return identity.hardwareDigest().equals(NAMELESS)
          ? new Identity.Unknown()
          : new Identity.Hardware(identity.hardwareDigest());
    }
    return switch (AttestationKey.judge(identity.attestationKey())) {
      case AttestationKey.Accepted(AttestationKey key) ->
          new Identity.TpmKey(key, Optional.empty());
      case AttestationKey.Refused(List<Finding> findings) ->
          throw new Refusal(new Problem.ChainRefused(node.name().toString(), findings));
    };
  }

  /** What is stored of a node without a TPM, by the name that its hardware proved. */
  public static NodeIdentity proven(Appraisal appraisal) {
    Optional<Bytes> identifier =
        appraisal.claims().stream()
            .filter(claim -> claim.name().equals(Verification.FORMAT))
            .flatMap(claim -> EvidenceFormat.of(((Claim.Word) claim).text()).stream())
            .findFirst()
            .flatMap(format -> Hardware.identifier(format, appraisal.claims()));
    return new NodeIdentity(identifier.map(Sha256::of).orElse(NAMELESS), Bytes.EMPTY, Bytes.EMPTY);
  }
}
