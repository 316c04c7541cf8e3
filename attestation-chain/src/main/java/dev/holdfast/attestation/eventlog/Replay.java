package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.eventlog.EventLog.LoggedEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Computes the registers that a log should have led to, and compares them with those quoted. */
public final class Replay {
  private static final Bytes STARTUP_LOCALITY = Bytes.utf8("StartupLocality\0");
  private static final int DYNAMIC_FIRST = 17;
  private static final int DYNAMIC_LAST = 22;

  /**
   * Registers that firmware and boot loader log completely: their log must account for the value.
   */
  private static final Set<Integer> LOGGED_WHOLE = Set.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14);

  private final EventLog log;
  private final Map<Pcr, Bytes> quoted;
  private final EventLogRules rules;
  private final List<Finding> findings = new ArrayList<>();

  private Replay(EventLog log, Map<Pcr, Bytes> quoted, EventLogRules rules) {
    this.log = log;
    this.quoted = new TreeMap<>(quoted);
    this.rules = rules;
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
   * <p>Quoted registers 0 to 9 and 14 must follow from the log, and so must any other that the log
   * has events for; the rest are extended by what keeps no log here.
   *
   * @param log as read
   * @param quoted values that a TPM signed, or another root of trust
   * @param rules how much the log must keep to its specification
   */
  public static Outcome replay(EventLog log, Map<Pcr, Bytes> quoted, EventLogRules rules) {
    return new Replay(log, quoted, rules).outcome();
  }

  private Outcome outcome() {
    if (rules.separatorsRequired()) {
      // First: a log that was cut short mismatches too, and that is why.
      separators();
    }
    Map<Pcr, Bytes> registers = fold();
    Map<Pcr, Integer> lastEvents = lastEvents();
    for (Map.Entry<Pcr, Bytes> entry : quoted.entrySet()) {
      compare(entry.getKey(), entry.getValue(), registers, lastEvents);
    }
    for (int i = 0; i < log.events().size(); i++) {
      judge(i, log.events().get(i));
    }
    return findings.isEmpty() ? new VerifiedEvents(claims()) : new Mismatched(findings);
  }

  private Map<Pcr, Bytes> fold() {
    Map<Pcr, Bytes> registers = new HashMap<>();
    Optional<Integer> locality = startupLocality();
    for (Pcr pcr : quoted.keySet()) {
      registers.put(pcr, start(pcr, locality.orElse(0)));
    }
    for (LoggedEvent event : log.events()) {
      if (!event.extended()) {
        continue;
      }
      event
          .digests()
          .forEach(
              (bank, digest) ->
                  registers.computeIfPresent(
                      new Pcr(bank, (int) event.register()),
                      (_, value) -> bank.extend(value, digest)));
    }
    return registers;
  }

  /**
   * PCR 0 starts at the locality that TPM2_Startup came from; 17 to 22 at ones (PTP 1.05, 4.6.2).
   */
  private static Bytes start(Pcr pcr, int locality) {
    byte[] value = new byte[pcr.bank().digestLength()];
    if (pcr.index() >= DYNAMIC_FIRST && pcr.index() <= DYNAMIC_LAST) {
      Arrays.fill(value, (byte) 0xff);
    } else if (pcr.index() == 0) {
      value[value.length - 1] = (byte) locality;
    }
    return Bytes.of(value);
  }

  private Optional<Integer> startupLocality() {
    Optional<Integer> locality = Optional.empty();
    boolean extended = false;
    for (int i = 0; i < log.events().size(); i++) {
      LoggedEvent event = log.events().get(i);
      extended |= event.extended() && event.register() == 0;
      if (event.extended() || !EventLogParser.startsWith(event.data(), STARTUP_LOCALITY)) {
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
    return locality;
  }

  private Map<Pcr, Integer> lastEvents() {
    Map<Pcr, Integer> last = new HashMap<>();
    for (int i = 0; i < log.events().size(); i++) {
      LoggedEvent event = log.events().get(i);
      if (event.extended()) {
        for (PcrBank bank : event.digests().keySet()) {
          last.put(new Pcr(bank, (int) event.register()), i);
        }
      }
    }
    return last;
  }

  private void compare(
      Pcr pcr, Bytes found, Map<Pcr, Bytes> registers, Map<Pcr, Integer> lastEvents) {
    Bytes replayed = registers.getOrDefault(pcr, Bytes.EMPTY);
    Integer last = lastEvents.get(pcr);
    if (replayed.equals(found) || (last == null && !LOGGED_WHOLE.contains(pcr.index()))) {
      return;
    }
    String events;
    if (last != null) {
      long type = log.events().get(last).type();
      events = "the last of its events is event/" + last + ", logged as " + EventType.nameOf(type);
    } else if (log.banks().contains(pcr.bank())) {
      events = "the log has no event for it";
    } else {
      events = "the log keeps no " + pcr.bank().label() + " digests";
    }
    findings.add(
        Finding.against(
                Reason.EVENTLOG_MISMATCH,
                "the event log does not lead to the quoted " + pcr.claim() + "; " + events)
            .at(pcr.claim())
            .expecting(replayed.hex())
            .finding(found.hex())
            .remedy("Send the whole log of this boot, or reboot the node to start a new one."));
  }

  private boolean covered(LoggedEvent event) {
    return event.extended()
        && event.digests().keySet().stream()
            .anyMatch(bank -> quoted.containsKey(new Pcr(bank, (int) event.register())));
  }

  private void judge(int ordinal, LoggedEvent event) {
    String claim = "event/" + ordinal;
    if (!event.extended()) {
      if (rules.knownNoActionOnly() && !KnownNoAction.matches(ordinal, event.data())) {
        findings.add(
            Finding.against(
                    Reason.EVENTLOG_INCOMPLETE,
                    "event "
                        + ordinal
                        + " is EV_NO_ACTION of no known kind: replay cannot account"
                        + " for it")
                .at(claim)
                .remedy("Remove what writes it, or allow it in the policy."));
      }
      return;
    }
    if (!rules.contentsChecked() || !covered(event)) {
      return;
    }
    Optional<EventType> type = EventType.ofNumber(event.type());
    if (type.isEmpty()) {
      findings.add(
          type(
              claim,
              "event " + ordinal + " is of the unknown type " + EventType.nameOf(event.type())));
    } else if (type.get() == EventType.EV_SEPARATOR && !isSeparator(event.data())) {
      findings.add(
          type(claim, "event " + ordinal + " is a separator that holds neither zeros nor ones")
              .expecting(List.of("00000000", "ffffffff"))
              .finding(event.data().hex()));
    } else if (type.get().dataHashed() && !hashesToDigests(event)) {
      findings.add(
          type(
              claim,
              "event "
                  + ordinal
                  + ", logged as "
                  + type.get()
                  + ", has data that does not hash to its digest"));
    }
  }

  private static Finding type(String claim, String message) {
    return Finding.against(Reason.EVENTLOG_TYPE, message)
        .at(claim)
        .remedy(
            "Send the log as the firmware wrote it. If this firmware is known to log so, allow"
                + " it in the policy.");
  }

  private static boolean isSeparator(Bytes data) {
    return data.equals(Bytes.fromHex("00000000")) || data.equals(Bytes.fromHex("ffffffff"));
  }

  private boolean hashesToDigests(LoggedEvent event) {
    return event.digests().entrySet().stream()
        .filter(entry -> quoted.containsKey(new Pcr(entry.getKey(), (int) event.register())))
        .allMatch(entry -> entry.getKey().hash(event.data()).equals(entry.getValue()));
  }

  private void separators() {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (LoggedEvent event : log.events()) {
      if (event.register() <= 7 && covered(event)) {
        boolean separator = event.type() == EventType.EV_SEPARATOR.number();
        counts.merge((int) event.register(), separator ? 1 : 0, Integer::sum);
      }
    }
    quoted.forEach(
        (pcr, value) -> {
          // PCR 0 may start at a locality, and has events in any log.
          boolean firmware = pcr.index() >= 1 && pcr.index() <= 7;
          if (firmware && log.banks().contains(pcr.bank()) && !value.equals(start(pcr, 0))) {
            counts.putIfAbsent(pcr.index(), 0);
          }
        });
    counts.forEach(
        (register, count) -> {
          if (count == 0) {
            findings.add(
                Finding.against(
                        Reason.EVENTLOG_INCOMPLETE,
                        "register "
                            + register
                            + " was extended, and no EV_SEPARATOR of it is logged: the log was cut"
                            + " short, or the firmware did not finish")
                    .at("pcr/" + register)
                    .remedy("Send the whole log of this boot."));
          } else if (count > 1) {
            findings.add(
                type(
                    "pcr/" + register,
                    "register "
                        + register
                        + " has "
                        + count
                        + " EV_SEPARATOR, and one stage ends only once"));
          }
        });
  }

  private List<Claim.MeasuredEvent> claims() {
    List<Claim.MeasuredEvent> claims = new ArrayList<>();
    for (int i = 0; i < log.events().size(); i++) {
      LoggedEvent event = log.events().get(i);
      if (!covered(event)) {
        continue;
      }
      Map<PcrBank, Bytes> digests = new EnumMap<>(PcrBank.class);
      int register = (int) event.register();
      Set<PcrBank> banks = new TreeSet<>(event.digests().keySet());
      for (PcrBank bank : banks) {
        if (quoted.containsKey(new Pcr(bank, register))) {
          digests.put(bank, event.digests().getOrDefault(bank, Bytes.EMPTY));
        }
      }
      Optional<Bytes> data = hashesToDigests(event) ? Optional.of(event.data()) : Optional.empty();
      claims.add(new Claim.MeasuredEvent(i, register, event.type(), digests, data));
    }
    return claims;
  }
}
