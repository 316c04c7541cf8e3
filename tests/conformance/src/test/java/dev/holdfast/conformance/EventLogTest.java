package dev.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.proto.attestation.v1.AppraiseEvidenceRequest;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.policy.v1.Node;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Event logs that were altered, and evidence that no parser can read (A19 to A23). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EventLogTest {
  private static final long SEED = 20260731;

  private Site site;
  private Distrust distrust;
  private BootLog boot;

  @BeforeAll
  void startASite(@TempDir Path directory) throws IOException {
    site = Site.healthy(directory);
    distrust = new Distrust(site);
    boot = site.node(Site.STORAGE).boot();
  }

  @AfterAll
  void stop() {
    site.close();
  }

  private void refused(Bytes log, Code code, String reason) {
    distrust.follows(
        Site.STORAGE,
        Manner.statement(statement -> statement.setTcgEventLog(PaperNode.wire(log))),
        code,
        reason);
  }

  @Test
  void a19_aLogThatDoesNotLeadToTheQuotedRegistersIsRefused() {
    BootLog.Entry third = boot.entry(3);
    BootLog altered =
        boot.with(
            3,
            new BootLog.Entry(
                third.register(),
                third.type(),
                PcrBank.SHA256.hash(Bytes.utf8("other code")),
                third.data()));
    refused(altered.log(), Code.PERMISSION_DENIED, "EVENTLOG_MISMATCH");
  }

  @Test
  void a20_aLogWithRetypedEventsIsRefused() {
    BootLog.Entry third = boot.entry(3);
    BootLog retyped =
        boot.with(
            3,
            new BootLog.Entry(
                third.register(), EventType.EV_EFI_ACTION, third.digest(), third.data()));
    refused(retyped.log(), Code.PERMISSION_DENIED, "EVENTLOG_TYPE");
  }

  @Test
  void a21_aLogWithEventsThatReplayCannotAccountForIsRefused() {
    Bytes none = Bytes.of(new byte[PcrBank.SHA256.digestLength()]);
    BootLog inserted =
        boot.inserting(
            5, new BootLog.Entry(5, EventType.EV_NO_ACTION, none, Bytes.utf8("look away")));
    refused(inserted.log(), Code.PERMISSION_DENIED, "EVENTLOG_INCOMPLETE");
  }

  @Test
  void a21_aLogCutShortAfterAGoodPrefixIsRefused() {
    refused(boot.first(boot.size() - 1).log(), Code.PERMISSION_DENIED, "EVENTLOG_INCOMPLETE");
  }

  @Test
  void a22_aLogWithImpossibleLengthsIsRefusedWithoutReadingThem() {
    Bytes length = Bytes.concat(boot.log(), event(1, -1));
    refused(length, Code.INVALID_ARGUMENT, "EVENTLOG_MALFORMED");
    Bytes count = Bytes.concat(boot.log(), event(-1, 4));
    refused(count, Code.INVALID_ARGUMENT, "EVENTLOG_MALFORMED");
  }

  /** The head of an event with a digest count and a length that nothing follows. */
  private static Bytes event(int digests, int length) {
    ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(7).putInt((int) EventType.EV_POST_CODE.number()).putInt(digests);
    out.putShort((short) PcrBank.SHA256.algorithm()).put(new byte[32]).putInt(length);
    return Bytes.copyOf(out.array(), 0, out.position());
  }

  @Test
  void a23_aStatementThatNoParserCanReadLeavesTheNodeUntrusted() {
    Random random = new Random(SEED);
    byte[] noise = new byte[300];
    random.nextBytes(noise);
    ByteString junk = ByteString.copyFrom(noise);
    malformed(Manner.statement(statement -> statement.setAttest(junk)));
    malformed(Manner.statement(statement -> statement.setAttest(ByteString.EMPTY)));
    malformed(Manner.statement(statement -> statement.setSignature(junk)));
    malformed(
        Manner.statement(
            statement ->
                statement.setAttest(
                    statement.getAttest().substring(0, statement.getAttest().size() - 1))));
    malformed(Manner.statement(statement -> statement.addPcrValues(statement.getPcrValues(0))));
    malformed(
        Manner.statement(
            statement ->
                statement.addPcrValues(
                    PcrValue.newBuilder()
                        .setBank(HashAlgorithm.HASH_ALGORITHM_SHA256)
                        .setIndex(Integer.MIN_VALUE))));
    malformed(
        Manner.statement(
            statement ->
                statement.setPcrValues(
                    0, statement.getPcrValues(0).toBuilder().setBankValue(Integer.MAX_VALUE))));
    malformed(
        Manner.bundle(bundle -> bundle.setRuntimeMetrics(ByteString.copyFrom(new byte[5000]))));
  }

  @Test
  void c09_aSecondCopyOfTheStatementIsNotLeftToChoice() {
    distrust.follows(
        Site.STORAGE,
        Manner.bundle(bundle -> bundle.addEvidence(bundle.getEvidence(0))),
        Code.PERMISSION_DENIED,
        "EVIDENCE_DUPLICATE");
  }

  private void malformed(Manner manner) {
    distrust.follows(Site.STORAGE, manner, Code.INVALID_ARGUMENT, "EVIDENCE_MALFORMED");
  }

  @Test
  void a23_bytesThatAreNoEvidenceAtAllAreRefusedAsAMessage() {
    ByteString junk = ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xff, 0x7f, 1, 2, 3});
    Refused.by(
            () ->
                site.operator()
                    .attestation()
                    .appraiseEvidence(
                        AppraiseEvidenceRequest.newBuilder()
                            .setNode(Site.STORAGE)
                            .setEvidenceBundle(junk)
                            .build()))
        .with(Code.INVALID_ARGUMENT, "EVIDENCE_MALFORMED");
    assertEquals(Node.State.STATE_TRUSTED, site.state(Site.STORAGE));
    PaperSession session = site.session(Site.STORAGE);
    session.answer(junk);
    session.refused().with(Code.INVALID_ARGUMENT, "EVIDENCE_MALFORMED");
    session.close();
    site.connect(site.node(Site.STORAGE));
    site.requireHealthy();
  }
}
