package dev.holdfast.node.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Binding;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.ima.PaperIma;
import dev.holdfast.attestation.tpm2.AttestationKey;
import dev.holdfast.attestation.tpm2.Tpm2Expectation;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import dev.holdfast.node.tpm.TpmAddress;
import dev.holdfast.node.tpm.TpmAttester;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.peers.SoftwareTpm.Bank;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrSelection;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node with a TPM says of the files that it used. */
final class TpmStatementsTest {
  private static final Bytes SHELL = Bytes.utf8("a shell");
  private static final Binding BINDING =
      Binding.of(new Nonce(Sha256.of("a nonce")), Bytes.utf8("metrics"), Bytes.utf8("a key"));

  @TempDir private Path directory;
  private SoftwareTpm tpm;
  private Path list;

  @BeforeEach
  void makeTpm() {
    tpm =
        SoftwareTpm.make(
            directory.resolve("t"), SoftwareTpm.Authority.in(directory.resolve("ca")), "node-1");
    list = directory.resolve("binary_runtime_measurements");
  }

  @AfterEach
  void endTpm() {
    tpm.close();
  }

  private static Challenge challenge(int last) {
    return Challenge.newBuilder()
        .addPcrSelections(
            PcrSelection.newBuilder()
                .setBank(HashAlgorithm.HASH_ALGORITHM_SHA256)
                .addAllIndexes(IntStream.rangeClosed(0, last).boxed().toList()))
        .build();
  }

  private Tpm2Quote quote(int last) throws IOException {
    var choice =
        new EvidenceChoice.Tpm(
            TpmAddress.parse(tpm.address()),
            Optional.of(Files.createFile(directory.resolve("log" + last))),
            Optional.of(list));
    try (StatementSource own = choice.open()) {
      return own.statement(BINDING, challenge(last)).getTpm2Quote();
    }
  }

  /** Measures as a kernel does, into the list and the TPM. */
  private Bytes measured() throws IOException {
    List<Bytes> booted;
    try (TpmAttester attester = TpmAttester.open(TpmAddress.parse(tpm.address()))) {
      Map<Pcr, Bytes> registers =
          attester
              .quote(
                  Sha256.of("anything"),
                  List.of(
                      new dev.holdfast.attestation.PcrSelection(
                          PcrBank.SHA256, IntStream.range(0, 10).boxed().toList())))
              .registers();
      booted =
          IntStream.range(0, 10)
              .mapToObj(i -> Objects.requireNonNull(registers.get(new Pcr(PcrBank.SHA256, i))))
              .toList();
    }
    PaperIma kernel = new PaperIma().boot(PcrBank.SHA256, booted).file("/bin/sh", SHELL);
    for (Map<PcrBank, Bytes> extension : kernel.extensions()) {
      Bytes digest = Objects.requireNonNull(extension.get(PcrBank.SHA256));
      tpm.extend(10, Map.of(Bank.SHA256, digest.toByteArray()));
    }
    // One more was measured by the time that the list is read.
    Bytes read = kernel.file("/bin/later", Bytes.utf8("later")).binary();
    Files.write(list, read.toByteArray());
    return read;
  }

  private static Evidence.Tpm2Quote received(Tpm2Quote quote) {
    return new Evidence.Tpm2Quote(
        "",
        bytes(quote.getAttest()),
        bytes(quote.getSignature()),
        quote.getPcrValuesList().stream()
            .map(
                pcr ->
                    new Evidence.ReportedPcr(
                        PcrBank.SHA256.algorithm(), pcr.getIndex(), bytes(pcr.getDigest())))
            .toList(),
        Bytes.EMPTY,
        bytes(quote.getAkPublic()),
        bytes(quote.getImaLog()));
  }

  private static Bytes bytes(ByteString bytes) {
    return Bytes.of(bytes.toByteArray());
  }

  @Test
  void theFilesOfTheKernelAreProvenByTheQuoteOfItsRegister() throws Exception {
    Bytes read = measured();
    Tpm2Quote quote = quote(10);
    assertEquals(read, bytes(quote.getImaLog()));
    var key =
        assertInstanceOf(
            AttestationKey.Accepted.class, AttestationKey.judge(bytes(quote.getAkPublic())));
    ImaExpectation files =
        ImaExpectation.STRICT.withAllowed(Map.of("/bin/sh", Set.of(PcrBank.SHA256.hash(SHELL))));
    assertInstanceOf(
        Outcome.Proven.class,
        Tpm2QuoteVerifier.verifyQuote(
            received(quote),
            BINDING.digest(),
            Tpm2Expectation.of(
                    key.key(),
                    List.of(dev.holdfast.attestation.PcrSelection.of(PcrBank.SHA256, 0, 10)))
                .withIma(new ImaRules(true, files))));
  }

  @Test
  void aListIsReadOnlyForAQuoteOfItsRegister() throws Exception {
    measured();
    assertEquals(ByteString.EMPTY, quote(9).getImaLog());
  }

  @Test
  void aListThatIsTooLongIsNotSent() throws Exception {
    Files.write(list, new byte[Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES]);
    assertEquals(Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES, quote(10).getImaLog().size());
    Files.write(list, new byte[Evidence.Tpm2Quote.IMA_LOG_MAX_BYTES + 1]);
    Files.delete(directory.resolve("log10"));
    assertEquals(ByteString.EMPTY, quote(10).getImaLog());
  }

  @Test
  void aListThatWasNamedMustBeThere() {
    assertThrows(IOException.class, () -> quote(10));
  }
}
