package dev.holdfast.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Etcd;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.store.kv.StoreRefused;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server as its configuration says, over an etcd that insists on certificates. */
class SealedSiteTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir private Path directory = Path.of("");

  @Test
  void aServerRunsOverAnEtcdThatItAndItsKeysAreConfiguredFor() throws Exception {
    assumeTrue(Etcd.installed(), "etcd is not installed");
    CertificateAuthority authority = authority("etcd.example");
    authority.writeCredentials(directory.resolve("pam"), "pam", DAY);
    try (Etcd etcd = etcd(authority)) {
      ServerConfig config = config(etcd, "pam/ca.pem");
      try (HoldfastServer server = start(config)) {
        assertTrue(server.port() > 0);
      }
      Path keys = directory.resolve("data/keys/wrapping.keys");
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)));

      authority("another.example");
      ServerConfig mistaken = config(etcd, "another.example/root.pem");
      StoreRefused refused = assertThrows(StoreRefused.class, () -> start(mistaken).close());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("is not trusted"), refused::toString);
    }
  }

  private static HoldfastServer start(ServerConfig config) throws IOException {
    return HoldfastServer.start(
        config, ServerCommand.open(config), HoldfastServer.Environment.system());
  }

  private ServerConfig config(Etcd etcd, String ca) throws IOException {
    return ConfigReader.read(
        Files.writeString(
            directory.resolve("holdfast.yaml"),
            """
            listen:
              port: 0
            store:
              kind: etcd
              endpoints: %s
              tls:
                ca: %s
                certificate: pam/cert.pem
                key: pam/key.pem
            keys:
              provider: file
            """
                .formatted(etcd.endpoint(), ca)));
  }

  private CertificateAuthority authority(String domain) throws IOException {
    return CertificateAuthority.open(directory.resolve(domain), domain, InstantSource.system());
  }

  private Etcd etcd(CertificateAuthority authority) throws Exception {
    KeyPair pair = CertificateAuthority.newKeyPair();
    X509Certificate member = authority.issue("member", pair.getPublic(), DAY, List.of("127.0.0.1"));
    return Etcd.start(
        directory.resolve("etcd"),
        Optional.of(
            new Etcd.Tls(
                directory.resolve("etcd.example/root.pem"),
                pem("member.pem", member),
                pem("member.key", new JcaPKCS8Generator(pair.getPrivate(), null)),
                client(authority, pair, member))));
  }

  private Path pem(String name, Object content) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    }
    return Files.writeString(directory.resolve(name), text.toString());
  }

  private static SSLContext client(
      CertificateAuthority authority, KeyPair pair, X509Certificate certificate) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("root", authority.root());
    store.setKeyEntry("probe", pair.getPrivate(), new char[0], new X509Certificate[] {certificate});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
