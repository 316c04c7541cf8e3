package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads TCG event logs, crypto-agile (TCG_PCR_EVENT2 behind a "Spec ID Event03") and SHA-1
 * (TCG_PCClientPCREvent), in memory bounded by a few times the log's own size.
 */
public final class EventLogParser {
  private static final Bytes SPEC_ID_03 = Bytes.utf8("Spec ID Event03\0");
  private static final int VENDOR_MAX_BYTES = 255;

  private EventLogParser() {}

  /** What reading came to. */
  public sealed interface Parsed {}

  /**
   * The log can be read.
   *
   * @param log its content
   */
  public record Legible(EventLog log) implements Parsed {}

  /**
   * The log cannot be read.
   *
   * @param finding EVENTLOG_INCOMPLETE if it ends inside an event, else EVENTLOG_MALFORMED
   */
  public record Illegible(Finding finding) implements Parsed {}

  /**
   * Reads a log; never throws.
   *
   * @param bytes at most 4 MiB
   * @param paddingAllowed whether 0x00 or 0xff may follow the last event up to the end
   */
  public static Parsed parse(Bytes bytes, boolean paddingAllowed) {
    List<EventLog.LoggedEvent> events = new ArrayList<>();
    try {
      if (bytes.isEmpty() || bytes.length() > EventLog.MAX_BYTES) {
        throw new MalformedException(
            "a log has 1 to " + EventLog.MAX_BYTES + " bytes, not " + bytes.length());
      }
      return new Legible(parse(ByteCursor.littleEndian(bytes), bytes, paddingAllowed, events));
    } catch (MalformedException e) {
      boolean cut = e.isTruncated();
      return new Illegible(
          Finding.against(
                  cut ? Reason.EVENTLOG_INCOMPLETE : Reason.EVENTLOG_MALFORMED,
                  (cut ? "the event log ends inside an event: " : "the event log cannot be read: ")
                      + e.words())
              .at("event/" + events.size())
              .remedy("Send the log whole, as the firmware wrote it, without padding."));
    }
  }

  private static EventLog parse(
      ByteCursor in, Bytes all, boolean paddingAllowed, List<EventLog.LoggedEvent> events) {
    EventLog.LoggedEvent first = sha1Event(in);
    events.add(first);
    boolean agile = !first.extended() && first.data().startsWith(SPEC_ID_03);
    Map<Integer, Integer> sizes = agile ? digestSizes(first.data()) : Map.of();
    Declared declared = new Declared(sizes);
    while (in.remaining() > 0) {
      if (paddingAllowed && isPadding(all, in.position())) {
        break;
      }
      if (events.size() == EventLog.EVENTS_MAX) {
        throw new MalformedException("more than " + EventLog.EVENTS_MAX + " events");
      }
      events.add(agile ? agileEvent(in, declared) : sha1Event(in));
    }
    Set<PcrBank> banks = EnumSet.noneOf(PcrBank.class);
    if (agile) {
      sizes.keySet().forEach(algorithm -> PcrBank.ofAlgorithm(algorithm).ifPresent(banks::add));
    } else {
      banks.add(PcrBank.SHA1);
    }
    return new EventLog(banks, events);
  }

  private static EventLog.LoggedEvent sha1Event(ByteCursor in) {
    long register = in.u32("register");
    long type = in.u32("event type");
    Bytes digest = in.take(PcrBank.SHA1.digestLength(), "digest");
    Bytes data = data(in);
    return event(register, type, Map.of(PcrBank.SHA1, digest), data);
  }

  private static EventLog.LoggedEvent agileEvent(ByteCursor in, Declared declared) {
    long register = in.u32("register");
    long type = in.u32("event type");
    long count = in.u32("count of digests");
    if (count < 1 || count > EventLog.DIGESTS_MAX) {
      throw new MalformedException("an event has 1 to 16 digests, not " + count);
    }
    Map<PcrBank, Bytes> digests = Map.of();
    long seen = 0;
    for (int i = 0; i < count; i++) {
      int algorithm = in.u16("digest algorithm");
      int place = declared.place(algorithm);
      if ((seen >> place & 1) != 0) {
        throw new MalformedException("an event has two digests of algorithm " + algorithm);
      }
      seen |= 1L << place;
      Bytes digest = in.take(declared.sizes[place], "digest");
      digests = with(digests, declared.banks.get(place), digest);
    }
    return event(register, type, digests, data(in));
  }

  /** Logs have one bank or two: a map of one costs next to nothing. */
  private static Map<PcrBank, Bytes> with(
      Map<PcrBank, Bytes> digests, Optional<PcrBank> bank, Bytes digest) {
    if (bank.isEmpty()) {
      return digests;
    }
    if (digests.isEmpty()) {
      return Map.of(bank.get(), digest);
    }
    Map<PcrBank, Bytes> more = new EnumMap<>(digests);
    more.put(bank.get(), digest);
    return more;
  }

  /** The algorithms that a log declares, with the size of a digest of each. */
  private static final class Declared {
    private final int[] algorithms;
    private final int[] sizes;
    private final List<Optional<PcrBank>> banks = new ArrayList<>();

    Declared(Map<Integer, Integer> byAlgorithm) {
      algorithms = byAlgorithm.keySet().stream().mapToInt(Integer::intValue).toArray();
      sizes = byAlgorithm.values().stream().mapToInt(Integer::intValue).toArray();
      for (int algorithm : algorithms) {
        banks.add(PcrBank.ofAlgorithm(algorithm));
      }
    }

    int place(int algorithm) {
      for (int i = 0; i < algorithms.length; i++) {
        if (algorithms[i] == algorithm) {
          return i;
        }
      }
      throw new MalformedException("algorithm " + algorithm + " is not one the log declares");
    }
  }

  private static EventLog.LoggedEvent event(
      long register, long type, Map<PcrBank, Bytes> digests, Bytes data) {
    if (type != EventType.EV_NO_ACTION.number() && register >= Pcr.COUNT) {
      throw new MalformedException("register " + register + " does not exist");
    }
    return new EventLog.LoggedEvent(register, type, digests, data);
  }

  private static Bytes data(ByteCursor in) {
    long size = in.u32("event size");
    if (size > EventLog.EVENT_MAX_BYTES) {
      throw new MalformedException("an event of " + size + " bytes, more than 1 MiB");
    }
    return in.take((int) size, "event data");
  }

  /** TCG_EfiSpecIdEvent: digest sizes by algorithm. */
  private static Map<Integer, Integer> digestSizes(Bytes header) {
    ByteCursor in = ByteCursor.littleEndian(header);
    try {
      in.take(SPEC_ID_03.length(), "signature");
      in.u32("platformClass");
      in.u8("specVersionMinor");
      in.u8("specVersionMajor");
      in.u8("specErrata");
      in.u8("uintnSize");
      long count = in.u32("numberOfAlgorithms");
      if (count < 1 || count > EventLog.DIGESTS_MAX) {
        throw new MalformedException("a log declares 1 to 16 algorithms, not " + count);
      }
      Map<Integer, Integer> sizes = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        int algorithm = in.u16("algorithm");
        int size = in.u16("digest size");
        boolean right =
            PcrBank.ofAlgorithm(algorithm)
                .map(bank -> bank.digestLength() == size)
                .orElse(size >= 1 && size <= 64);
        if (!right || sizes.put(algorithm, size) != null) {
          throw new MalformedException(
              "the log declares algorithm " + algorithm + " twice, or with " + size + " bytes");
        }
      }
      in.take(Math.min(in.u8("vendorInfoSize"), VENDOR_MAX_BYTES), "vendorInfo");
      in.end("Spec ID Event03");
      return sizes;
    } catch (MalformedException e) {
      // The event around it is whole: what is missing inside it will not come with more of the log.
      throw new MalformedException("Spec ID Event03: " + e.words());
    }
  }

  private static boolean isPadding(Bytes all, int from) {
    int filler = all.at(from);
    if (filler != 0x00 && filler != 0xff) {
      return false;
    }
    for (int i = from; i < all.length(); i++) {
      if (all.at(i) != filler) {
        return false;
      }
    }
    return true;
  }
}
