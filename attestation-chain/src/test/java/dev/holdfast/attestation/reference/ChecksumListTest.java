package dev.holdfast.attestation.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChecksumListTest {
  private static final String DIGEST = "ab".repeat(32);

  @Test
  void aFileMayHaveSeveralDigestsOfSeveralLengths() {
    String list =
        DIGEST + "  /bin/sh\n\n" + "cd".repeat(48) + " */bin/sh\n" + DIGEST + "  boot_aggregate";
    assertEquals(
        Map.of(
            "/bin/sh",
            Set.of(Bytes.fromHex(DIGEST), Bytes.fromHex("cd".repeat(48))),
            "boot_aggregate",
            Set.of(Bytes.fromHex(DIGEST))),
        ChecksumList.parse(Bytes.utf8(list)));
  }

  @Test
  void whatTheToolWritesIsRead(@TempDir Path directory) throws Exception {
    Path tool = Path.of("/usr/bin/sha256sum");
    assumeTrue(Files.isExecutable(tool), "sha256sum (coreutils) is not installed");
    Path plain = Files.writeString(directory.resolve("plain name"), "one");
    Path strange = Files.writeString(directory.resolve("back\\slash\nand line"), "two");
    Path list = directory.resolve("list");
    Process process =
        new ProcessBuilder(tool.toString(), plain.toString(), strange.toString())
            .redirectOutput(list.toFile())
            .start();
    assertEquals(0, process.waitFor());
    assertEquals(
        Map.of(
            plain.toString(),
            Set.of(PcrBank.SHA256.hash(Bytes.utf8("one"))),
            strange.toString(),
            Set.of(PcrBank.SHA256.hash(Bytes.utf8("two")))),
        ChecksumList.parse(Bytes.of(Files.readAllBytes(list))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/bin/sh",
        "D",
        "D /bin/sh",
        "D  ./sh",
        "ab  /bin/sh",
        "Da  /bin/sh",
        "Dab  /bin/sh",
        "\\D  /a\\x"
      })
  void aLineThatIsNoneIsRefusedByItsNumber(String line) {
    String list = DIGEST + "  /bin/sh\n" + line.replace("D", DIGEST);
    String words =
        assertThrows(MalformedException.class, () -> ChecksumList.parse(Bytes.utf8(list))).words();
    assertTrue(words.startsWith("line 2 "), words);
  }

  @Test
  void whatIsTooMuchIsRefused() {
    assertThrows(
        MalformedException.class,
        () -> ChecksumList.parse(Bytes.utf8("\n".repeat(ChecksumList.LINES_MAX + 1))));
    assertThrows(
        MalformedException.class,
        () -> ChecksumList.parse(Bytes.of(new byte[ChecksumList.MAX_BYTES + 1])));
    assertThrows(
        MalformedException.class,
        () -> ChecksumList.parse(Bytes.utf8(DIGEST + "  /" + "a".repeat(4096))));
    assertThrows(
        MalformedException.class, () -> ChecksumList.parse(Bytes.of((byte) 0xff, (byte) 0xfe)));
  }
}
