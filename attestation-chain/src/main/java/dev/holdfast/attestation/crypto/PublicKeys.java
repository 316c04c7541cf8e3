package dev.holdfast.attestation.crypto;

import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Json;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;

/**
 * Reads public keys that are trusted for themselves, in any of the forms that sites keep them in:
 * SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) as DER or PEM, JWK (RFC 7517), or the key of an X.509
 * certificate as DER or PEM.
 */
public final class PublicKeys {
  private static final int MAX_BYTES = 16 * 1024;
  private static final Pattern PEM =
      Pattern.compile("\\s*-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----\\s*");

  private PublicKeys() {}

  /**
   * Reads one key.
   *
   * @throws MalformedException if it is anything else
   */
  public static PublicKey parse(Bytes bytes) {
    if (bytes.isEmpty() || bytes.length() > MAX_BYTES) {
      throw new MalformedException("a key has " + bytes.length() + " bytes");
    }
    try {
      if (bytes.at(0) == 0x30) {
        return der(bytes);
      }
      String text = new String(bytes.toByteArray(), StandardCharsets.UTF_8);
      return text.stripLeading().startsWith("{") ? jwk(bytes, text) : pem(text);
    } catch (MalformedException e) {
      throw e;
    } catch (RuntimeException | IOException | GeneralSecurityException e) {
      throw new MalformedException("a key is none of SPKI, JWK and X.509");
    }
  }

  private static PublicKey pem(String text) throws IOException, GeneralSecurityException {
    Matcher matcher = PEM.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedException("a key is neither DER, PEM nor JWK");
    }
    return der(
        Bytes.of(Base64.getMimeDecoder().decode(text.substring(matcher.start(2), matcher.end(2)))));
  }

  private static PublicKey der(Bytes der) throws IOException, GeneralSecurityException {
    ASN1Sequence sequence =
        ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(der.toByteArray()));
    // A SubjectPublicKeyInfo has two members, a certificate three.
    SubjectPublicKeyInfo info =
        sequence.size() == 2
            ? SubjectPublicKeyInfo.getInstance(sequence)
            : Certificate.getInstance(sequence).getSubjectPublicKeyInfo();
    return of(info);
  }

  private static PublicKey of(SubjectPublicKeyInfo info)
      throws IOException, GeneralSecurityException {
    // By its identifier: a key on a curve is then called EC, as everywhere, and not ECDSA.
    String identifier = info.getAlgorithm().getAlgorithm().getId();
    return KeyFactory.getInstance(identifier, Signatures.parser())
        .generatePublic(new X509EncodedKeySpec(info.getEncoded()));
  }

  private static PublicKey jwk(Bytes bytes, String text)
      throws IOException, GeneralSecurityException {
    // Read once by the strict reader: no member twice, nothing after the end.
    Json.parse(bytes, MAX_BYTES, "a JWK");
    try {
      JWK jwk = JWK.parse(text);
      return switch (jwk) {
        case OctetKeyPair pair -> edwards(pair);
        case AsymmetricJWK pair ->
            of(SubjectPublicKeyInfo.getInstance(pair.toPublicKey().getEncoded()));
        default -> throw new MalformedException("a JWK holds no public key");
      };
    } catch (java.text.ParseException | com.nimbusds.jose.JOSEException e) {
      throw new MalformedException("a JWK cannot be read: " + e.getMessage());
    }
  }

  private static PublicKey edwards(OctetKeyPair pair) throws IOException, GeneralSecurityException {
    byte[] x = pair.getDecodedX();
    if (!pair.getCurve().getName().equals("Ed25519")
        || x.length != Ed25519PublicKeyParameters.KEY_SIZE) {
      throw new MalformedException("an octet key pair is of Ed25519 and has 32 bytes");
    }
    return of(
        new SubjectPublicKeyInfo(new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), x));
  }

  /**
   * A point on a curve of NIST.
   *
   * @param curve {@code secp256r1}, {@code secp384r1} or {@code secp521r1}
   * @throws MalformedException if it does not lie on it
   */
  public static PublicKey point(String curve, Bytes x, Bytes y) {
    return NistPoint.key(curve, number(x), number(y));
  }

  private static BigInteger number(Bytes bytes) {
    return new BigInteger(1, bytes.toByteArray());
  }
}
