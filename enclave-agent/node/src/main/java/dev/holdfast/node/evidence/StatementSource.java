package dev.holdfast.node.evidence;

import dev.holdfast.attestation.Binding;
import dev.holdfast.node.tpm.TpmAttester;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import java.io.IOException;
import java.util.Optional;

/** Whatever vouches for the node itself; called by one thread at a time. */
public interface StatementSource extends AutoCloseable {
  /** The one format that it makes. */
  EvidenceFormat format();

  /**
   * Vouches for the node.
   *
   * @param binding what the statement signs
   * @param challenge what else it should cover
   * @throws IOException if there is no statement
   */
  Evidence statement(Binding binding, Challenge challenge) throws IOException;

  /** The TPM whose keys are to be enrolled, if it is a TPM that vouches. */
  default Optional<TpmAttester> tpm() {
    return Optional.empty();
  }

  /** Lets go of it. */
  @Override
  void close();
}
