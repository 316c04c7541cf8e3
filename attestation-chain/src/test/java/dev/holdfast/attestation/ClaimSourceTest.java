package dev.holdfast.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClaimSourceTest {
  private static final Pattern NAMES =
      Pattern.compile(
          "(import|package) dev\\.holdfast\\.attestation(;|\\.(Claim|Verification)\\b)");
  private static final Pattern MAKES =
      Pattern.compile("new (Claim\\.\\w+|(Verification\\.)?Verified)\\(");
  private static final Pattern VERIFIER =
      Pattern.compile(
          "attestation-chain/src/main/java/dev/holdfast/attestation/"
              + "(cca|cose|dcap|dice|eventlog|ima|nitro|openenclave|parsec|psa|rim|sgx|snp|spdm|tdx"
              + "|tpm2|verifier)/.*");

  /** What manifests endorse is a claim of its own kind, and is added as such to what was proven. */
  private static final Pattern ENDORSER =
      Pattern.compile(
          "attestation-chain/src/main/java/dev/holdfast/attestation/"
              + "(Verification|reference/(Endorser|EndorsedValues))\\.java");

  /** Whoever makes a claim says that it was proven: only verifiers may, in the whole product. */
  @Test
  void onlyVerifiersMakeClaims() throws IOException {
    Path root = Path.of(System.getProperty("holdfast.root", ".."));
    List<String> makers = new ArrayList<>();
    List<String> strangers = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(ClaimSourceTest::isProduct).toList()) {
        String source = Files.readString(file);
        if (NAMES.matcher(source).find() && MAKES.matcher(source).find()) {
          String name = root.relativize(file).toString().replace('\\', '/');
          boolean may = VERIFIER.matcher(name).matches() || ENDORSER.matcher(name).matches();
          (may ? makers : strangers).add(name);
        }
      }
    }
    assertFalse(makers.isEmpty(), "the verifiers are found");
    assertEquals(List.of(), strangers);
  }

  private static boolean isProduct(Path file) {
    String name = file.toString().replace('\\', '/');
    return name.endsWith(".java") && name.contains("/src/main/java/") && !name.contains("/tests/");
  }
}
