package dev.holdfast.attestation.ima;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.crypto.PublicKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernel modules with a signature at their end. */
final class AppendedSignatureTest {
  private static final Bytes MODULE = Bytes.utf8("a module");
  private static final Bytes WHOLE = Bytes.utf8("a module and its signature");
  private static final Bytes DIGEST = PaperIma.digest(MODULE);

  private static KeyPair rsa;
  private static KeyPair ec;

  @BeforeAll
  static void makeKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    rsa = generator.generateKeyPair();
    generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(384);
    ec = generator.generateKeyPair();
  }

  /** PKCS #7 over content that is elsewhere, without signed attributes, by each of the keys. */
  private static Bytes message(Bytes content, String hash, KeyPair... signers) {
    try {
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      for (KeyPair signer : signers) {
        String algorithm = signer.getPrivate().getAlgorithm().equals("RSA") ? "RSA" : "ECDSA";
        generator.addSignerInfoGenerator(
            new SignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                .setDirectSignature(true)
                .build(
                    new JcaContentSignerBuilder(hash + "with" + algorithm)
                        .build(signer.getPrivate()),
                    new byte[] {1}));
      }
      return Bytes.of(
          generator
              .generate(new CMSProcessableByteArray(content.toByteArray()), false)
              .toASN1Structure()
              .getEncoded("DER"));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Reason> reasons(Bytes digest, Bytes message, ImaKey... keys) {
    PaperIma kernel = new PaperIma().module("/lib/modules/one.ko", WHOLE, digest, message);
    return switch (ImaVerifier.verify(
        kernel.binary(),
        kernel.quoted(PcrBank.SHA256),
        ImaExpectation.STRICT.withKeys(List.of(keys)))) {
      case Outcome.Proven _ -> List.of();
      case Outcome.Refused refused -> refused.findings().stream().map(Finding::reason).toList();
    };
  }

  private static ImaKey key(KeyPair pair) {
    return new ImaKey(pair.getPublic());
  }

  @Test
  void aModuleSignedByATrustedKeyPasses() {
    assertEquals(List.of(), reasons(DIGEST, message(MODULE, "SHA256", rsa), key(ec), key(rsa)));
    assertEquals(List.of(), reasons(DIGEST, message(MODULE, "SHA256", ec), key(ec)));
    Bytes wide = Bytes.concat(Bytes.utf8("sha512:\0"), PcrBank.SHA512.hash(MODULE));
    assertEquals(List.of(), reasons(wide, message(MODULE, "SHA512", rsa), key(rsa)));
  }

  @Test
  void aModuleSignedByAnotherKeyIsRefused() {
    Bytes message = message(MODULE, "SHA256", rsa);
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, message, key(ec)));
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, message));
  }

  @Test
  void aSignatureOfAnotherModuleIsRefused() {
    Bytes other = message(Bytes.utf8("another module"), "SHA256", rsa);
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, other, key(rsa)));
  }

  @Test
  void aSignatureOverAnotherHashThanTheKernelsIsRefused() {
    Bytes message = message(MODULE, "SHA512", rsa);
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, message, key(rsa)));
    Bytes weak = Bytes.concat(Bytes.utf8("sha1:\0"), PcrBank.SHA1.hash(MODULE));
    assertEquals(
        List.of(Reason.IMA_SIGNATURE), reasons(weak, message(MODULE, "SHA1", rsa), key(rsa)));
  }

  @Test
  void aMessageOfSeveralSignersOrOfNoneAllowsNothing() {
    assertEquals(
        List.of(Reason.IMA_SIGNATURE),
        reasons(DIGEST, message(MODULE, "SHA256", rsa, ec), key(rsa)));
    assertEquals(
        List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, message(MODULE, "SHA256"), key(rsa)));
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, Bytes.utf8("none"), key(rsa)));
    assertEquals(List.of(Reason.IMA_FILE), reasons(Bytes.EMPTY, Bytes.EMPTY, key(rsa)));
    Bytes deep = Bytes.fromHex("3080".repeat(10_000));
    assertEquals(List.of(Reason.IMA_SIGNATURE), reasons(DIGEST, deep, key(rsa)));
  }

  @Test
  void bothFormsOfTheListHoldTheSameModule() {
    PaperIma kernel =
        new PaperIma()
            .module("/lib/one.ko", WHOLE, DIGEST, message(MODULE, "SHA256", rsa))
            .module("/lib/two.ko", WHOLE, Bytes.EMPTY, Bytes.EMPTY);
    assertEquals(ImaList.parseBinary(kernel.binary()), ImaList.parseText(kernel.text()));
  }

  @Test
  void whatAnotherToolSignsPasses(@TempDir Path directory) throws Exception {
    Path openssl = Path.of("/usr/bin/openssl");
    assumeTrue(Files.isExecutable(openssl), "openssl is not installed");
    Files.write(directory.resolve("module"), MODULE.toByteArray());
    run(
        directory,
        "req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -subj /CN=kernel");
    run(
        directory,
        "cms -sign -binary -noattr -nocerts -md sha256 -outform DER -in module -out message"
            + " -signer certificate -inkey key");
    Bytes certificate = Bytes.of(Files.readAllBytes(directory.resolve("certificate")));
    Bytes message = Bytes.of(Files.readAllBytes(directory.resolve("message")));
    ImaKey signer = new ImaKey(PublicKeys.parse(certificate));
    assertEquals(List.of(), reasons(DIGEST, message, signer));
  }

  private static void run(Path directory, String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/usr/bin/openssl"));
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> "see " + directory.resolve("out"));
  }
}
