package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.Der;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;

/**
 * What AMD's key distribution server writes into the certificate of a VCEK or VLEK (AMD 57230,
 * tables 8 to 10): the product, the chip or provider, and the TCB that the key is derived from.
 *
 * @param signer VCEK or VLEK
 * @param productName such as {@code Milan-B0}
 * @param product its line
 * @param tcb the security versions
 * @param chipId 64 bytes, or 8 from Turin on; empty for a VLEK
 * @param provider the cloud provider of a VLEK; empty for a VCEK
 */
public record EndorsementKeyCertificate(
    SnpSigner signer,
    String productName,
    SnpProduct product,
    SnpTcb tcb,
    Optional<Bytes> chipId,
    Optional<String> provider) {
  private static final String AMD = "1.3.6.1.4.1.3704.1.";
  private static final String PRODUCT_NAME = AMD + "2";
  private static final String BOOT_LOADER = AMD + "3.1";
  private static final String TEE = AMD + "3.2";
  private static final String SNP = AMD + "3.3";
  private static final String MICROCODE = AMD + "3.8";
  private static final String FMC = AMD + "3.9";
  private static final String CHIP_ID = AMD + "4";
  private static final String PROVIDER = AMD + "5";
  private static final int WORD_MAX = 128;
  private static final int OCTET_STRING = 0x04;

  /**
   * Reads the extensions of a certificate, which is not believed by that; empty if it is none of an
   * endorsement key.
   */
  public static Optional<EndorsementKeyCertificate> find(X509Certificate certificate) {
    try {
      return Optional.of(of(certificate));
    } catch (MalformedException other) {
      return Optional.empty();
    }
  }

  /**
   * Reads the extensions; whether the certificate is to be believed is not judged here.
   *
   * @throws MalformedException if one is missing, of another form, or contradicts another
   */
  static EndorsementKeyCertificate of(X509Certificate certificate) {
    String name = word(certificate, PRODUCT_NAME).orElseThrow(() -> missing("product name"));
    SnpProduct product =
        SnpProduct.ofName(name)
            .orElseThrow(
                () -> new MalformedException("the endorsement key's product is not known here"));
    for (int reserved = 4; reserved <= 7; reserved++) {
      if (number(certificate, AMD + "3." + reserved).orElse(0) != 0) {
        throw new MalformedException("a reserved security version of the certificate is not zero");
      }
    }
    Optional<Integer> fmc = number(certificate, FMC);
    if (fmc.isPresent() != product.fmcFirst()) {
      throw new MalformedException(
          "a certificate has the version of a first mutable code from Turin on, and only then");
    }
    SnpTcb tcb =
        new SnpTcb(
            fmc.orElse(0),
            number(certificate, BOOT_LOADER).orElseThrow(() -> missing("boot loader")),
            number(certificate, TEE).orElseThrow(() -> missing("TEE")),
            number(certificate, SNP).orElseThrow(() -> missing("SNP firmware")),
            number(certificate, MICROCODE).orElseThrow(() -> missing("microcode")));
    Optional<Bytes> chipId =
        Certificates.extension(certificate, CHIP_ID)
            .map(value -> octets(value, product.chipIdLength()));
    Optional<String> provider = word(certificate, PROVIDER);
    if (chipId.isPresent() == provider.isPresent()) {
      throw new MalformedException("a certificate names either a chip or a provider");
    }
    return new EndorsementKeyCertificate(
        chipId.isPresent() ? SnpSigner.VCEK : SnpSigner.VLEK, name, product, tcb, chipId, provider);
  }

  /** The stepping that the name holds, if it does: {@code B0} of {@code Milan-B0}. */
  public Optional<String> stepping() {
    String rest = productName.substring(product.word().length());
    return rest.isEmpty() ? Optional.empty() : Optional.of(rest.substring(1));
  }

  private static MalformedException missing(String what) {
    return new MalformedException("the endorsement key's certificate lacks the " + what);
  }

  private static Optional<Integer> number(X509Certificate certificate, String identifier) {
    return Certificates.extension(certificate, identifier)
        .map(
            value -> {
              if (read(value) instanceof ASN1Integer integer
                  && integer.getValue().signum() >= 0
                  && integer.getValue().compareTo(BigInteger.valueOf(0xff)) <= 0) {
                return integer.intValueExact();
              }
              throw new MalformedException("extension " + identifier + " is no number up to 255");
            });
  }

  private static Optional<String> word(X509Certificate certificate, String identifier) {
    return Certificates.extension(certificate, identifier)
        .map(
            value -> {
              if (read(value) instanceof ASN1IA5String text) {
                byte[] characters = text.getString().getBytes(StandardCharsets.US_ASCII);
                if (characters.length > 0 && characters.length <= WORD_MAX) {
                  return text.getString();
                }
              }
              throw new MalformedException("extension " + identifier + " is no short IA5String");
            });
  }

  /** The server writes the bytes themselves; an OCTET STRING around them is read as well. */
  private static Bytes octets(Bytes value, int length) {
    if (value.length() == length) {
      return value;
    }
    if (!value.isEmpty()
        && value.at(0) == OCTET_STRING
        && read(value) instanceof ASN1OctetString octets
        && octets.getOctets().length == length) {
      return Bytes.of(octets.getOctets());
    }
    throw new MalformedException("the chip's identifier has another length than " + length);
  }

  private static ASN1Primitive read(Bytes value) {
    Der.check(value, "an extension of the endorsement key's certificate");
    try {
      return ASN1Primitive.fromByteArray(value.toByteArray());
    } catch (java.io.IOException | RuntimeException e) {
      throw new MalformedException("an extension of the certificate cannot be read");
    }
  }
}
