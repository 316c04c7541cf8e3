package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Register;
import dev.holdfast.attestation.Rtmr;
import dev.holdfast.attestation.eventlog.EventLog.LoggedEvent;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Computes the registers that a log should have led to, and compares them with those quoted. */
public final class Replay {
  private static final Bytes STARTUP_LOCALITY = Bytes.utf8("StartupLocality\0");
  private static final int BANKS = PcrBank.values().length;
  private static final Bytes ZEROS = Bytes.of(new byte[4]);
  private static final List<Bytes> HASHED_ZEROS =
      Arrays.stream(PcrBank.values()).map(bank -> bank.hash(ZEROS)).toList();

  private final EventLog log;
  private final EventLogRules rules;
  private final @Nullable Slot[] slots = new Slot[BANKS * Pcr.COUNT];
  private final List<Slot> quoted = new ArrayList<>();
  private final @Nullable MessageDigest[] hashes = new MessageDigest[BANKS];
  private final List<Finding> findings = new ArrayList<>();

  /** Events whose data hashes to every digest that a judged register was extended with. */
  private final BitSet dataProven;

  /** Events that were folded into a judged register. */
  private final BitSet covered;

  /** Banks that the log keeps, and that something was quoted of. */
  private final List<PcrBank> banks = new ArrayList<>();

  private final boolean runtimeRegisters;
  private final boolean noActionKnown;

  private Replay(EventLog log, Map<? extends Register, Bytes> values, EventLogRules rules) {
    this.log = log;
    this.rules = rules;
    this.noActionKnown = rules.demands(Demand.NO_ACTION_KNOWN);
    this.dataProven = new BitSet(log.events().size());
    this.covered = new BitSet(log.events().size());
    int locality = startupLocality();
    int runtime = 0;
    for (Map.Entry<? extends Register, Bytes> entry : values.entrySet()) {
      Slot slot = new Slot(entry.getKey(), entry.getValue(), locality);
      quoted.add(slot);
      slots[place(slot.register.bank(), slot.register.logIndex())] = slot;
      runtime += slot.register instanceof Rtmr ? 1 : 0;
    }
    this.runtimeRegisters = runtime > 0;
    if (runtimeRegisters && runtime < quoted.size()) {
      throw new IllegalArgumentException("a log is of one kind of registers");
    }
    quoted.sort(Replay::inOrder);
    for (Slot slot : quoted) {
      PcrBank bank = slot.register.bank();
      if (log.banks().contains(bank) && !banks.contains(bank)) {
        banks.add(bank);
      }
    }
  }

  /** What replay came to. */
  public sealed interface Outcome permits VerifiedEvents, Mismatched {}

  /**
   * The log does not account for the registers, or breaks its rules.
   *
   * @param findings why
   */
  public record Mismatched(List<Finding> findings) implements Outcome {
    /** Copies the list. */
    public Mismatched {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Replays a log.
   *
   * <p>The registers in the rules' scope must follow from the log; the rest are extended by what
   * keeps no log here, and no events of theirs are proven unless they follow too.
   *
   * @param log as read
   * @param quoted values that a TPM signed, or another root of trust: all {@link Pcr} or all {@link
   *     Rtmr}
   * @param rules how much the log must keep to its specification
   */
  public static Outcome replay(
      EventLog log, Map<? extends Register, Bytes> quoted, EventLogRules rules) {
    return new Replay(log, quoted, rules).outcome();
  }

  private Outcome outcome() {
    for (int i = 0; i < log.events().size(); i++) {
      fold(i, log.events().get(i));
    }
    // First: a log that was cut short mismatches too, and that is why.
    separators();
    quoted.forEach(this::compare);
    for (int i = 0; i < log.events().size(); i++) {
      judge(i, log.events().get(i));
    }
    return findings.isEmpty() ? new VerifiedEvents(claims()) : new Mismatched(findings);
  }

  private static int inOrder(Slot one, Slot other) {
    int byBank = one.register.bank().compareTo(other.register.bank());
    return byBank != 0 ? byBank : Integer.compare(one.register.index(), other.register.index());
  }

  private static int place(PcrBank bank, int logIndex) {
    return bank.ordinal() * Pcr.COUNT + logIndex;
  }

  private @Nullable Slot slot(PcrBank bank, LoggedEvent event) {
    return slots[place(bank, (int) event.register())];
  }

  private MessageDigest hash(PcrBank bank) {
    MessageDigest hash = hashes[bank.ordinal()];
    if (hash == null) {
      hash = bank.digest();
      hashes[bank.ordinal()] = hash;
    }
    return hash;
  }

  private void fold(int ordinal, LoggedEvent event) {
    if (!event.extended()) {
      return;
    }
    boolean separator = event.type() == EventType.EV_SEPARATOR.number();
    boolean folded = false;
    boolean proven = true;
    for (PcrBank bank : banks) {
      Slot slot = slot(bank, event);
      Bytes digest = event.digests().get(bank);
      if (slot != null && digest != null) {
        MessageDigest hash = hash(bank);
        slot.extend(ordinal, separator, digest, hash);
        folded = true;
        proven = proven && hashed(event.data(), bank, hash).equals(digest);
        if (judged(slot)) {
          covered.set(ordinal);
        }
      }
    }
    if (folded && proven) {
      dataProven.set(ordinal);
    }
  }

  /** Every log has a separator in each of eight registers, nearly always of zeros. */
  private static Bytes hashed(Bytes data, PcrBank bank, MessageDigest hash) {
    if (data.equals(ZEROS)) {
      return HASHED_ZEROS.get(bank.ordinal());
    }
    data.updateInto(hash);
    return Bytes.ofDigest(hash);
  }

  private int startupLocality() {
    Optional<Integer> locality = Optional.empty();
    boolean extended = false;
    for (int i = 0; i < log.events().size(); i++) {
      LoggedEvent event = log.events().get(i);
      extended |= event.extended() && event.register() == 0;
      if (event.extended() || !event.data().startsWith(STARTUP_LOCALITY)) {
        continue;
      }
      boolean wellFormed = event.data().length() == STARTUP_LOCALITY.length() + 1;
      int value = wellFormed ? event.data().at(STARTUP_LOCALITY.length()) : -1;
      if (value < 0 || value > 4 || locality.isPresent() || extended) {
        findings.add(
            Finding.against(
                    Reason.EVENTLOG_TYPE,
                    "the log states a startup locality twice, too late, or not as 0 to 4")
                .at("event/" + i)
                .remedy("Send the log as the firmware wrote it."));
      } else {
        locality = Optional.of(value);
      }
    }
    return locality.orElse(0);
  }

  private boolean judged(Slot slot) {
    return slot.loggedWhole()
        || switch (rules.scope()) {
          case FIRMWARE -> false;
          case LOGGED -> slot.events > 0;
          case EVERY -> true;
        };
  }

  private void compare(Slot slot) {
    if (!judged(slot) || slot.matches()) {
      return;
    }
    Register register = slot.register;
    String events;
    if (slot.events > 0) {
      long type = log.events().get(slot.lastEvent).type();
      events =
          "of its "
              + slot.events
              + " events the last is event/"
              + slot.lastEvent
              + ", logged as "
              + EventType.nameOf(type);
    } else if (log.banks().contains(register.bank())) {
      events = "the log has no event for it";
    } else {
      events = "the log keeps no " + register.bank().label() + " digests";
    }
    findings.add(
        Finding.against(
                Reason.EVENTLOG_MISMATCH,
                "the event log does not lead to the quoted " + register.claim() + "; " + events)
            .at(register.claim())
            .expecting(slot.replayed().hex())
            .finding(slot.quoted.hex())
            .remedy("Send the whole log of this boot, or reboot the node to start a new one."));
  }

  private void judge(int ordinal, LoggedEvent event) {
    if (!event.extended()) {
      if (noActionKnown && !KnownNoAction.matches(ordinal, event.data())) {
        findings.add(
            Finding.against(
                    Reason.EVENTLOG_INCOMPLETE,
                    "event "
                        + ordinal
                        + " is EV_NO_ACTION of no known kind: replay cannot account"
                        + " for it")
                .at("event/" + ordinal)
                .remedy("Remove what writes it, or waive \"no-action-known\" in the policy."));
      }
      return;
    }
    if (!covered.get(ordinal)) {
      return;
    }
    Optional<EventType> type = EventType.ofNumber(event.type());
    if (type.isEmpty()) {
      if (rules.demands(Demand.TYPE_KNOWN)) {
        String words = " is of the unknown type " + EventType.nameOf(event.type());
        findings.add(type(Demand.TYPE_KNOWN, ordinal, words));
      }
    } else if (type.get() == EventType.EV_SEPARATOR && !isSeparator(event.data())) {
      if (rules.demands(Demand.SEPARATOR_CONTENT)) {
        findings.add(
            type(
                    Demand.SEPARATOR_CONTENT,
                    ordinal,
                    " is a separator that holds neither zeros nor ones")
                .expecting(List.of("00000000", "ffffffff"))
                .finding(event.data().slice(0, Math.min(64, event.data().length())).hex()));
      }
    } else if (type.get().dataHashed()
        && !dataProven.get(ordinal)
        && rules.demands(Demand.DATA_HASHED)
        && !rules.dataUnchecked().contains(type.get())) {
      findings.add(
          type(
              Demand.DATA_HASHED,
              ordinal,
              ", logged as " + type.get() + ", has data that does not hash to its digest"));
    }
  }

  private static Finding type(Demand demand, int ordinal, String words) {
    return Finding.against(Reason.EVENTLOG_TYPE, "event " + ordinal + words)
        .at("event/" + ordinal)
        .remedy(
            "Send the log as the firmware wrote it. If this firmware is known to log so, waive \""
                + demand.word()
                + "\" in the policy.");
  }

  private static boolean isSeparator(Bytes data) {
    if (data.length() != 4 || (data.at(0) != 0 && data.at(0) != 0xff)) {
      return false;
    }
    return data.at(1) == data.at(0) && data.at(2) == data.at(0) && data.at(3) == data.at(0);
  }

  private void separators() {
    if (rules.demands(Demand.SEPARATOR_PRESENT)) {
      int last = -1;
      for (Slot slot : quoted) {
        boolean extended = slot.events > 0 || !isAtStart(slot);
        boolean known = log.banks().contains(slot.register.bank());
        int index = slot.register.index();
        if (slot.staged() && known && extended && slot.separators == 0 && index != last) {
          last = index;
          findings.add(unfinished(slot.register));
        }
      }
    }
    if (rules.demands(Demand.SEPARATOR_ONCE)) {
      int[] counts = new int[Pcr.COUNT];
      for (LoggedEvent event : log.events()) {
        if (event.extended() && event.type() == EventType.EV_SEPARATOR.number()) {
          counts[(int) event.register()]++;
        }
      }
      int first = runtimeRegisters ? 1 : 0;
      int end = runtimeRegisters ? 1 + Rtmr.COUNT : 8;
      for (int index = first; index < end; index++) {
        if (counts[index] > 1) {
          findings.add(ended(index, counts[index]));
        }
      }
    }
  }

  /** PCR 0 may start at a locality, and has events in any log. */
  private static boolean isAtStart(Slot slot) {
    return slot.register.index() == 0
        || slot.quoted.equals(new Slot(slot.register, slot.quoted, 0).replayed());
  }

  private Finding unfinished(Register register) {
    return Finding.against(
            Reason.EVENTLOG_INCOMPLETE,
            "register "
                + register.index()
                + " was extended, and no EV_SEPARATOR of it is logged: the log was cut"
                + " short, or the firmware did not finish")
        .at("pcr/" + register.index())
        .remedy("Send the whole log of this boot.");
  }

  private Finding ended(int logIndex, int count) {
    String claim = runtimeRegisters ? "tdx/rtmr/" + (logIndex - 1) : "pcr/" + logIndex;
    return Finding.against(
            Reason.EVENTLOG_SEPARATOR,
            claim + " has " + count + " EV_SEPARATOR, and one stage ends only once")
        .at(claim)
        .expecting("1")
        .finding(Integer.toString(count))
        .remedy(
            "Send the log as the firmware wrote it. If this firmware is known to log so, waive"
                + " \"separator-once\" in the policy.");
  }

  /** Every event of a register that followed from the log. */
  private List<Claim.MeasuredEvent> claims() {
    boolean[] followed = new boolean[slots.length];
    for (Slot slot : quoted) {
      followed[place(slot.register.bank(), slot.register.logIndex())] =
          judged(slot) || slot.matches();
    }
    List<Claim.MeasuredEvent> claims = new ArrayList<>(log.events().size());
    for (int i = 0; i < log.events().size(); i++) {
      LoggedEvent event = log.events().get(i);
      if (!event.extended()) {
        continue;
      }
      int register = (int) event.register();
      Map<PcrBank, Bytes> digests = proven(event, followed);
      if (!digests.isEmpty()) {
        Optional<Bytes> data =
            dataProven.get(i) ? Optional.of(event.data().compact()) : Optional.empty();
        claims.add(new Claim.MeasuredEvent(i, register, event.type(), digests, data));
      }
    }
    return claims;
  }

  private Map<PcrBank, Bytes> proven(LoggedEvent event, boolean[] followed) {
    Map<PcrBank, Bytes> digests = Map.of();
    for (PcrBank bank : banks) {
      Bytes digest = event.digests().get(bank);
      if (digest != null && followed[place(bank, (int) event.register())]) {
        if (digests.isEmpty()) {
          digests = Map.of(bank, digest.compact());
        } else {
          digests = new EnumMap<>(digests);
          digests.put(bank, digest.compact());
        }
      }
    }
    return digests;
  }
}
