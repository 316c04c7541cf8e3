package dev.holdfast.node.evidence;

import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.spdm.RequesterSetup;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmRequester;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.node.spdm.TcpRequester;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.SpdmMeasurements;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's devices, which vouch for themselves by SPDM measurements over the binding. All are
 * asked at once. A device that does not answer has no statement: PAM then misses it by its name,
 * and says so.
 */
public final class DeviceStatements {
  /** Most devices of a node. */
  public static final int DEVICES_MAX = 15;

  private static final Logger LOG = LoggerFactory.getLogger(DeviceStatements.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int NONCE_BYTES = 32;

  private final List<DeviceAddress> devices;
  private final CertificatePath.Anchors anchors;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * Devices to ask.
   *
   * @param devices at most 15, each of another name
   * @param anchors what their certificates lead to, so that only genuine devices are passed on; PAM
   *     judges them all the same
   */
  public DeviceStatements(
      List<DeviceAddress> devices, CertificatePath.Anchors anchors, InstantSource clock) {
    Set<String> names = new HashSet<>();
    for (DeviceAddress device : devices) {
      if (!names.add(device.component())) {
        throw new IllegalArgumentException("device \"" + device.component() + "\" is named twice");
      }
    }
    if (devices.size() > DEVICES_MAX) {
      throw new IllegalArgumentException("a node has at most " + DEVICES_MAX + " devices");
    }
    this.devices = List.copyOf(devices);
    this.anchors = anchors;
    this.clock = clock;
  }

  /** No devices at all. */
  public static DeviceStatements none() {
    return new DeviceStatements(
        List.of(),
        new CertificatePath.Anchors(List.of(), List.of(), false),
        InstantSource.system());
  }

  boolean isEmpty() {
    return devices.isEmpty();
  }

  /** The statements of those that answer, in the devices' order. */
  List<Evidence> statements(Binding binding) throws IOException {
    if (devices.isEmpty()) {
      return List.of();
    }
    List<Evidence> statements = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Optional<Evidence>>> asked = new ArrayList<>();
      for (DeviceAddress device : devices) {
        asked.add(threads.submit(() -> ask(device, binding)));
      }
      for (Future<Optional<Evidence>> answer : asked) {
        answer.get().ifPresent(statements::add);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("asking the devices was ended", e);
    } catch (ExecutionException e) {
      throw new IOException("asking a device failed", e.getCause());
    }
    return statements;
  }

  private Optional<Evidence> ask(DeviceAddress device, Binding binding) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    RequesterSetup setup =
        RequesterSetup.of(
            device.component(),
            SpdmExpectation.ofAnyDevice(binding.digest(), anchors),
            Bytes.of(nonce),
            clock.instant());
    try {
      SpdmRequester.Step last = TcpRequester.ask(device.resolved(), setup, DEADLINE);
      return switch (last) {
        case SpdmRequester.Finished finished -> Optional.of(statement(finished.evidence()));
        case SpdmRequester.Refused(var findings) -> {
          LOG.warn(
              "device {} is left out of the evidence: {}",
              device.component(),
              findings.getFirst().message());
          yield Optional.empty();
        }
        case SpdmRequester.Send _ -> throw new IOException("the conversation has no end");
      };
    } catch (IOException | java.nio.channels.UnresolvedAddressException e) {
      LOG.warn("device {} is left out of the evidence: {}", device.component(), e.toString());
      return Optional.empty();
    }
  }

  private static Evidence statement(SpdmEvidence evidence) {
    var measurements =
        SpdmMeasurements.newBuilder().setTranscript(Wire.bytes(evidence.transcript()));
    evidence
        .certificates()
        .forEach(certificate -> measurements.addCertificates(Wire.bytes(certificate)));
    return Evidence.newBuilder()
        .setComponent(evidence.component())
        .setSpdmMeasurements(measurements)
        .build();
  }
}
