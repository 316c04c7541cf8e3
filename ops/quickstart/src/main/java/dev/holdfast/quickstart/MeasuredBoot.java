package dev.holdfast.quickstart;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.peers.SoftwareTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Plays the firmware of a machine that has none of its own: measures what a node will run into its
 * TPM and writes the event log of it (TCG PC Client Platform Firmware Profile), as a real boot
 * does.
 *
 * @param node what is measured is of this node
 * @param software what the node will run; its digest goes into PCR 4
 */
record MeasuredBoot(String node, List<Path> software) {
  private static final int REGISTERS = 8;
  private static final int LOADER = 4;

  /** One measurement. */
  private record Measured(int register, Bytes sha256, Bytes sha384) {
    Measured(int register, Map<PcrBank, Bytes> digests) {
      this(
          register,
          Objects.requireNonNull(digests.get(PcrBank.SHA256)),
          Objects.requireNonNull(digests.get(PcrBank.SHA384)));
    }
  }

  /** What a boot leaves: the log, and every register's value. */
  private record Made(Bytes log, List<Measured> measured) {}

  private Made make() throws IOException {
    EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA256, PcrBank.SHA384));
    List<Measured> measured = new ArrayList<>();
    measured.add(
        new Measured(
            0,
            writer.event(
                0, EventType.EV_S_CRTM_VERSION, Bytes.utf8("Holdfast quickstart firmware 1"))));
    for (int register = 0; register < REGISTERS; register++) {
      measured.add(new Measured(register, writer.separator(register)));
    }
    for (Path file : software) {
      Bytes content = Bytes.of(Files.readAllBytes(file));
      Map<PcrBank, Bytes> digests = new EnumMap<>(PcrBank.class);
      for (PcrBank bank : EnumSet.of(PcrBank.SHA256, PcrBank.SHA384)) {
        digests.put(bank, bank.hash(content));
      }
      measured.add(
          new Measured(
              LOADER,
              writer.measured(
                  LOADER, EventType.EV_IPL, digests, Bytes.utf8(file.getFileName().toString()))));
    }
    return new Made(writer.log(), measured);
  }

  /** Boots: extends the TPM's registers, and writes the log. */
  void run(SoftwareTpm tpm, Path log) throws IOException {
    Made made = make();
    for (Measured one : made.measured()) {
      Map<SoftwareTpm.Bank, byte[]> digests = new EnumMap<>(SoftwareTpm.Bank.class);
      digests.put(SoftwareTpm.Bank.SHA256, one.sha256().toByteArray());
      digests.put(SoftwareTpm.Bank.SHA384, one.sha384().toByteArray());
      tpm.extend(one.register(), digests);
    }
    Files.write(log, made.log().toByteArray());
  }

  /** What the SHA-256 registers 0 to 7 hold after such a boot: the reference values. */
  Map<Integer, Bytes> references() throws IOException {
    Map<Integer, Bytes> registers = new TreeMap<>();
    for (int register = 0; register < REGISTERS; register++) {
      registers.put(register, Bytes.of(new byte[32]));
    }
    for (Measured one : make().measured()) {
      registers.computeIfPresent(
          one.register(), (_, before) -> PcrBank.SHA256.extend(before, one.sha256()));
    }
    return registers;
  }
}
