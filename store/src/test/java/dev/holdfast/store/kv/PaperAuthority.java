package dev.holdfast.store.kv;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority for the two ends of a connection on loopback, and the files that they need. */
final class PaperAuthority {
  private static final X500Name NAME = new X500Name("CN=an authority on paper");

  private final Path folder;
  private final KeyPair pair = newPair();
  private final X509Certificate root;

  /** With its root in {@code ca.pem} of the folder. */
  PaperAuthority(Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    this.root = certificate(NAME, pair, true);
    writePem("ca.pem", "CERTIFICATE", root.getEncoded());
  }

  Path root() {
    return folder.resolve("ca.pem");
  }

  /** A certificate for 127.0.0.1 and its key, in {@code NAME.pem} and {@code NAME.key}. */
  EtcdTls issue(String name) throws Exception {
    KeyPair subject = newPair();
    X509Certificate certificate = certificate(new X500Name("CN=" + name), subject, false);
    return new EtcdTls(
        root(),
        writePem(name + ".pem", "CERTIFICATE", certificate.getEncoded()),
        writePem(name + ".key", "PRIVATE KEY", subject.getPrivate().getEncoded()));
  }

  /** A client that trusts this authority and is trusted by it. */
  SSLContext client() throws Exception {
    KeyPair subject = newPair();
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("root", root);
    PrivateKey key = subject.getPrivate();
    X509Certificate certificate = certificate(new X500Name("CN=probe"), subject, false);
    store.setKeyEntry("probe", key, new char[0], new X509Certificate[] {certificate, root});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private X509Certificate certificate(X500Name subject, KeyPair of, boolean authority)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    Instant now = Instant.now();
    var builder =
        new JcaX509v3CertificateBuilder(
                NAME,
                BigInteger.valueOf(now.toEpochMilli()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofHours(1))),
                subject,
                of.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
    if (!authority) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private Path writePem(String name, String kind, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind));
  }

  private static KeyPair newPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException("every JDK has P-256", bug);
    }
  }
}
