package dev.holdfast.server.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.store.seal.KeyFailure;
import io.grpc.netty.GrpcSslContexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertificateAuthorityTest {
  private static final String DOMAIN = "holdfast.example";
  private static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path directory;

  private CertificateAuthority open() throws IOException {
    return CertificateAuthority.open(directory.resolve("ca"), DOMAIN, InstantSource.fixed(NOW));
  }

  @Test
  void anAuthorityOpenedAgainIsTheSameAndSignsWithTheSameKey() throws Exception {
    CertificateAuthority first = open();
    CertificateAuthority second = open();
    assertEquals(first.root(), second.root());
    assertArrayEquals(first.rootDigest(), second.rootDigest());
    byte[] message = {1, 2, 3};
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(second.signer().privateKey());
    signer.update(message);
    byte[] signature = signer.sign();
    signer.initVerify(first.root().getPublicKey());
    signer.update(message);
    assertTrue(signer.verify(signature));
  }

  @Test
  void itsKeyCanBeReadByItsOwnerOnly() throws IOException {
    open();
    Path key = directory.resolve("ca/root-key.pem");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----"})
  void aKeyThatOthersCanReachIsRefused(String permissions) throws IOException {
    open();
    Path key = directory.resolve("ca/root-key.pem");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(permissions));
    KeyFailure refused = assertThrows(KeyFailure.class, this::open);
    assertEquals(KeyFailure.Reason.FILE_EXPOSED, refused.reason());
    assertTrue(String.valueOf(refused.getMessage()).contains("chmod 600"), refused.toString());
  }

  @Test
  void theRootOfAnotherTrustDomainIsRefused() throws IOException {
    open();
    IOException refused =
        assertThrows(
            IOException.class,
            () ->
                CertificateAuthority.open(
                    directory.resolve("ca"), "other.example", InstantSource.fixed(NOW)));
    String message = String.valueOf(refused.getMessage());
    assertTrue(
        message.contains("spiffe://" + DOMAIN) && message.contains("other.example"), message);
  }

  @Test
  void aCertificateLeadsToTheRootAndNamesItsSubjectAsTheOnlyUri() throws Exception {
    CertificateAuthority authority = open();
    KeyPair pair = CertificateAuthority.newKeyPair();
    X509Certificate issued =
        authority.issue("tenants/acme/orders", pair.getPublic(), DAY, List.of());
    issued.verify(authority.root().getPublicKey());
    assertEquals(authority.root().getSubjectX500Principal(), issued.getIssuerX500Principal());
    assertEquals(-1, issued.getBasicConstraints(), "it is no authority itself");
    assertEquals(List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), issued.getExtendedKeyUsage());
    assertEquals(
        List.of(List.of(6, "spiffe://" + DOMAIN + "/tenants/acme/orders")),
        List.copyOf(issued.getSubjectAlternativeNames()));
    Caller.Application caller =
        assertInstanceOf(Caller.Application.class, Caller.of(issued, DOMAIN));
    assertEquals("tenants/acme", caller.tenant().toString());
    assertInstanceOf(Caller.Stranger.class, Caller.of(issued, "other.example"));
  }

  @Test
  void aServersCertificateNamesItsHostsToo() throws Exception {
    X509Certificate issued =
        open()
            .issue(
                "server",
                CertificateAuthority.newKeyPair().getPublic(),
                DAY,
                List.of("localhost", "127.0.0.1", "::1"));
    assertEquals(
        List.of(
            List.of(6, "spiffe://" + DOMAIN + "/server"),
            List.of(2, "localhost"),
            List.of(7, "127.0.0.1"),
            List.of(7, "0:0:0:0:0:0:0:1")),
        List.copyOf(issued.getSubjectAlternativeNames()));
  }

  @Test
  void aCertificateIsValidForItsLifetimeAndFiveMinutesBefore() throws Exception {
    X509Certificate issued =
        open()
            .issue("operators/ada", CertificateAuthority.newKeyPair().getPublic(), DAY, List.of());
    issued.checkValidity(Date.from(NOW.minus(Duration.ofMinutes(5))));
    issued.checkValidity(Date.from(NOW.plus(DAY)));
    assertThrows(
        CertificateNotYetValidException.class,
        () -> issued.checkValidity(Date.from(NOW.minus(Duration.ofMinutes(6)))));
    assertThrows(
        CertificateExpiredException.class,
        () -> issued.checkValidity(Date.from(NOW.plus(DAY).plusSeconds(1))));
  }

  @Test
  void serialNumbersArePositiveAndDiffer() throws IOException {
    CertificateAuthority authority = open();
    var key = CertificateAuthority.newKeyPair().getPublic();
    X509Certificate one = authority.issue("operators/ada", key, DAY, List.of());
    X509Certificate two = authority.issue("operators/ada", key, DAY, List.of());
    assertNotEquals(one.getSerialNumber(), two.getSerialNumber());
    assertTrue(one.getSerialNumber().signum() > 0 && two.getSerialNumber().signum() > 0);
  }

  @Test
  void aPathThatIsNoneIsNotIssued() throws IOException {
    CertificateAuthority authority = open();
    var key = CertificateAuthority.newKeyPair().getPublic();
    assertThrows(
        IllegalArgumentException.class,
        () -> authority.issue("operators/../server", key, DAY, List.of()));
  }

  @Test
  void credentialsAreReadByAGrpcClient() throws Exception {
    Path credentials = directory.resolve("ada");
    open().writeCredentials(credentials, "operators/ada", DAY);
    GrpcSslContexts.forClient()
        .keyManager(
            credentials.resolve("cert.pem").toFile(), credentials.resolve("key.pem").toFile())
        .trustManager(credentials.resolve("ca.pem").toFile())
        .build();
    assertTrue(Files.readString(credentials.resolve("key.pem")).startsWith("-----BEGIN PRIVATE"));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(credentials.resolve("key.pem"))));
  }
}
