package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes a crypto-agile TCG event log for software that measures itself. Not safe for several
 * threads.
 *
 * <p>Extend the TPM with the digests that each call returns, in the same order.
 */
public final class EventLogWriter {
  private static final int SHA1_DIGEST_BYTES = 20;

  private final Set<PcrBank> banks;
  private final List<Bytes> parts = new ArrayList<>();

  /** Begins a log with digests of the given banks, at least one. */
  public EventLogWriter(Set<PcrBank> banks) {
    if (banks.isEmpty()) {
      throw new IllegalArgumentException("a log keeps digests for at least one bank");
    }
    this.banks = new TreeSet<>(banks);
    header();
  }

  /** Logs data that is measured itself. */
  public Map<PcrBank, Bytes> event(int register, EventType type, Bytes data) {
    Map<PcrBank, Bytes> digests = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : banks) {
      digests.put(bank, bank.hash(data));
    }
    return measured(register, type, digests, data);
  }

  /** Logs what was measured, with data that describes it. */
  public Map<PcrBank, Bytes> measured(
      int register, EventType type, Map<PcrBank, Bytes> digests, Bytes data) {
    new Pcr(PcrBank.SHA256, register);
    if (!digests.keySet().equals(banks)) {
      throw new IllegalArgumentException("an event has one digest for each bank of its log");
    }
    write(register, type, digests, data);
    return Map.copyOf(digests);
  }

  /** Logs the end of a stage. */
  public Map<PcrBank, Bytes> separator(int register) {
    return event(register, EventType.EV_SEPARATOR, Bytes.of(new byte[4]));
  }

  /** Logs where TPM2_Startup came from, 0 to 4; only before anything is measured into PCR 0. */
  public void startupLocality(int locality) {
    Map<PcrBank, Bytes> none = new EnumMap<>(PcrBank.class);
    for (PcrBank bank : banks) {
      none.put(bank, Bytes.of(new byte[bank.digestLength()]));
    }
    Bytes data = Bytes.concat(Bytes.utf8("StartupLocality\0"), Bytes.of((byte) locality));
    write(0, EventType.EV_NO_ACTION, none, data);
  }

  /** The log so far. */
  public Bytes log() {
    return Bytes.concat(parts.toArray(Bytes[]::new));
  }

  private void write(int register, EventType type, Map<PcrBank, Bytes> digests, Bytes data) {
    if (data.length() > EventLog.EVENT_MAX_BYTES) {
      throw new IllegalArgumentException("an event's data has at most 1 MiB");
    }
    ByteBuffer head = buffer(12).putInt(register).putInt((int) type.number()).putInt(banks.size());
    parts.add(written(head));
    for (PcrBank bank : banks) {
      Bytes digest = digests.getOrDefault(bank, Bytes.EMPTY);
      if (digest.length() != bank.digestLength()) {
        throw new IllegalArgumentException("a digest has another length than its bank");
      }
      parts.add(written(buffer(2).putShort((short) bank.algorithm())));
      parts.add(digest);
    }
    parts.add(written(buffer(4).putInt(data.length())));
    parts.add(data);
  }

  /** Spec ID Event03, in the form of a SHA-1 event. */
  private void header() {
    ByteBuffer id = buffer(16 + 8 + 4 + 4 * banks.size() + 1);
    id.put(Bytes.utf8("Spec ID Event03\0").asByteBuffer());
    id.putInt(0).put((byte) 0).put((byte) 2).put((byte) 0).put((byte) 2);
    id.putInt(banks.size());
    for (PcrBank bank : banks) {
      id.putShort((short) bank.algorithm()).putShort((short) bank.digestLength());
    }
    id.put((byte) 0);
    ByteBuffer head = buffer(8 + SHA1_DIGEST_BYTES + 4);
    head.putInt(0).putInt((int) EventType.EV_NO_ACTION.number());
    head.put(new byte[SHA1_DIGEST_BYTES]).putInt(id.capacity());
    parts.add(written(head));
    parts.add(written(id));
  }

  private static ByteBuffer buffer(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Bytes written(ByteBuffer buffer) {
    byte[] content = new byte[buffer.position()];
    buffer.flip().get(content);
    return Bytes.of(content);
  }
}
