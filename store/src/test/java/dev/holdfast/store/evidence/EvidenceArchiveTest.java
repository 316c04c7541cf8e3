package dev.holdfast.store.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.store.evidence.EvidenceArchive.Outcome;
import dev.holdfast.store.evidence.EvidenceArchive.Room;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvidenceArchiveTest {
  private static final NodeName SWITCH = new NodeName("edge", "switch");
  private static final NodeName ENCLAVE = new NodeName("edge", "enclave");
  private static final Bytes FIRST = Bytes.utf8("first");
  private static final Bytes SECOND = Bytes.utf8("second");

  @TempDir private Path directory = Path.of("");

  private EvidenceArchive open() throws IOException {
    return EvidenceArchive.open(directory, Room.DEFAULT);
  }

  @Test
  void theLastAcceptedAndTheLastRefusedAreKeptOverARestart() throws IOException {
    EvidenceArchive archive = open();
    archive.keep(SWITCH, Outcome.ACCEPTED, FIRST);
    archive.keep(SWITCH, Outcome.ACCEPTED, SECOND);
    archive.keep(SWITCH, Outcome.REFUSED, FIRST);
    archive.keep(ENCLAVE, Outcome.REFUSED, SECOND);
    for (EvidenceArchive one : new EvidenceArchive[] {archive, open()}) {
      assertEquals(3, one.size());
      assertEquals(Optional.of(SECOND), one.find(SWITCH, Outcome.ACCEPTED));
      assertEquals(Optional.of(FIRST), one.find(SWITCH, Outcome.REFUSED));
      assertEquals(Optional.empty(), one.find(ENCLAVE, Outcome.ACCEPTED));
      assertEquals(Optional.of(SECOND), one.find(ENCLAVE, Outcome.REFUSED));
    }
  }

  @Test
  void nothingStaysOfADeletedNode() throws IOException {
    EvidenceArchive archive = open();
    archive.keep(SWITCH, Outcome.ACCEPTED, FIRST);
    archive.keep(SWITCH, Outcome.REFUSED, FIRST);
    archive.keep(ENCLAVE, Outcome.ACCEPTED, FIRST);
    archive.delete(SWITCH);
    assertEquals(1, archive.size());
    assertEquals(Optional.empty(), archive.find(SWITCH, Outcome.ACCEPTED));
    assertEquals(1, open().size());
  }

  @Test
  void whatWasHalfWrittenIsRemovedAndWhatIsNotOursIsLeftAlone() throws IOException {
    open().keep(SWITCH, Outcome.ACCEPTED, FIRST);
    Path half = Files.writeString(directory.resolve("edge/switch.refused.part"), "half");
    Path foreign = Files.writeString(directory.resolve("edge/NOTES.accepted"), "hello");
    EvidenceArchive archive = open();
    assertEquals(1, archive.size());
    assertFalse(Files.exists(half));
    assertTrue(Files.exists(foreign));
  }

  @Test
  void theOldestGoesWhereThereIsNoMoreRoom() throws IOException {
    Room two = new Room(2, EvidenceArchive.BUNDLE_BYTES_MAX);
    EvidenceArchive archive = EvidenceArchive.open(directory, two);
    archive.keep(SWITCH, Outcome.ACCEPTED, FIRST);
    archive.keep(ENCLAVE, Outcome.ACCEPTED, FIRST);
    archive.keep(SWITCH, Outcome.ACCEPTED, SECOND);
    archive.keep(SWITCH, Outcome.REFUSED, FIRST);
    assertEquals(2, archive.size());
    assertEquals(Optional.empty(), archive.find(ENCLAVE, Outcome.ACCEPTED));
    assertEquals(Optional.of(SECOND), archive.find(SWITCH, Outcome.ACCEPTED));
    archive.keep(ENCLAVE, Outcome.ACCEPTED, Bytes.of(new byte[EvidenceArchive.BUNDLE_BYTES_MAX]));
    assertEquals(1, archive.size(), "the bytes are bounded too");
  }

  @Test
  void theOldestByTheFilesTimesGoesAfterARestart() throws IOException {
    EvidenceArchive archive = open();
    archive.keep(SWITCH, Outcome.ACCEPTED, FIRST);
    archive.keep(ENCLAVE, Outcome.ACCEPTED, FIRST);
    Files.setLastModifiedTime(
        directory.resolve("edge/enclave.accepted"), FileTime.from(Instant.EPOCH));
    EvidenceArchive smaller =
        EvidenceArchive.open(directory, new Room(1, EvidenceArchive.BUNDLE_BYTES_MAX));
    assertEquals(1, smaller.size());
    assertEquals(Optional.of(FIRST), smaller.find(SWITCH, Outcome.ACCEPTED));
  }

  @Test
  void aBundleThatIsTooLargeIsNotKeptAndReplacesNothing() throws IOException {
    EvidenceArchive archive = open();
    archive.keep(SWITCH, Outcome.ACCEPTED, FIRST);
    archive.keep(
        SWITCH, Outcome.ACCEPTED, Bytes.of(new byte[EvidenceArchive.BUNDLE_BYTES_MAX + 1]));
    assertEquals(Optional.of(FIRST), archive.find(SWITCH, Outcome.ACCEPTED));
    assertThrows(IllegalArgumentException.class, () -> new Room(0, Long.MAX_VALUE));
  }
}
