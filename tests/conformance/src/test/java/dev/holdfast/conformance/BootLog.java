package dev.holdfast.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.attestation.tpm2.PaperTpm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a node measured while it booted, to be told truly or not. */
final class BootLog {
  /** How many registers are measured into, from the first. */
  static final int REGISTERS = 8;

  private final List<Entry> entries;

  /** One event, with what was extended for it. */
  record Entry(int register, EventType type, Bytes digest, Bytes data) {}

  private BootLog(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** The same for every node of a role. */
  static BootLog of(Role role) {
    List<Entry> entries = new ArrayList<>();
    for (int register = 0; register < REGISTERS; register++) {
      Bytes code = Bytes.utf8("code of " + role + " for register " + register);
      entries.add(
          new Entry(
              register,
              EventType.EV_POST_CODE,
              PcrBank.SHA256.hash(code),
              Bytes.utf8("stage " + register)));
    }
    for (int register = 0; register < REGISTERS; register++) {
      Bytes zeros = Bytes.of(new byte[4]);
      entries.add(new Entry(register, EventType.EV_SEPARATOR, PcrBank.SHA256.hash(zeros), zeros));
    }
    return new BootLog(entries);
  }

  /** Extends a TPM as the boot did. */
  PaperTpm into(PaperTpm tpm) {
    for (Entry entry : entries) {
      tpm.extend(entry.register(), Map.of(PcrBank.SHA256, entry.digest()));
    }
    return tpm;
  }

  /** What the registers hold after the boot. */
  Map<Pcr, Set<Bytes>> references() {
    Bytes[] registers = new Bytes[REGISTERS];
    Map<Pcr, Set<Bytes>> references = new HashMap<>();
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = Bytes.of(new byte[PcrBank.SHA256.digestLength()]);
    }
    for (Entry entry : entries) {
      registers[entry.register()] =
          PcrBank.SHA256.extend(registers[entry.register()], entry.digest());
    }
    for (int i = 0; i < REGISTERS; i++) {
      references.put(new Pcr(PcrBank.SHA256, i), Set.of(registers[i]));
    }
    return references;
  }

  int size() {
    return entries.size();
  }

  Entry entry(int position) {
    return entries.get(position);
  }

  BootLog with(int position, Entry other) {
    List<Entry> changed = new ArrayList<>(entries);
    changed.set(position, other);
    return new BootLog(changed);
  }

  BootLog inserting(int position, Entry other) {
    List<Entry> changed = new ArrayList<>(entries);
    changed.add(position, other);
    return new BootLog(changed);
  }

  BootLog first(int count) {
    return new BootLog(entries.subList(0, count));
  }

  /** The crypto-agile TCG log. */
  Bytes log() {
    EventLogWriter writer = new EventLogWriter(Set.of(PcrBank.SHA256));
    for (Entry entry : entries) {
      writer.measured(
          entry.register(), entry.type(), Map.of(PcrBank.SHA256, entry.digest()), entry.data());
    }
    return writer.log();
  }
}
