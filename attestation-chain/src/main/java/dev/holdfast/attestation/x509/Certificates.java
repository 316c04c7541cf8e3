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
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and revocation lists, DER or PEM. */
final class Certificates {
  private static final int CERTIFICATE_MAX_BYTES = 16 * 1024;
  private static final int CRL_MAX_BYTES = 4 * 1024 * 1024;
  private static final int PEM_MAX = 64;
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private Certificates() {}

  static List<X509Certificate> parse(Bytes bytes) {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Bytes der : ders(bytes, CERTIFICATE_MAX_BYTES)) {
      certificates.add(certificate(der));
    }
    return certificates;
  }

  static List<X509CRL> parseCrls(Bytes bytes) {
    List<X509CRL> crls = new ArrayList<>();
    for (Bytes der : ders(bytes, CRL_MAX_BYTES)) {
      try {
        X509CRL crl = (X509CRL) factory().generateCRL(new ByteArrayInputStream(der.toByteArray()));
        if (crl == null || crl.getEncoded().length != der.length()) {
          throw new MalformedException("a revocation list cannot be read");
        }
        crls.add(crl);
      } catch (GeneralSecurityException | RuntimeException e) {
        throw new MalformedException("a revocation list cannot be read");
      }
    }
    return crls;
  }

  private static X509Certificate certificate(Bytes der) {
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
      certificate.getBasicConstraints();
      certificate.getKeyUsage();
      certificate.getExtendedKeyUsage();
      certificate.getNotBefore().toInstant();
      certificate.getNotAfter().toInstant();
      certificate.getSubjectX500Principal().getName();
      certificate.getIssuerX500Principal().getName();
      certificate.getCriticalExtensionOIDs();
      certificate.getSigAlgName();
      return certificate;
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new MalformedException("a certificate cannot be read, or bytes follow its end");
    }
  }

  private static CertificateFactory factory() throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509", Signatures.parser());
  }

  private static List<Bytes> ders(Bytes bytes, int maxBytes) {
    if (bytes.length() > PEM_MAX * maxBytes) {
      throw new MalformedException("certificates of " + bytes.length() + " bytes");
    }
    List<Bytes> ders = new ArrayList<>();
    if (bytes.length() > 0 && bytes.at(0) == 0x30) {
      ders.add(bytes);
    } else {
      String text = new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1);
      Matcher matcher = PEM.matcher(text);
      while (matcher.find()) {
        ders.add(decoded(matcher.group(2)));
        if (ders.size() > PEM_MAX) {
          throw new MalformedException("more than " + PEM_MAX + " certificates");
        }
      }
    }
    if (ders.isEmpty() || ders.stream().anyMatch(der -> der.length() > maxBytes)) {
      throw new MalformedException("neither DER nor PEM, or too long");
    }
    return ders;
  }

  private static Bytes decoded(@org.jspecify.annotations.Nullable String base64) {
    try {
      return Bytes.of(Base64.getMimeDecoder().decode(base64 == null ? "" : base64));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("PEM that is not base 64");
    }
  }
}
