package dev.holdfast.agent.openenclave;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The contract library, built once, and what a test tells it and asks it. */
final class ContractLibrary {
  /** How it behaves; the order is that of contract.c. */
  enum Behaviour {
    ORDERLY,
    RESULT,
    CLAIMS_NULL,
    CLAIMS_NOWHERE,
    CLAIMS_HUGE,
    VALUE_HUGE,
    NAME_NULL,
    VALUE_NULL,
    NAME_LONG,
    FORMATS_NOWHERE,
    FORMATS_HUGE,
    WORDS_NULL,
    WORDS_LONG,
    LOG_FLOOD,
    SLOW,
    EVIDENCE_LIES,
    START_FAILS,
    ENCLAVE_NULL,
    ENCLAVE_REFUSES
  }

  private static final class Built {
    private static final Path FILE = build();
  }

  private final NativeLibrary library = NativeLibrary.getInstance(file().toString());

  private static Path build() {
    try {
      Path directory = Files.createTempDirectory("holdfast-contract");
      Path file =
          Compiler.compile("contract.c", directory.resolve("contract.so"), "-shared", "-fPIC");
      file.toFile().deleteOnExit();
      directory.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Where it lies. */
  static Path file() {
    return Built.FILE;
  }

  void behave(Behaviour behaviour, int result) {
    library
        .getFunction("contract_behave")
        .invokeVoid(new Object[] {List.of(Behaviour.values()).indexOf(behaviour), result});
  }

  void behave(Behaviour behaviour) {
    behave(behaviour, 0);
  }

  void release() {
    library.getFunction("contract_release").invokeVoid(new Object[] {});
  }

  void reset() {
    library.getFunction("contract_reset").invokeVoid(new Object[] {});
  }

  void logLate(String message) {
    library.getFunction("contract_late_log").invokeVoid(new Object[] {message});
  }

  private long ask(String question) {
    return library.getFunction(question).invokeLong(new Object[] {});
  }

  /** What was handed out and is not back. */
  long outstanding() {
    return ask("contract_outstanding");
  }

  /** What came back twice, changed, or was never handed out. */
  long wrongFrees() {
    return ask("contract_wrong_frees");
  }

  long starts() {
    return ask("contract_starts");
  }

  long stops() {
    return ask("contract_stops");
  }

  /** The policies of the last verification: type, size, content of each. */
  Bytes policies() {
    try (Memory memory = new Memory(256)) {
      long size = library.getFunction("contract_policies").invokeLong(new Object[] {memory, 256L});
      return Bytes.of(memory.getByteArray(0, (int) size));
    }
  }
}
