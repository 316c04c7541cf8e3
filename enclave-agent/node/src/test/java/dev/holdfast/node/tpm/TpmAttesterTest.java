package dev.holdfast.node.tpm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.peers.SoftwareTpm.Bank;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TpmAttesterTest {
  private static final Bytes DATA = Sha256.of("qualifying data");
  private static final List<PcrSelection> ALL =
      List.of(
          new PcrSelection(PcrBank.SHA256, IntStream.range(0, 24).boxed().toList()),
          PcrSelection.of(PcrBank.SHA384, 0, 7, 16));

  @TempDir static Path directory;
  private static SoftwareTpm tpm;

  @BeforeAll
  static void makeTpm() {
    tpm =
        SoftwareTpm.make(
            directory.resolve("t"), SoftwareTpm.Authority.in(directory.resolve("ca")), "node-1");
  }

  @AfterAll
  static void endTpm() {
    tpm.close();
  }

  private static TpmAttester open(EkKind... kinds) throws TpmFailure {
    return TpmAttester.open(TpmAddress.parse(tpm.address()), List.of(kinds));
  }

  @ParameterizedTest
  @EnumSource(EkKind.class)
  void theEndorsementKeyOfTheTemplateIsTheOneInTheCertificate(EkKind kind) throws Exception {
    try (TpmAttester attester = open(kind);
        var connection = new TpmConnection(TpmAddress.parse(tpm.address()))) {
      assertEquals(kind, attester.endorsementKey().kind());
      assertEquals(
          attester.endorsementKey().publicArea(),
          TpmAttester.derivedEndorsementPublic(connection, kind));
    }
  }

  @Test
  void theAttestationKeyIsTheSameEachTimeAndAfterAReset() throws Exception {
    Bytes before;
    try (TpmAttester attester = open(EkKind.RSA_2048)) {
      before = attester.attestationKey();
    }
    tpm.reset();
    try (TpmAttester attester = open(EkKind.ECC_P384)) {
      assertEquals(before, attester.attestationKey());
    }
  }

  @Test
  void registersExtendedShowInTheNextQuoteAndAResetClearsThem() throws Exception {
    try (TpmAttester attester = open(EkKind.RSA_2048)) {
      var pcr16 = new Pcr(PcrBank.SHA256, 16);
      Bytes measured = Sha256.of("a loader");
      Bytes before = Objects.requireNonNull(attester.quote(DATA, ALL).registers().get(pcr16));
      tpm.extend(16, Map.of(Bank.SHA256, measured.toByteArray()));
      Bytes after = attester.quote(DATA, ALL).registers().get(pcr16);
      assertEquals(PcrBank.SHA256.extend(before, measured), after);

      tpm.reset();
      SignedQuote quote = attester.quote(DATA, ALL);
      assertEquals(27, quote.registers().size());
      assertEquals(Bytes.of(new byte[32]), quote.registers().get(pcr16));
    }
  }

  @Test
  void anotherToolAcceptsTheQuoteAndRefusesItForOtherData() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tpm2_checkquote")), "tpm2_checkquote");
    try (TpmAttester attester = open(EkKind.RSA_2048)) {
      SignedQuote quote = attester.quote(DATA, List.of(PcrSelection.of(PcrBank.SHA256, 0, 7)));
      Path files = Files.createDirectories(directory.resolve("q"));
      Bytes key = attester.attestationKey();
      Files.write(
          files.resolve("ak.pub"),
          Bytes.concat(Bytes.of((byte) (key.length() >> 8), (byte) key.length()), key)
              .toByteArray());
      Files.write(files.resolve("q.msg"), quote.attest().toByteArray());
      Files.write(files.resolve("q.sig"), quote.signature().toByteArray());

      assertEquals(0, checkQuote(files, DATA), Files.readString(files.resolve("out")));
      assertNotEquals(0, checkQuote(files, Sha256.of("other data")));
    }
  }

  private static int checkQuote(Path files, Bytes data) throws Exception {
    Process process =
        new ProcessBuilder(
                "tpm2_checkquote", "-u", "ak.pub", "-m", "q.msg", "-s", "q.sig", "-q", data.hex())
            .directory(files.toFile())
            .redirectErrorStream(true)
            .redirectOutput(files.resolve("out").toFile())
            .start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return process.exitValue();
  }

  @Test
  void aRefusedCommandIsAFailureWithItsCodeAndPrintsNothing() throws Exception {
    var printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    try (TpmAttester attester = open(EkKind.RSA_2048)) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      TpmFailure failure =
          assertThrows(TpmFailure.class, () -> attester.quote(Bytes.of(new byte[100]), List.of()));
      assertTrue(failure.responseCode().isPresent());
    } finally {
      System.setOut(out);
    }
    assertEquals("", printed.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aMalformedCredentialIsRefusedBeforeTheTpmSeesIt() throws Exception {
    try (TpmAttester attester = open(EkKind.RSA_2048)) {
      assertThrows(TpmFailure.class, () -> attester.activateCredential(Bytes.EMPTY, Bytes.EMPTY));
      assertThrows(
          TpmFailure.class,
          () -> attester.activateCredential(Bytes.of((byte) 0, (byte) 9, (byte) 1), DATA));
    }
  }

  @Test
  void aTpmThatIsNotThereIsAFailure() {
    assertThrows(
        TpmFailure.class,
        () -> TpmAttester.open(TpmAddress.parse("unix:" + directory.resolve("none"))));
    assertThrows(
        TpmFailure.class,
        () -> TpmAttester.open(TpmAddress.parse("device:" + directory.resolve("none"))));
    assertThrows(IllegalArgumentException.class, () -> TpmAddress.parse("/dev/tpmrm0"));
  }
}
