package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ECPoint;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.interfaces.ECPrivateKey;
import org.bouncycastle.math.ec.ECPoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What keys and signatures certificates may have: attack C11. */
class CertificateAlgorithmsTest {
  private static final KeyPair EC = PaperCertificate.ec("P-256");
  private static final KeyPair RSA = PaperCertificate.rsa(2048);
  private static final Bytes EC_ROOT = root("CN=ec", EC, "SHA256withECDSA");
  private static final Bytes RSA_ROOT = root("CN=rsa", RSA, "SHA256withRSA");
  private static final Anchors ANCHORS = Anchors.parse(List.of(EC_ROOT, RSA_ROOT), List.of());
  private static final BigInteger ORDER = SECNamedCurves.getByName("secp256r1").getN();
  private static final AlgorithmIdentifier SHA256 =
      new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256, DERNull.INSTANCE);
  private static final AlgorithmIdentifier SHA384 =
      new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha384, DERNull.INSTANCE);

  private static Bytes root(String name, KeyPair keys, String algorithm) {
    return new PaperCertificate(name, keys, name).ofAuthority().signedBy(keys, algorithm);
  }

  private static PaperCertificate leaf(String issuer) {
    return new PaperCertificate("CN=leaf", EC, issuer);
  }

  private static CertificatePath.Judgement judge(Bytes... certificates) {
    return CertificatePath.find(List.of(certificates), ANCHORS, Authority.NOW);
  }

  private static void sound(Bytes... certificates) {
    assertInstanceOf(CertificatePath.Sound.class, judge(certificates));
  }

  private static void unsound(Reason reason, Bytes... certificates) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(CertificatePath.Unsound.class, judge(certificates));
    assertEquals(reason, unsound.finding().reason(), unsound.words());
  }

  @ParameterizedTest
  @ValueSource(strings = {"MD5withRSA", "SHA1withRSA", "SHA224withRSA", "SHA1withRSAandMGF1"})
  void aWeakHashUnderAnRsaSignatureIsRefused(String algorithm) {
    unsound(Reason.ALG_WEAK, leaf("CN=rsa").signedBy(RSA, algorithm));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHA1withECDSA", "SHA224withECDSA"})
  void aWeakHashUnderAnEcdsaSignatureIsRefused(String algorithm) {
    unsound(Reason.ALG_WEAK, leaf("CN=ec").signedBy(EC, algorithm));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SHA256withRSA", "SHA384withRSA", "SHA512withRSA", "SHA256withRSAandMGF1"})
  void aStrongHashIsNot(String algorithm) {
    sound(leaf("CN=rsa").signedBy(RSA, algorithm));
  }

  @Test
  void aShortRsaKeyIsRefusedOnALeafAndOnAnIssuer() {
    KeyPair weak = PaperCertificate.rsa(1024);
    unsound(Reason.ALG_WEAK, new PaperCertificate("CN=short", weak, "CN=ec").signedBy(EC));
    Bytes middle = new PaperCertificate("CN=short", weak, "CN=ec").ofAuthority().signedBy(EC);
    unsound(Reason.ALG_WEAK, leaf("CN=short").signedBy(weak, "SHA256withRSA"), middle);
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-192", "P-224", "secp256k1", "brainpoolP256r1", "B-283"})
  void aKeyOfAnotherCurveIsRefused(String curve) {
    KeyPair other = PaperCertificate.ec(curve);
    unsound(Reason.ALG_WEAK, new PaperCertificate("CN=other", other, "CN=ec").signedBy(EC));
    Bytes middle = new PaperCertificate("CN=other", other, "CN=ec").ofAuthority().signedBy(EC);
    unsound(Reason.ALG_WEAK, leaf("CN=other").signedBy(other), middle);
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-256", "P-384", "P-521"})
  void aKeyOfACurveInUseIsNot(String curve) {
    sound(new PaperCertificate("CN=one", PaperCertificate.ec(curve), "CN=ec").signedBy(EC));
  }

  /** CVE-2020-0601: the point of an anchor, as a multiple of a generator of one's own. */
  @Test
  void aCurveOfTheRightNumbersButForItsGeneratorIsRefused() {
    X9ECParameters curve = SECNamedCurves.getByName("secp256r1");
    BigInteger secret = ((ECPrivateKey) EC.getPrivate()).getD();
    ECPoint anchor = curve.getG().multiply(secret).normalize();
    sound(new PaperCertificate("CN=one", EC, "CN=ec", explicit(curve, anchor)).signedBy(EC));
    X9ECParameters own =
        new X9ECParameters(
            curve.getCurve(), new X9ECPoint(anchor, false), curve.getN(), curve.getH());
    unsound(
        Reason.ALG_WEAK,
        new PaperCertificate("CN=one", EC, "CN=ec", explicit(own, anchor)).signedBy(EC));
  }

  private static SubjectPublicKeyInfo explicit(X9ECParameters curve, ECPoint point) {
    return new SubjectPublicKeyInfo(
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve),
        point.getEncoded(false));
  }

  @Test
  void anEcdsaSignatureWithNumbersOutOfRangeIsRefused() {
    sound(withSignature(UnaryOperator.identity()));
    List<BigInteger> numbers =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.ONE.negate(),
            ORDER,
            ORDER.add(BigInteger.ONE),
            ORDER.shiftLeft(1));
    for (BigInteger r : numbers) {
      for (BigInteger s : numbers) {
        unsound(Reason.CERT_CHAIN, withSignature(signature -> sequence(r, s)));
      }
    }
  }

  @Test
  void aNumberOfAnEcdsaSignatureCountsOnceNotModuloTheOrder() {
    for (int place : new int[] {0, 1}) {
      unsound(
          Reason.CERT_CHAIN,
          withSignature(
              signature -> {
                ASN1Sequence read = ASN1Sequence.getInstance(signature);
                BigInteger[] numbers = {number(read, 0), number(read, 1)};
                numbers[place] = numbers[place].add(ORDER);
                return sequence(numbers[0], numbers[1]);
              }));
    }
  }

  @Test
  void bytesThatAreNoEcdsaSignatureAreRefused() {
    unsound(Reason.CERT_CHAIN, withSignature(signature -> new byte[0]));
    unsound(Reason.CERT_CHAIN, withSignature(signature -> new byte[64]));
    unsound(
        Reason.CERT_CHAIN,
        withSignature(signature -> java.util.Arrays.copyOf(signature, signature.length + 1)));
    unsound(
        Reason.CERT_CHAIN,
        withSignature(signature -> java.util.Arrays.copyOf(signature, signature.length - 1)));
  }

  private static Bytes withSignature(UnaryOperator<byte[]> change) {
    AlgorithmIdentifier named = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
    return leaf("CN=ec").signedBy(EC, "SHA256withECDSA", named, change);
  }

  private static BigInteger number(ASN1Sequence sequence, int place) {
    return ASN1Integer.getInstance(sequence.getObjectAt(place)).getValue();
  }

  private static byte[] sequence(BigInteger r, BigInteger s) {
    try {
      return new DERSequence(new ASN1Encodable[] {new ASN1Integer(r), new ASN1Integer(s)})
          .getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static AlgorithmIdentifier pss(ASN1Encodable parameters) {
    return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS, parameters);
  }

  private static RSASSAPSSparams parameters(
      AlgorithmIdentifier hash, AlgorithmIdentifier mask, int salt, int trailer) {
    return new RSASSAPSSparams(
        hash,
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, mask),
        new ASN1Integer(salt),
        new ASN1Integer(trailer));
  }

  private static Bytes pssNamed(ASN1Encodable parameters) {
    return leaf("CN=rsa")
        .signedBy(RSA, "SHA256withRSAandMGF1", pss(parameters), UnaryOperator.identity());
  }

  @Test
  void aPssSignatureMustBeOfTheParametersThatItNames() {
    sound(pssNamed(parameters(SHA256, SHA256, 32, 1)));
    unsound(Reason.CERT_CHAIN, pssNamed(parameters(SHA384, SHA384, 32, 1)));
    unsound(Reason.CERT_CHAIN, pssNamed(parameters(SHA256, SHA256, 31, 1)));
  }

  @Test
  void pssParametersThatNobodyUsesAreRefused() {
    unsound(Reason.ALG_WEAK, pssNamed(parameters(SHA256, SHA384, 32, 1)));
    unsound(Reason.ALG_WEAK, pssNamed(parameters(SHA256, SHA256, -1, 1)));
    unsound(Reason.ALG_WEAK, pssNamed(parameters(SHA256, SHA256, 1_000_000, 1)));
    unsound(Reason.ALG_WEAK, pssNamed(parameters(SHA256, SHA256, 32, 2)));
    AlgorithmIdentifier maskOfNothing = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1);
    unsound(
        Reason.ALG_WEAK,
        pssNamed(
            new RSASSAPSSparams(SHA256, maskOfNothing, new ASN1Integer(32), new ASN1Integer(1))));
  }

  @Test
  void pssParametersThatAreNoneAreRefused() {
    unsound(Reason.ALG_WEAK, pssNamed(DERNull.INSTANCE));
    unsound(Reason.DER_MALFORMED, pssNamed(new DEROctetString(new byte[3])));
  }

  /** RFC 4055, 3.3: the parameters of such a key bind its signatures. */
  @Test
  void aKeyForPssSignsOnlyAsItsParametersSay() {
    for (String algorithm : List.of("SHA256withRSAandMGF1", "SHA256withRSA")) {
      boolean isPss = algorithm.endsWith("MGF1");
      Bytes any = pssAuthority(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS));
      Bytes same = pssAuthority(pss(parameters(SHA256, SHA256, 32, 1)));
      Bytes shorter = pssAuthority(pss(parameters(SHA256, SHA256, 20, 1)));
      Bytes longer = pssAuthority(pss(parameters(SHA256, SHA256, 33, 1)));
      Bytes other = pssAuthority(pss(parameters(SHA384, SHA384, 32, 1)));
      Bytes leaf = leaf("CN=pss").signedBy(RSA, algorithm);
      for (Bytes good : List.of(any, same, shorter)) {
        if (isPss) {
          sound(leaf, good);
        } else {
          unsound(Reason.CERT_CHAIN, leaf, good);
        }
      }
      unsound(Reason.CERT_CHAIN, leaf, longer);
      unsound(Reason.CERT_CHAIN, leaf, other);
    }
  }

  private static Bytes pssAuthority(AlgorithmIdentifier kind) {
    SubjectPublicKeyInfo plain = SubjectPublicKeyInfo.getInstance(RSA.getPublic().getEncoded());
    SubjectPublicKeyInfo key = new SubjectPublicKeyInfo(kind, plain.getPublicKeyData().getBytes());
    return new PaperCertificate("CN=pss", RSA, "CN=ec", key).ofAuthority().signedBy(EC);
  }

  @Test
  void aSignatureOfAnotherKindThanTheIssuersKeyIsRefused() {
    unsound(Reason.CERT_CHAIN, leaf("CN=rsa").signedBy(EC));
    unsound(Reason.CERT_CHAIN, leaf("CN=ec").signedBy(RSA, "SHA256withRSA"));
  }
}
