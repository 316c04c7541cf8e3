package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.TcbLevel;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.Der;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;

/**
 * What a PCK certificate says of its platform (Intel SGX PCK certificate and CRL profile
 * specification, 1.5, section 1.3.5; extension 1.2.840.113741.1.13.1).
 *
 * @param ppid the platform, 16 bytes
 * @param components security versions of the 16 components
 * @param pceSvn 0 to 65535
 * @param cpuSvn 16 bytes
 * @param pceId 0 to 65535
 * @param fmspc the kind of platform, 6 bytes
 * @param ca who issued it
 */
public record PckCertificate(
    Bytes ppid, Bytes components, int pceSvn, Bytes cpuSvn, int pceId, Bytes fmspc, Ca ca) {
  private static final String EXTENSION = "1.2.840.113741.1.13.1";
  private static final String PPID = EXTENSION + ".1";
  private static final String TCB = EXTENSION + ".2";
  private static final String PCE_SVN = TCB + ".17";
  private static final String CPU_SVN = TCB + ".18";
  private static final String PCE_ID = EXTENSION + ".3";
  private static final String FMSPC = EXTENSION + ".4";
  private static final int MEMBERS_MAX = 32;
  private static final int SVN_MAX = 0xffff;

  /** A certification authority for PCKs. */
  public enum Ca {
    /** For single processors. */
    PROCESSOR,
    /** For platforms of one or more processors. */
    PLATFORM
  }

  /** Reads a certificate, which is not believed by that; empty if it is none of a PCK. */
  public static Optional<PckCertificate> find(X509Certificate certificate) {
    try {
      return Optional.of(of(certificate));
    } catch (MalformedException other) {
      return Optional.empty();
    }
  }

  /**
   * Reads a certificate.
   *
   * @throws MalformedException if it is none of a PCK
   */
  static PckCertificate of(X509Certificate certificate) {
    String issuer = certificate.getIssuerX500Principal().getName();
    boolean platform = issuer.contains("PCK Platform CA");
    if (certificate.getBasicConstraints() >= 0
        || (!platform && !issuer.contains("PCK Processor CA"))) {
      throw new MalformedException("it was issued by \"" + issuer + "\", no CA for PCKs");
    }
    Bytes extension =
        Certificates.extension(certificate, EXTENSION)
            .orElseThrow(() -> new MalformedException("it has no SGX extension"));
    Der.check(extension, "the SGX extension");
    try {
      Map<String, ASN1Encodable> members = members(extension.toByteArray());
      Map<String, ASN1Encodable> tcb = members(required(members, TCB));
      byte[] components = new byte[TcbLevel.COMPONENTS];
      for (int i = 0; i < components.length; i++) {
        components[i] = (byte) integer(tcb, TCB + "." + (i + 1), 0xff);
      }
      Bytes pceId = octets(members, PCE_ID, 2);
      return new PckCertificate(
          octets(members, PPID, 16),
          Bytes.of(components),
          integer(tcb, PCE_SVN, SVN_MAX),
          octets(tcb, CPU_SVN, 16),
          pceId.at(0) << 8 | pceId.at(1),
          octets(members, FMSPC, 6),
          platform ? Ca.PLATFORM : Ca.PROCESSOR);
    } catch (IllegalArgumentException | ArithmeticException | ClassCastException e) {
      throw new MalformedException("its SGX extension cannot be read");
    }
  }

  private static Map<String, ASN1Encodable> members(Object sequence) {
    Map<String, ASN1Encodable> members = new HashMap<>();
    for (ASN1Encodable element : ASN1Sequence.getInstance(sequence)) {
      ASN1Sequence pair = ASN1Sequence.getInstance(element);
      if (pair.size() != 2 || members.size() == MEMBERS_MAX) {
        throw new MalformedException("its SGX extension is no list of pairs");
      }
      String identifier = ASN1ObjectIdentifier.getInstance(pair.getObjectAt(0)).getId();
      if (members.put(identifier, pair.getObjectAt(1)) != null) {
        throw new MalformedException("its SGX extension has " + identifier + " twice");
      }
    }
    return members;
  }

  private static ASN1Encodable required(Map<String, ASN1Encodable> members, String identifier) {
    ASN1Encodable value = members.get(identifier);
    if (value == null) {
      throw new MalformedException("its SGX extension lacks " + identifier);
    }
    return value;
  }

  private static int integer(Map<String, ASN1Encodable> members, String identifier, int max) {
    int value = ASN1Integer.getInstance(required(members, identifier)).intValueExact();
    if (value < 0 || value > max) {
      throw new MalformedException(identifier + " is " + value + ", not 0 to " + max);
    }
    return value;
  }

  private static Bytes octets(Map<String, ASN1Encodable> members, String identifier, int length) {
    Bytes value = Bytes.of(ASN1OctetString.getInstance(required(members, identifier)).getOctets());
    if (value.length() != length) {
      throw new MalformedException(identifier + " has " + value.length() + " bytes");
    }
    return value;
  }
}
