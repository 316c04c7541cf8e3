package dev.holdfast.attestation.x509;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;

/**
 * Reads certificates and revocation lists, DER or PEM (RFC 7468), within limits: 16 KiB for a
 * certificate, 4 MiB for a list, 64 of them in one PEM text.
 *
 * <p>What is read here keeps the rules of DER, and asking it for its fields throws nothing.
 */
public final class Certificates {
  /** Longest certificate that is read, bytes. */
  public static final int CERTIFICATE_MAX_BYTES = 16 * 1024;

  /** Longest revocation list that is read, bytes. */
  public static final int CRL_MAX_BYTES = 4 * 1024 * 1024;

  /** Most of them in one PEM text. */
  public static final int PEM_MAX = 64;

  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";

  /** Extensions that are read here or by the search for a path: their content must be DER too. */
  private static final Set<String> READ =
      Set.of(
          "2.5.29.14", // subject key identifier
          "2.5.29.15", // key usage
          "2.5.29.17", // subject alternative name
          "2.5.29.19", // basic constraints
          "2.5.29.30", // name constraints
          "2.5.29.31", // where revocation lists are
          "2.5.29.35", // authority key identifier
          "2.5.29.37"); // extended key usage

  private Certificates() {}

  /**
   * Reads all certificates, in their order.
   *
   * @throws MalformedException if there is none, or one cannot be read
   */
  public static List<X509Certificate> parse(Bytes derOrPem) {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Bytes der : ders(derOrPem, CERTIFICATE_MAX_BYTES, "CERTIFICATE")) {
      certificates.add(parseDer(der));
    }
    return List.copyOf(certificates);
  }

  /**
   * Reads one certificate in DER.
   *
   * @throws MalformedException if it cannot be read
   */
  public static X509Certificate parseDer(Bytes der) {
    if (der.length() > CERTIFICATE_MAX_BYTES) {
      throw new MalformedException("a certificate has " + der.length() + " bytes");
    }
    Der.check(der, "a certificate");
    try {
      X509Certificate certificate =
          (X509Certificate)
              factory().generateCertificate(new ByteArrayInputStream(der.toByteArray()));
      if (certificate == null || certificate.getEncoded().length != der.length()) {
        throw new MalformedException("a certificate cannot be read, or bytes follow its end");
      }
      // Parsed now, so that nothing is thrown, and nothing is null, later.
      if (certificate.getPublicKey() == null) {
        throw new MalformedException("a certificate's key cannot be read");
      }
      for (String extension : READ) {
        Optional<Bytes> value = extension(certificate, extension);
        value.ifPresent(content -> Der.check(content, "an extension of a certificate"));
      }
      certificate.getBasicConstraints();
      certificate.getKeyUsage();
      certificate.getExtendedKeyUsage();
      certificate.getSubjectAlternativeNames();
      certificate.getNotBefore().toInstant();
      certificate.getNotAfter().toInstant();
      certificate.getSubjectX500Principal().getName();
      certificate.getIssuerX500Principal().getName();
      certificate.getCriticalExtensionOIDs();
      certificate.getSigAlgName();
      return certificate;
    } catch (GeneralSecurityException | RuntimeException e) {
      throw e instanceof MalformedException malformed
          ? malformed
          : new MalformedException("a certificate cannot be read");
    }
  }

  /**
   * Reads all revocation lists, in their order.
   *
   * @throws MalformedException if there is none, or one cannot be read
   */
  public static List<X509CRL> parseCrls(Bytes derOrPem) {
    List<X509CRL> crls = new ArrayList<>();
    for (Bytes der : ders(derOrPem, CRL_MAX_BYTES, "X509 CRL")) {
      crls.add(parseCrl(der));
    }
    return List.copyOf(crls);
  }

  private static X509CRL parseCrl(Bytes der) {
    Der.check(der, "a revocation list");
    try {
      X509CRL crl = (X509CRL) factory().generateCRL(new ByteArrayInputStream(der.toByteArray()));
      if (crl == null || crl.getEncoded().length != der.length()) {
        throw new MalformedException("a revocation list cannot be read");
      }
      // Parsed now, so that nothing is thrown later.
      RevocationList list = new RevocationList(crl);
      list.isCurrent(Instant.EPOCH);
      crl.getIssuerX500Principal().getName();
      return list.crl();
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new MalformedException("a revocation list cannot be read");
    }
  }

  /**
   * The content of an extension: what its OCTET STRING holds, which need not be DER.
   *
   * @throws MalformedException if it is no OCTET STRING
   */
  public static Optional<Bytes> extension(X509Certificate certificate, String identifier) {
    byte[] value = certificate.getExtensionValue(identifier);
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Bytes.of(ASN1OctetString.getInstance(value).getOctets()));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("the value of extension " + identifier + " cannot be read");
    }
  }

  private static CertificateFactory factory() throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509", Signatures.parser());
  }

  private static List<Bytes> ders(Bytes bytes, int maxBytes, String label) {
    if (bytes.length() > PEM_MAX * maxBytes) {
      throw new MalformedException("certificates of " + bytes.length() + " bytes");
    }
    List<Bytes> ders =
        !bytes.isEmpty() && bytes.at(0) == 0x30
            ? List.of(bytes)
            : blocks(new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1), label);
    if (ders.isEmpty() || ders.stream().anyMatch(der -> der.length() > maxBytes)) {
      throw new MalformedException("neither DER nor PEM, or too long");
    }
    return ders;
  }

  /** How many certificates a text holds, no more than one above {@link #PEM_MAX}; DER is one. */
  static int blocks(Bytes derOrPem) {
    if (!derOrPem.isEmpty() && derOrPem.at(0) == 0x30) {
      return 1;
    }
    String text = new String(derOrPem.toByteArray(), StandardCharsets.ISO_8859_1);
    int blocks = 0;
    int begin = text.indexOf(BEGIN);
    while (begin >= 0 && blocks <= PEM_MAX) {
      blocks++;
      begin = text.indexOf(BEGIN, begin + 1);
    }
    return blocks;
  }

  /** Every block must be read: one passed over could be the one that matters. */
  private static List<Bytes> blocks(String text, String label) {
    List<Bytes> ders = new ArrayList<>();
    int begin = text.indexOf(BEGIN);
    while (begin >= 0) {
      String head = BEGIN + label + DASHES;
      int content = begin + head.length();
      int end = text.indexOf("-----END " + label + DASHES, begin);
      int next = text.indexOf(BEGIN, begin + 1);
      if (!text.startsWith(head, begin) || end < content || (next >= 0 && next < end)) {
        throw new MalformedException("a PEM block is not a whole " + label);
      }
      if (ders.size() == PEM_MAX) {
        throw new MalformedException("more than " + PEM_MAX + " PEM blocks");
      }
      ders.add(decoded(text.substring(content, end)));
      begin = next;
    }
    return ders;
  }

  private static Bytes decoded(String base64) {
    StringBuilder digits = new StringBuilder(base64.length());
    base64.chars().filter(c -> c > ' ').forEach(c -> digits.append((char) c));
    try {
      return Bytes.of(Base64.getDecoder().decode(digits.toString()));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("PEM that is not base 64");
    }
  }
}
