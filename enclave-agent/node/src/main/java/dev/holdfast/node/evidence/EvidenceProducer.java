package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.node.tpm.SignedQuote;
import dev.holdfast.node.tpm.TpmAttester;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.RuntimeMetrics;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import dev.holdfast.proto.resource.v1.ResourceVector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What answers challenges by a TPM 2.0 quote: it binds the nonce, the metrics of the node and the
 * channel's key.
 */
public final class EvidenceProducer implements EvidenceSource {
  /** Where the kernel shows the firmware's event log. */
  public static final Path KERNEL_EVENT_LOG =
      Path.of("/sys/kernel/security/tpm0/binary_bios_measurements");

  private static final int EVENT_LOG_BYTES_MAX = 1 << 20;
  private static final long PERIOD_NANOS_MIN = 100_000_000L;
  private static final long PERIOD_NANOS_MAX = 3_600_000_000_000L;
  private static final long AMOUNT_MAX = 1L << 50;
  private static final Path PROC = Path.of("/proc");

  private final TpmAttester tpm;
  private final Optional<Path> eventLog;
  private final BootRecord boot;
  private MachineReading last;
  private long lastNanoTime;

  /**
   * A producer.
   *
   * @param eventLog the firmware's event log; else the kernel's, where it is readable
   * @param holdsSomething whether the node holds allocations from before: then it is still in the
   *     same boot as long as the machine is
   */
  public EvidenceProducer(
      TpmAttester tpm, StateFiles state, Optional<Path> eventLog, boolean holdsSomething)
      throws IOException {
    this.tpm = tpm;
    this.eventLog = eventLog;
    this.boot = BootRecord.open(state, holdsSomething);
    this.last = MachineReading.take(PROC);
    this.lastNanoTime = System.nanoTime();
  }

  @Override
  public List<EvidenceFormat> formats() {
    return List.of(EvidenceFormat.EVIDENCE_FORMAT_TPM2_QUOTE);
  }

  @Override
  public ByteString bootId() {
    return boot.bootId();
  }

  @Override
  public synchronized ByteString answer(Challenge challenge, Bytes sessionPublicKey)
      throws IOException {
    if (!challenge.getFormatsList().isEmpty()
        && !challenge.getFormatsList().contains(EvidenceFormat.EVIDENCE_FORMAT_TPM2_QUOTE)) {
      throw new IOException(
          "the trust zone accepts no TPM 2.0 quotes, and this node makes no others");
    }
    Nonce nonce;
    List<PcrSelection> selections = new ArrayList<>();
    try {
      nonce = new Nonce(Bytes.of(challenge.getNonce().toByteArray()));
      for (var selection : challenge.getPcrSelectionsList()) {
        selections.add(new PcrSelection(bank(selection.getBank()), selection.getIndexesList()));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("the challenge is malformed: " + e.getMessage(), e);
    }
    ByteString metrics = metrics().toByteString();
    Binding binding = Binding.of(nonce, Bytes.of(metrics.toByteArray()), sessionPublicKey);
    SignedQuote quote = tpm.quote(binding.digest(), selections);
    var statement =
        Tpm2Quote.newBuilder()
            .setAttest(bytes(quote.attest()))
            .setSignature(bytes(quote.signature()))
            .setTcgEventLog(readEventLog())
            .setAkPublic(bytes(tpm.attestationKey()));
    quote
        .registers()
        .forEach(
            (pcr, value) ->
                statement.addPcrValues(
                    PcrValue.newBuilder()
                        .setBank(algorithm(pcr.bank()))
                        .setIndex(pcr.index())
                        .setDigest(bytes(value))));
    return EvidenceBundle.newBuilder()
        .setNonce(challenge.getNonce())
        .addEvidence(Evidence.newBuilder().setTpm2Quote(statement))
        .setRuntimeMetrics(metrics)
        .setSessionPublicKey(bytes(sessionPublicKey))
        .build()
        .toByteString();
  }

  private RuntimeMetrics metrics() throws IOException {
    MachineReading now = MachineReading.take(PROC);
    long nanoTime = System.nanoTime();
    long nanos = Math.clamp(nanoTime - lastNanoTime, PERIOD_NANOS_MIN, PERIOD_NANOS_MAX);
    MachineReading before = last;
    last = now;
    lastNanoTime = nanoTime;
    double seconds = nanos / 1e9;
    Instant at = Instant.now();
    return RuntimeMetrics.newBuilder()
        .setSequence(boot.next())
        .setBootId(boot.bootId())
        .setSampleTime(
            Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()))
        .setPeriod(
            Duration.newBuilder()
                .setSeconds(nanos / 1_000_000_000)
                .setNanos((int) (nanos % 1_000_000_000)))
        .setUsage(
            ResourceVector.newBuilder()
                .setCpuMillicores(rate(before.busyTicks(), now.busyTicks(), seconds) * 10)
                .setMemoryBytes(Math.max(before.memoryBytes(), now.memoryBytes()))
                .setDiskReadBytesPerSecond(
                    rate(before.diskReadBytes(), now.diskReadBytes(), seconds))
                .setDiskWriteBytesPerSecond(
                    rate(before.diskWriteBytes(), now.diskWriteBytes(), seconds))
                .setNetworkBytesPerSecond(rate(before.networkBytes(), now.networkBytes(), seconds)))
        .setCpuPressure(share(before.cpuStallMicros(), now.cpuStallMicros(), seconds))
        .setMemoryPressure(share(before.memoryStallMicros(), now.memoryStallMicros(), seconds))
        .setIoPressure(share(before.ioStallMicros(), now.ioStallMicros(), seconds))
        .setNetworkDropsPerSecond(rate(before.networkDrops(), now.networkDrops(), seconds))
        .build();
  }

  /** Counters of interfaces and disks that went away run backwards: that counts as none. */
  private static long rate(long before, long now, double seconds) {
    return Math.clamp((long) (Math.max(0, now - before) / seconds), 0, AMOUNT_MAX);
  }

  private static double share(long beforeMicros, long nowMicros, double seconds) {
    return Math.clamp((nowMicros - beforeMicros) / 1e6 / seconds, 0.0, 1.0);
  }

  private ByteString readEventLog() throws IOException {
    Path file = eventLog.orElse(KERNEL_EVENT_LOG);
    if (eventLog.isEmpty() && !Files.isReadable(file)) {
      return ByteString.EMPTY;
    }
    // Sizes of files that the kernel makes up are zero: read to the limit and one byte more.
    try (var in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(EVENT_LOG_BYTES_MAX + 1);
      if (content.length > EVENT_LOG_BYTES_MAX) {
        throw new IOException("the event log " + file + " is longer than 1 MiB");
      }
      return ByteString.copyFrom(content);
    }
  }

  private static PcrBank bank(HashAlgorithm algorithm) {
    return switch (algorithm) {
      case HASH_ALGORITHM_SHA1 -> PcrBank.SHA1;
      case HASH_ALGORITHM_SHA256 -> PcrBank.SHA256;
      case HASH_ALGORITHM_SHA384 -> PcrBank.SHA384;
      case HASH_ALGORITHM_SHA512 -> PcrBank.SHA512;
      case HASH_ALGORITHM_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("a bank of registers is unknown");
    };
  }

  private static HashAlgorithm algorithm(PcrBank bank) {
    return switch (bank) {
      case SHA1 -> HashAlgorithm.HASH_ALGORITHM_SHA1;
      case SHA256 -> HashAlgorithm.HASH_ALGORITHM_SHA256;
      case SHA384 -> HashAlgorithm.HASH_ALGORITHM_SHA384;
      case SHA512 -> HashAlgorithm.HASH_ALGORITHM_SHA512;
    };
  }

  private static ByteString bytes(Bytes bytes) {
    return ByteString.copyFrom(bytes.asByteBuffer());
  }
}
