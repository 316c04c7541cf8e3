package dev.holdfast.node.evidence;

import dev.holdfast.agent.openenclave.Enclave;
import dev.holdfast.agent.openenclave.EnclaveEvidence;
import dev.holdfast.agent.openenclave.EnclaveImage;
import dev.holdfast.agent.openenclave.OpenEnclave;
import dev.holdfast.agent.openenclave.SdkLog;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.OpenEnclaveEvidence;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An enclave of the Open Enclave SDK that vouches; its custom claims are the binding, bare. */
final class OpenEnclaveStatements implements StatementSource {
  private static final Logger LOG = LoggerFactory.getLogger(OpenEnclaveStatements.class);

  private final OpenEnclave sdk;
  private final Enclave enclave;
  private final Optional<SecondOpinion> opinion;

  private OpenEnclaveStatements(OpenEnclave sdk, Enclave enclave, Optional<SecondOpinion> opinion) {
    this.sdk = sdk;
    this.enclave = enclave;
    this.opinion = opinion;
  }

  /**
   * Starts the enclave.
   *
   * @param anchors what its quotes lead to, where both verifiers are to judge them before they are
   *     sent
   */
  static OpenEnclaveStatements open(Path library, EnclaveImage image, Optional<Anchors> anchors)
      throws IOException {
    OpenEnclave sdk = OpenEnclave.open(library, OpenEnclaveStatements::log);
    try {
      return new OpenEnclaveStatements(
          sdk,
          sdk.start(image),
          anchors.map(known -> new SecondOpinion(sdk, known, InstantSource.system())));
    } catch (IOException e) {
      sdk.close();
      throw e;
    }
  }

  private static void log(SdkLog.Line line) {
    switch (line.level()) {
      case FATAL, ERROR -> LOG.error("Open Enclave: {}", line.text());
      case WARNING -> LOG.warn("Open Enclave: {}", line.text());
      case INFO, VERBOSE -> LOG.debug("Open Enclave: {}", line.text());
    }
  }

  @Override
  public EvidenceFormat format() {
    return EvidenceFormat.EVIDENCE_FORMAT_OPEN_ENCLAVE;
  }

  @Override
  public Evidence statement(Binding binding, Challenge challenge) throws IOException {
    EnclaveEvidence made = enclave.evidence(binding.digest());
    opinion.ifPresent(second -> second.of(made));
    return Evidence.newBuilder()
        .setOpenEnclave(
            OpenEnclaveEvidence.newBuilder()
                .setEvidence(Wire.bytes(made.evidence()))
                .setEndorsements(Wire.bytes(made.endorsements())))
        .build();
  }

  @Override
  public void close() {
    sdk.close();
  }
}
