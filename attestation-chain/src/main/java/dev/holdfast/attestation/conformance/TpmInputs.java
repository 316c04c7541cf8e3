package dev.holdfast.attestation.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** What cases about TPMs and their logs are made of: register values, lists of digests, keys. */
final class TpmInputs {
  private static final int INDEX_MAX = 23;

  private TpmInputs() {}

  /**
   * A value of a register as a case gives it.
   *
   * @param value of any length
   */
  record Given(PcrBank bank, int index, Bytes value) {}

  /** Reads {@code {bank: {index: hex}}}. */
  static List<Given> registers(JsonNode banks, String name) {
    List<Given> registers = new ArrayList<>();
    banks
        .properties()
        .forEach(
            bank ->
                bank.getValue()
                    .properties()
                    .forEach(
                        register ->
                            registers.add(
                                new Given(
                                    bank(bank.getKey(), name),
                                    index(register.getKey(), name),
                                    hex(register.getValue(), name)))));
    return registers;
  }

  /** The bank of a name such as sha256. */
  static PcrBank bank(String label, String name) {
    return PcrBank.ofLabel(label)
        .orElseThrow(() -> new CaseException("input " + name + " names no bank: " + label));
  }

  private static int index(String text, String name) {
    try {
      int index = Integer.parseInt(text);
      if (index >= 0 && index <= INDEX_MAX) {
        return index;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new CaseException("input " + name + " names no register: " + text);
  }

  /** Reads a text of hexadecimal digits. */
  static Bytes hex(JsonNode text, String name) {
    return Inputs.hex(text.asText(), name);
  }

  /** Reads a SubjectPublicKeyInfo, a JWK or a certificate, DER or PEM. */
  static PublicKey key(Bytes bytes, String name) {
    try {
      byte[] der = bytes.toByteArray();
      String text = new String(der, StandardCharsets.ISO_8859_1).strip();
      if (text.startsWith("{")) {
        if (JWK.parse(text) instanceof AsymmetricJWK key) {
          return key.toPublicKey();
        }
        throw new CaseException("input " + name + " is no public key");
      }
      if (text.contains("BEGIN CERTIFICATE")) {
        return certificate(der);
      }
      if (text.contains("-----BEGIN")) {
        String body = text.replaceAll("(?s).*?-----BEGIN [^-]+-----([^-]*)-----END.*", "$1");
        der = Base64.getMimeDecoder().decode(body);
      }
      try {
        String algorithm = algorithm(SubjectPublicKeyInfo.getInstance(der));
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
      } catch (IllegalArgumentException notAKey) {
        return certificate(der);
      }
    } catch (GeneralSecurityException
        | ParseException
        | JOSEException
        | IllegalArgumentException e) {
      throw new CaseException("input " + name + " is no key: " + e.getMessage());
    }
  }

  private static PublicKey certificate(byte[] bytes) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(bytes))
        .getPublicKey();
  }

  private static String algorithm(SubjectPublicKeyInfo info) {
    String id = info.getAlgorithm().getAlgorithm().getId();
    return switch (id) {
      case "1.2.840.10045.2.1" -> "EC";
      case "1.2.840.113549.1.1.1" -> "RSA";
      case "1.2.840.113549.1.1.10" -> "RSASSA-PSS";
      default -> id;
    };
  }
}
