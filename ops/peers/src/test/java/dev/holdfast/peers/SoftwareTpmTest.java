package dev.holdfast.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.peers.SoftwareTpm.Bank;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SoftwareTpmTest {
  @TempDir Path directory;

  @Test
  void anAuthorityIsMadeOnceAndItsRootSignsItsIssuer() throws Exception {
    var authority = SoftwareTpm.Authority.in(directory.resolve("ca"));
    byte[] root = authority.rootCertificate();

    assertArrayEquals(root, SoftwareTpm.Authority.in(directory.resolve("ca")).rootCertificate());
    certificate(authority.issuerCertificate()).verify(certificate(root).getPublicKey());
  }

  @Test
  void severalRunAtOnceAndEachTakesCommands() {
    var authority = SoftwareTpm.Authority.in(directory.resolve("ca"));
    try (var first = SoftwareTpm.make(directory.resolve("a"), authority, "a");
        var second = SoftwareTpm.make(directory.resolve("b"), authority, "b")) {
      assertNotEquals(first.socket(), second.socket());
      first.extend(7, Map.of(Bank.SHA256, new byte[32], Bank.SHA384, new byte[48]));
      second.extend(16, Map.of(Bank.SHA384, new byte[48]));
      first.reset();
      first.extend(23, Map.of(Bank.SHA256, new byte[32]));
    }
    assertTrue(Files.exists(directory.resolve("a/state")));
  }

  @Test
  void aTpmThatIsOffTakesNoCommands() {
    var authority = SoftwareTpm.Authority.in(directory.resolve("ca"));
    var tpm = SoftwareTpm.make(directory.resolve("a"), authority, "a");
    tpm.close();
    assertThrows(RuntimeException.class, () -> tpm.extend(7, Map.of(Bank.SHA256, new byte[32])));
    try (var again = SoftwareTpm.start(directory.resolve("a"), "a")) {
      again.extend(7, Map.of(Bank.SHA256, new byte[32]));
    }
  }

  @Test
  void aDirectoryTooDeepForASocketIsRefusedBeforeAnythingIsMade() {
    var authority = SoftwareTpm.Authority.in(directory.resolve("ca"));
    Path deep = directory.resolve("x".repeat(120));
    assertThrows(
        IllegalArgumentException.class, () -> SoftwareTpm.make(deep, authority, "a").close());
    assertFalse(Files.exists(deep));
  }

  private static X509Certificate certificate(byte[] der) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}
