package dev.holdfast.node.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.agent.openenclave.EnclaveImage;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.spdm.PaperDevice;
import dev.holdfast.attestation.spdm.SpdmEvidence;
import dev.holdfast.attestation.spdm.SpdmExpectation;
import dev.holdfast.attestation.spdm.SpdmVerifier;
import dev.holdfast.attestation.x509.Authority;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.node.spdm.TcpResponder;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.node.tee.PaperPipes;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.EvidenceBundle;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole answers of nodes that have no TPM, and of their devices. */
@Timeout(60)
final class EvidenceProducerTest {
  private static final Bytes KEY = Bytes.utf8("a session's public key");
  private static final PaperDevice DEVICE = PaperDevice.p256();

  @TempDir private Path directory;

  private static Challenge challenge(EvidenceFormat... formats) {
    return Challenge.newBuilder()
        .setNonce(ByteString.copyFrom(Bytes.fromHex("a7".repeat(32)).toByteArray()))
        .addAllFormats(List.of(formats))
        .build();
  }

  private static Bytes binding(EvidenceBundle bundle) {
    return Binding.of(
            new Nonce(Bytes.of(bundle.getNonce().toByteArray())),
            Bytes.of(bundle.getRuntimeMetrics().toByteArray()),
            Bytes.of(bundle.getSessionPublicKey().toByteArray()))
        .digest();
  }

  private EvidenceProducer producer(StatementSource own, DeviceStatements devices)
      throws IOException {
    return new EvidenceProducer(own, devices, StateFiles.in(directory.resolve("state")), false);
  }

  private EvidenceBundle answer(
      EvidenceChoice choice, DeviceStatements devices, EvidenceFormat... formats)
      throws IOException {
    try (StatementSource own = choice.open()) {
      assertEquals(Optional.empty(), own.tpm());
      return EvidenceBundle.parseFrom(producer(own, devices).answer(challenge(formats), KEY));
    }
  }

  private static Bytes report(int length, int at, Bytes data) {
    byte[] report = new byte[length];
    report[0] = 4;
    System.arraycopy(data.toByteArray(), 0, report, at, data.length());
    return Bytes.of(report);
  }

  private Path guest(String provider) throws IOException {
    Path entry = Files.createDirectory(directory.resolve(provider));
    Files.writeString(entry.resolve("provider"), provider + "\n");
    for (String pipe : List.of("inblob", "outblob", "generation")) {
      PaperPipes.make(entry.resolve(pipe));
    }
    return entry;
  }

  private static Bytes serve(Path entry, int length, int at) throws IOException {
    PaperPipes.give(entry.resolve("generation"), Bytes.utf8("1\n"));
    Bytes data = PaperPipes.take(entry.resolve("inblob"));
    PaperPipes.give(entry.resolve("generation"), Bytes.utf8("2\n"));
    PaperPipes.give(entry.resolve("outblob"), report(length, at, data));
    PaperPipes.give(entry.resolve("generation"), Bytes.utf8("2\n"));
    return data;
  }

  @Test
  void aTdxGuestAnswersByAQuoteOfTheBindingAndItsLog() throws Exception {
    Path entry = guest("tdx_guest");
    Path log = Files.writeString(directory.resolve("ccel"), "the log");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Bytes> served = threads.submit(() -> serve(entry, 5000, 568));
      EvidenceBundle bundle =
          answer(
              new EvidenceChoice.Tsm(entry, OptionalInt.empty(), Optional.of(log)),
              DeviceStatements.none());
      assertEquals(Bytes.concat(binding(bundle), Bytes.of(new byte[32])), served.get());
      var quote = bundle.getEvidence(0).getTdxQuote();
      assertEquals(report(5000, 568, served.get()), Bytes.of(quote.getQuote().toByteArray()));
      assertEquals("the log", quote.getEventLog().toStringUtf8());
    }
  }

  @Test
  void anSnpGuestAnswersByAReportAndNoCertificatesThatDoNotFit() throws Exception {
    Path entry = guest("sev_guest");
    Files.writeString(entry.resolve("auxblob"), "no table");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Bytes> served = threads.submit(() -> serve(entry, 1184, 0x50));
      EvidenceBundle bundle =
          answer(
              new EvidenceChoice.Tsm(entry, OptionalInt.empty(), Optional.empty()),
              DeviceStatements.none());
      var report = bundle.getEvidence(0).getSevSnpReport();
      assertTrue(served.get().startsWith(binding(bundle)));
      assertEquals(report(1184, 0x50, served.get()), Bytes.of(report.getReport().toByteArray()));
      assertEquals(0, report.getCertificatesCount());
    }
  }

  /** The contract library of the module that calls the SDK, built here. */
  private Path contractLibrary() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gcc"))
            && Files.exists(Path.of("/usr/include/stdlib.h")),
        "gcc and libc6-dev are not installed; ops/install-packages test installs them");
    Path library = directory.resolve("contract.so");
    String source = "enclave-agent/openenclave/src/test/c/contract.c";
    Process compiler =
        new ProcessBuilder(
                "gcc",
                "-shared",
                "-fPIC",
                "-o",
                library.toString(),
                Path.of(System.getProperty("holdfast.root", "."), source).toString(),
                "-pthread")
            .inheritIO()
            .start();
    assertEquals(0, compiler.waitFor());
    return library;
  }

  private EvidenceChoice openEnclave(Optional<Anchors> anchors) throws Exception {
    return new EvidenceChoice.OpenEnclave(
        contractLibrary(), EnclaveImage.of(directory.resolve("image")), anchors);
  }

  @Test
  void anEnclaveOfOpenEnclaveAnswersByTheBindingAsItsCustomClaims() throws Exception {
    EvidenceBundle bundle = answer(openEnclave(Optional.empty()), DeviceStatements.none());
    var made = bundle.getEvidence(0).getOpenEnclave();
    Bytes evidence = Bytes.of(made.getEvidence().toByteArray());
    // Header, a quote of no signature, and the claims up to the end.
    assertEquals(32 + 436 + 32, evidence.length());
    assertEquals(binding(bundle), evidence.slice(32 + 436, evidence.length()));
    assertEquals("ends", made.getEndorsements().toStringUtf8());
  }

  @Test
  void whatTheTwoVerifiersOfOpenEnclaveDifferInIsLoggedAndSentAllTheSame() throws Exception {
    List<LogRecord> heard = new CopyOnWriteArrayList<>();
    Handler listener =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            heard.add(line);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger(SecondOpinion.class.getName());
    log.addHandler(listener);
    try {
      answer(openEnclave(Optional.empty()), DeviceStatements.none());
      assertEquals(List.of(), heard);
      // The contract library believes a quote that nobody signed; ours does not.
      Anchors anchors = Anchors.parse(List.of(Authority.root("maker").der()), List.of());
      EvidenceBundle bundle = answer(openEnclave(Optional.of(anchors)), DeviceStatements.none());
      assertEquals(1, bundle.getEvidenceCount());
      assertEquals(1, heard.size());
      assertEquals(Level.SEVERE, heard.getFirst().getLevel());
      String words = heard.getFirst().getMessage();
      assertTrue(words.contains("verdict: refused"), words);
      assertTrue(words.contains("verified by the Open Enclave SDK"), words);
    } finally {
      log.removeHandler(listener);
    }
  }

  /** Says what it is asked. */
  private static final class Spoken implements StatementSource {
    private final List<Bytes> asked = new ArrayList<>();

    @Override
    public EvidenceFormat format() {
      return EvidenceFormat.EVIDENCE_FORMAT_SGX_QUOTE;
    }

    @Override
    public Evidence statement(Binding binding, Challenge challenge) {
      asked.add(binding.digest());
      return Evidence.getDefaultInstance();
    }

    @Override
    public void close() {}
  }

  private static TcpResponder responder() throws IOException {
    return TcpResponder.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        DEVICE.device(),
        PaperDevice::measurements,
        TcpResponder.Limits.DEFAULT);
  }

  private static DeviceStatements devices(List<DeviceAddress> devices) {
    return new DeviceStatements(devices, DEVICE.anchors(), () -> PaperLayers.NOW);
  }

  @Test
  void devicesSpeakBesideTheNodeOverTheSameBinding() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    try (TcpResponder responder = responder()) {
      int port = responder.address().getPort();
      DeviceStatements devices =
          devices(
              List.of(
                  new DeviceAddress("gpu-0", "127.0.0.1", port),
                  new DeviceAddress("gpu-1", "127.0.0.1", closed),
                  new DeviceAddress("gpu-2", "127.0.0.1", port)));
      EvidenceProducer producer = producer(new Spoken(), devices);
      assertEquals(
          List.of(
              EvidenceFormat.EVIDENCE_FORMAT_SGX_QUOTE,
              EvidenceFormat.EVIDENCE_FORMAT_SPDM_MEASUREMENTS),
          producer.formats());
      EvidenceBundle bundle = EvidenceBundle.parseFrom(producer.answer(challenge(), KEY));
      assertEquals(
          List.of("", "gpu-0", "gpu-2"),
          bundle.getEvidenceList().stream().map(Evidence::getComponent).toList());
      for (Evidence device : bundle.getEvidenceList().subList(1, 3)) {
        var measured = device.getSpdmMeasurements();
        SpdmEvidence evidence =
            new SpdmEvidence(
                device.getComponent(),
                Bytes.of(measured.getTranscript().toByteArray()),
                measured.getCertificatesList().stream()
                    .map(certificate -> Bytes.of(certificate.toByteArray()))
                    .toList());
        assertInstanceOf(
            Outcome.Proven.class,
            SpdmVerifier.verify(
                evidence,
                SpdmExpectation.of(binding(bundle), DEVICE.leafKey(), DEVICE.anchors()),
                PaperLayers.NOW));
      }
    }
  }

  @Test
  void devicesThatTheZoneDoesNotAskForAreNotAsked() throws Exception {
    DeviceStatements devices = devices(List.of(new DeviceAddress("gpu-0", "127.0.0.1", 1)));
    EvidenceBundle bundle =
        EvidenceBundle.parseFrom(
            producer(new Spoken(), devices)
                .answer(challenge(EvidenceFormat.EVIDENCE_FORMAT_SGX_QUOTE), KEY));
    assertEquals(1, bundle.getEvidenceCount());
  }

  @Test
  void aZoneThatWantsOtherEvidenceGetsNone() throws Exception {
    Spoken own = new Spoken();
    EvidenceProducer producer = producer(own, DeviceStatements.none());
    assertEquals(List.of(EvidenceFormat.EVIDENCE_FORMAT_SGX_QUOTE), producer.formats());
    assertThrows(
        IOException.class,
        () -> producer.answer(challenge(EvidenceFormat.EVIDENCE_FORMAT_TPM2_QUOTE), KEY));
    assertEquals(List.of(), own.asked);
  }

  @Test
  void aDeviceIsNamedOnce() {
    var twice = List.of(new DeviceAddress("gpu-0", "h", 1), new DeviceAddress("gpu-0", "h", 2));
    assertThrows(IllegalArgumentException.class, () -> devices(twice));
  }
}
