package dev.holdfast.node.evidence;

import dev.holdfast.agent.openenclave.EnclaveImage;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.node.tee.GramineQuotes;
import dev.holdfast.node.tee.TsmReports;
import dev.holdfast.node.tpm.TpmAddress;
import dev.holdfast.node.tpm.TpmAttester;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** What vouches for a node, and where it is found. */
public sealed interface EvidenceChoice {
  /**
   * A TPM 2.0.
   *
   * @param address where it is
   * @param eventLog the firmware's event log, if another than the kernel's
   * @param imaLog the list of file measurements, if another than the kernel's
   */
  record Tpm(TpmAddress address, Optional<Path> eventLog, Optional<Path> imaLog)
      implements EvidenceChoice {}

  /**
   * The firmware of a TDX or SEV-SNP guest.
   *
   * @param entry the report entry in configfs
   * @param privilegeLevel the VMPL of SEV-SNP, if another than the kernel chooses
   * @param eventLog the firmware's event log, if another than the kernel's
   */
  record Tsm(Path entry, OptionalInt privilegeLevel, Optional<Path> eventLog)
      implements EvidenceChoice {}

  /**
   * Gramine.
   *
   * @param folder where it shows its files
   */
  record Gramine(Path folder) implements EvidenceChoice {}

  /**
   * An enclave of the Open Enclave SDK.
   *
   * @param library the shared object with SDK and stub
   * @param image the enclave
   * @param anchors what its quotes lead to, where both verifiers are to judge them before they are
   *     sent
   */
  record OpenEnclave(Path library, EnclaveImage image, Optional<Anchors> anchors)
      implements EvidenceChoice {}

  /**
   * Takes it into use.
   *
   * @throws IOException if it is not there
   */
  default StatementSource open() throws IOException {
    return switch (this) {
      case Tpm(TpmAddress address, Optional<Path> eventLog, Optional<Path> imaLog) ->
          new TpmStatements(TpmAttester.open(address), eventLog, imaLog);
      case Tsm(Path entry, OptionalInt privilegeLevel, Optional<Path> eventLog) ->
          new TsmStatements(TsmReports.open(entry, privilegeLevel), eventLog);
      case Gramine(Path folder) -> new GramineStatements(GramineQuotes.open(folder));
      case OpenEnclave(Path library, EnclaveImage image, Optional<Anchors> anchors) ->
          OpenEnclaveStatements.open(library, image, anchors);
    };
  }
}
