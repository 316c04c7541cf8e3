package dev.holdfast.node.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.agent.openenclave.EnclaveImage;
import dev.holdfast.node.EvidenceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the options of a node choose. */
final class EvidenceChoiceTest {
  private static EvidenceOptions options(String... arguments) {
    return CommandLine.populateCommand(new EvidenceOptions(), arguments);
  }

  private static String refusal(String... arguments) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> options(arguments).choice())
            .getMessage());
  }

  @Test
  void aTpmIsTheDefault() throws IOException {
    var tpm = assertInstanceOf(EvidenceChoice.Tpm.class, options().choice());
    assertEquals("device:/dev/tpmrm0", tpm.address().toString());
    assertEquals(Optional.empty(), tpm.imaLog());
    var named = assertInstanceOf(EvidenceChoice.Tpm.class, options("--ima-log", "list").choice());
    assertEquals(Optional.of(Path.of("list")), named.imaLog());
  }

  @Test
  void eachWordChoosesItsSource() throws IOException {
    assertEquals(
        new EvidenceChoice.Tsm(
            Path.of("/sys/kernel/config/tsm/report/holdfast"),
            OptionalInt.of(1),
            Optional.of(Path.of("log"))),
        options("--evidence", "tsm", "--tsm-privilege-level", "1", "--event-log", "log").choice());
    assertEquals(
        new EvidenceChoice.Gramine(Path.of("/dev/attestation")),
        options("--evidence", "gramine").choice());
    assertEquals(
        new EvidenceChoice.OpenEnclave(
            Path.of("sdk.so"), EnclaveImage.of(Path.of("image")), Optional.empty()),
        options(
                "--evidence",
                "open-enclave",
                "--open-enclave-library",
                "sdk.so",
                "--open-enclave-image",
                "image")
            .choice());
  }

  @Test
  void anUnknownWordNamesTheOneProbablyMeant() {
    assertEquals(
        "--evidence is one of tpm, tsm, gramine, open-enclave, not \"openenclave\"; did you mean"
            + " open-enclave?",
        refusal("--evidence", "openenclave"));
    assertTrue(refusal("--evidence", "tmp").endsWith("did you mean tpm?"));
    assertTrue(refusal("--evidence", "quartz").endsWith("not \"quartz\""));
  }

  @Test
  void whatASourceNeedsIsAskedForByItsOption() {
    assertEquals(
        "--evidence open-enclave needs --open-enclave-library",
        refusal("--evidence", "open-enclave"));
    assertEquals(
        "--spdm-device needs --spdm-anchors",
        assertThrows(
                IllegalArgumentException.class,
                () -> options("--spdm-device", "gpu-0=localhost:4194").devices())
            .getMessage());
  }

  @Test
  void devicesAreNamedWithTheirAddress() {
    assertEquals(
        new DeviceAddress("gpu-0", "localhost", 4194), DeviceAddress.parse("gpu-0=localhost:4194"));
    assertEquals(new DeviceAddress("nvme-1", "::1", 1), DeviceAddress.parse("nvme-1=[::1]:1"));
    for (String wrong :
        new String[] {
          "", "gpu-0", "=h:1", "GPU=h:1", "a=h", "a=h:0", "a=h:65536", "a=::1:1", "a=:1"
        }) {
      assertThrows(IllegalArgumentException.class, () -> DeviceAddress.parse(wrong), wrong);
    }
  }
}
