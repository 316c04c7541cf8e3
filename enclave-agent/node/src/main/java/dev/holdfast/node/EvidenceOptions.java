package dev.holdfast.node;

import dev.holdfast.agent.openenclave.EnclaveImage;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.node.evidence.DeviceAddress;
import dev.holdfast.node.evidence.DeviceStatements;
import dev.holdfast.node.evidence.EvidenceChoice;
import dev.holdfast.node.evidence.EvidenceKind;
import dev.holdfast.node.tee.GramineQuotes;
import dev.holdfast.node.tee.TsmReports;
import dev.holdfast.node.tpm.TpmAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what vouches for a node; a mixin for those of every node. */
public final class EvidenceOptions {
  private static final int ANCHORS_MAX_BYTES = 1 << 20;

  @Option(
      names = "--evidence",
      paramLabel = "KIND",
      defaultValue = "tpm",
      description =
          "What vouches for the node: tpm, tsm (TDX and SEV-SNP guests), gramine or open-enclave."
              + " Default: ${DEFAULT-VALUE}.")
  private String evidence = "tpm";

  @Option(
      names = "--tpm",
      paramLabel = "ADDRESS",
      defaultValue = "device:/dev/tpmrm0",
      description = "The TPM: unix:PATH or device:PATH. Default: ${DEFAULT-VALUE}.")
  private String tpm = "device:/dev/tpmrm0";

  @Option(
      names = "--event-log",
      paramLabel = "FILE",
      description =
          "The firmware's event log. Default: the kernel's, where it is readable; else none.")
  private @Nullable Path eventLog;

  @Option(
      names = "--ima-log",
      paramLabel = "FILE",
      description =
          "The kernel's list of file measurements in binary form, sent with a TPM's quotes where"
              + " the policy asks for it. Default: the kernel's, where it is readable; else none.")
  private @Nullable Path imaLog;

  @Option(
      names = "--tsm-report",
      paramLabel = "DIR",
      description =
          "The report entry in configfs, made if it is not there. Default:"
              + " /sys/kernel/config/tsm/report/holdfast.")
  private Path tsmReport = TsmReports.ENTRY;

  @Option(
      names = "--tsm-privilege-level",
      paramLabel = "N",
      description = "The VMPL of SEV-SNP reports: 0 to 3. Default: the kernel's choice.")
  private @Nullable Integer tsmPrivilegeLevel;

  @Option(
      names = "--gramine",
      paramLabel = "DIR",
      description = "Where Gramine shows its files. Default: /dev/attestation.")
  private Path gramine = GramineQuotes.FOLDER;

  @Option(
      names = "--open-enclave-library",
      paramLabel = "FILE",
      description = "The shared object with the Open Enclave SDK and the enclave's stub.")
  private @Nullable Path openEnclaveLibrary;

  @Option(
      names = "--open-enclave-image",
      paramLabel = "FILE",
      description = "The signed enclave image.")
  private @Nullable Path openEnclaveImage;

  @Option(
      names = "--open-enclave-create",
      paramLabel = "NAME",
      defaultValue = "oe_create_holdfast_enclave",
      description = "The stub's function that starts the enclave. Default: ${DEFAULT-VALUE}.")
  private String openEnclaveCreate = "oe_create_holdfast_enclave";

  @Option(
      names = "--open-enclave-evidence",
      paramLabel = "NAME",
      defaultValue = "holdfast_get_evidence",
      description = "The stub's function that makes evidence. Default: ${DEFAULT-VALUE}.")
  private String openEnclaveEvidence = "holdfast_get_evidence";

  @Option(
      names = "--open-enclave-anchors",
      paramLabel = "FILE",
      description =
          "What the enclave's quotes lead to (Intel's root), PEM: both verifiers, Holdfast's and"
              + " the SDK's, judge each of them before it is sent, and any difference is logged.")
  private @Nullable Path openEnclaveAnchors;

  @Option(
      names = "--spdm-device",
      paramLabel = "COMPONENT=HOST:PORT",
      description =
          "A device of the node that vouches for itself by SPDM over TCP, such as"
              + " gpu-0=127.0.0.1:4194. At most 15.")
  private List<String> spdmDevices = List.of();

  @Option(
      names = "--spdm-anchors",
      paramLabel = "FILE",
      description = "What the devices' certificates lead to, PEM. Needed with --spdm-device.")
  private @Nullable Path spdmAnchors;

  /**
   * What vouches for the node.
   *
   * @throws IllegalArgumentException if the options do not say so
   * @throws IOException if a file that they name cannot be read
   */
  public EvidenceChoice choice() throws IOException {
    return switch (EvidenceKind.parse(evidence)) {
      case TPM ->
          new EvidenceChoice.Tpm(
              TpmAddress.parse(tpm), Optional.ofNullable(eventLog), Optional.ofNullable(imaLog));
      case TSM ->
          new EvidenceChoice.Tsm(
              tsmReport,
              tsmPrivilegeLevel == null ? OptionalInt.empty() : OptionalInt.of(tsmPrivilegeLevel),
              Optional.ofNullable(eventLog));
      case GRAMINE -> new EvidenceChoice.Gramine(gramine);
      case OPEN_ENCLAVE ->
          new EvidenceChoice.OpenEnclave(
              needed(openEnclaveLibrary, "--open-enclave-library"),
              new EnclaveImage(
                  needed(openEnclaveImage, "--open-enclave-image"),
                  openEnclaveCreate,
                  openEnclaveEvidence,
                  false),
              openEnclaveAnchors == null
                  ? Optional.empty()
                  : Optional.of(anchors(openEnclaveAnchors)));
    };
  }

  private static Path needed(@Nullable Path value, String option) {
    if (value == null) {
      throw new IllegalArgumentException("--evidence open-enclave needs " + option);
    }
    return value;
  }

  /**
   * The devices that vouch beside it.
   *
   * @throws IllegalArgumentException if a device is not well named, or there are no anchors
   * @throws IOException if the anchors cannot be read
   */
  public DeviceStatements devices() throws IOException {
    if (spdmDevices.isEmpty()) {
      return DeviceStatements.none();
    }
    List<DeviceAddress> devices = spdmDevices.stream().map(DeviceAddress::parse).toList();
    if (spdmAnchors == null) {
      throw new IllegalArgumentException("--spdm-device needs --spdm-anchors");
    }
    return new DeviceStatements(devices, anchors(spdmAnchors), InstantSource.system());
  }

  private static CertificatePath.Anchors anchors(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      Bytes pem = Bytes.of(in.readNBytes(ANCHORS_MAX_BYTES));
      return CertificatePath.Anchors.parse(List.of(pem), List.of());
    }
  }
}
