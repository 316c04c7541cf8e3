package dev.holdfast.server.identity;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.result.ResultSigner;
import dev.holdfast.store.seal.PrivateFile;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The root of the trust domain: a P-256 key in a file that only its owner can read, which issues
 * the X.509-SVIDs of the server, its nodes, operators and applications (SPIFFE X.509-SVID).
 *
 * <p>The root also signs attestation results and models; all uses move to a PKCS#11 token where
 * there is one.
 */
public final class CertificateAuthority {
  private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);
  private static final Duration BACKDATE = Duration.ofMinutes(5);
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final String trustDomain;
  private final PrivateKey key;
  private final X509Certificate root;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private CertificateAuthority(
      String trustDomain, PrivateKey key, X509Certificate root, InstantSource clock) {
    this.trustDomain = trustDomain;
    this.key = key;
    this.root = root;
    this.clock = clock;
  }

  /**
   * Opens the authority in {@code directory}, or makes one there.
   *
   * @throws IOException if the root belongs to another trust domain, or cannot be read
   * @throws dev.holdfast.store.seal.KeyFailure FILE_EXPOSED if others can reach the key's file
   */
  public static CertificateAuthority open(Path directory, String trustDomain, InstantSource clock)
      throws IOException {
    try {
      Path keyFile = directory.resolve("root-key.pem");
      Path certificateFile = directory.resolve("root.pem");
      if (Files.exists(keyFile)) {
        PrivateFile.require(keyFile);
        X509Certificate root = readCertificate(certificateFile);
        if (!uriOf(root).equals("spiffe://" + trustDomain)) {
          throw new IOException(
              certificateFile
                  + " is the root of "
                  + uriOf(root)
                  + ", and the configuration names trust domain "
                  + trustDomain
                  + ": use another data directory, or the domain it was made for");
        }
        return new CertificateAuthority(trustDomain, readKey(keyFile), root, clock);
      }
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      KeyPair pair = newKeyPair();
      X509Certificate root = selfSigned(trustDomain, pair, clock.instant());
      writePrivate(keyFile, pem(pair.getPrivate()));
      writePrivate(certificateFile, pem(root));
      return new CertificateAuthority(trustDomain, pair.getPrivate(), root, clock);
    } catch (GeneralSecurityException | OperatorCreationException bug) {
      throw new IllegalStateException("P-256 and ECDSA are part of every JDK", bug);
    }
  }

  /** The root certificate: what a node pins and a client trusts. */
  public X509Certificate root() {
    return root;
  }

  /** Who signs attestation results, and what else PAM vouches for. */
  public ResultSigner signer() {
    return new ResultSigner(
        "https://holdfast.dev",
        version(),
        Sha256.of(Bytes.of(root.getPublicKey().getEncoded())).hex().substring(0, 32),
        key,
        Optional.empty());
  }

  private static String version() {
    String version = CertificateAuthority.class.getPackage().getImplementationVersion();
    return "holdfast " + (version == null ? "development" : version);
  }

  /** SHA-256 of the root certificate, DER: 32 bytes. It travels with every join token. */
  public byte[] rootDigest() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(root.getEncoded());
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException(bug);
    }
  }

  /** The trust domain, such as {@code holdfast.example}. */
  public String trustDomain() {
    return trustDomain;
  }

  /**
   * Issues an X.509-SVID for one path of the trust domain, valid as server and as client.
   *
   * @param hosts further DNS names or IP addresses for a server; empty for others
   */
  public X509Certificate issue(
      String path, PublicKey subjectKey, Duration lifetime, List<String> hosts) {
    Instant now = clock.instant();
    try {
      var names = new java.util.ArrayList<GeneralName>();
      names.add(
          new GeneralName(
              GeneralName.uniformResourceIdentifier, new SpiffeId(trustDomain, path).toString()));
      for (String host : hosts) {
        names.add(
            new GeneralName(
                host.matches("[0-9.]+|.*:.*") ? GeneralName.iPAddress : GeneralName.dNSName, host));
      }
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
                  root,
                  serial(),
                  Date.from(now.minus(BACKDATE)),
                  Date.from(now.plus(lifetime)),
                  new X500Name("O=Holdfast"),
                  subjectKey)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(
                      new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                      }))
              .addExtension(
                  Extension.subjectAlternativeName,
                  false,
                  new GeneralNames(names.toArray(GeneralName[]::new)))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(root.getPublicKey()));
      return sign(builder, key);
    } catch (IOException | GeneralSecurityException | OperatorCreationException bug) {
      throw new IllegalStateException(bug);
    }
  }

  /**
   * Makes a key and its certificate for a caller, as {@code key.pem}, {@code cert.pem} and {@code
   * ca.pem} in {@code directory}; what is there is replaced.
   */
  public void writeCredentials(Path directory, String path, Duration lifetime) throws IOException {
    KeyPair pair = newKeyPair();
    X509Certificate certificate = issue(path, pair.getPublic(), lifetime, List.of());
    Files.createDirectories(directory);
    writePrivate(directory.resolve("key.pem"), pem(pair.getPrivate()));
    writePrivate(directory.resolve("cert.pem"), pem(certificate));
    writePrivate(directory.resolve("ca.pem"), pem(root));
  }

  /** A new P-256 key pair. */
  public static KeyPair newKeyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException bug) {
      throw new IllegalStateException(bug);
    }
  }

  private BigInteger serial() {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    bytes[0] &= 0x7f;
    return new BigInteger(bytes).setBit(0);
  }

  private static X509Certificate selfSigned(String trustDomain, KeyPair pair, Instant now)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    X500Name name = new X500Name("O=Holdfast,CN=" + trustDomain);
    byte[] serial = new byte[16];
    new SecureRandom().nextBytes(serial);
    serial[0] &= 0x7f;
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(serial).setBit(0),
                Date.from(now.minus(BACKDATE)),
                Date.from(now.plus(ROOT_LIFETIME)),
                name,
                pair.getPublic())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
            .addExtension(
                Extension.keyUsage,
                true,
                new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature))
            .addExtension(
                Extension.subjectKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createSubjectKeyIdentifier(pair.getPublic()))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(
                    new GeneralName(
                        GeneralName.uniformResourceIdentifier, "spiffe://" + trustDomain)));
    return sign(builder, pair.getPrivate());
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
  }

  private static String uriOf(X509Certificate certificate) throws GeneralSecurityException {
    var names = certificate.getSubjectAlternativeNames();
    if (names != null) {
      for (List<?> name : names) {
        if (Integer.valueOf(GeneralName.uniformResourceIdentifier).equals(name.get(0))) {
          return String.valueOf(name.get(1));
        }
      }
    }
    return "(no URI)";
  }

  private static void writePrivate(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PRIVATE));
    Files.writeString(temporary, text);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String pem(Object value) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(
          // As PKCS #8, which every TLS library reads: of itself the writer takes an older form.
          value instanceof PrivateKey privateKey ? new JcaPKCS8Generator(privateKey, null) : value);
    }
    return text.toString();
  }

  private static PrivateKey readKey(Path file) throws IOException {
    try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
      if (parser.readObject() instanceof PrivateKeyInfo info) {
        return new JcaPEMKeyConverter().getPrivateKey(info);
      }
      throw new IOException(file + " holds no PKCS #8 private key");
    }
  }

  private static X509Certificate readCertificate(Path file)
      throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return (X509Certificate)
          java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
