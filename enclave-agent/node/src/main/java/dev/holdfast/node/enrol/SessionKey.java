package dev.holdfast.node.enrol;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A P-256 key for the channel to PAM, before it has a certificate.
 *
 * @param pair the key
 */
record SessionKey(KeyPair pair) {
  static SessionKey draw() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return new SessionKey(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has P-256", e);
    }
  }

  PrivateKey privateKey() {
    return pair.getPrivate();
  }

  /** The public key, a DER SubjectPublicKeyInfo. */
  Bytes publicKey() {
    return Bytes.of(pair.getPublic().getEncoded());
  }

  /** PKCS #10, DER; PAM ignores its names. */
  byte[] certificateRequest() {
    try {
      return new JcaPKCS10CertificationRequestBuilder(
              new X500Principal("CN=node"), pair.getPublic())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("a key just drawn cannot sign its own request", e);
    }
  }
}
