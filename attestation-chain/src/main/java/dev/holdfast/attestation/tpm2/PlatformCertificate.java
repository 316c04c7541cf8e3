package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Attribute;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.AttributeCertificateHolder;
import org.bouncycastle.cert.X509AttributeCertificateHolder;

/**
 * A manufacturer's word about the machine around a TPM, as read and not yet believed (TCG Platform
 * Certificate Profile 1.1; an attribute certificate of RFC 5755).
 *
 * @param holderIssuers the issuer names of the endorsement certificate that it is about; empty
 *     where it names none
 * @param holderSerial that certificate's serial number, if it names one
 * @param manufacturer the platform's manufacturer; empty if it is not named
 * @param model the platform's model; empty if it is not named
 * @param version the platform's version; empty if it is not named
 * @param serial the platform's serial number; empty if it is not named
 * @param components what the machine is made of; at most 256
 * @param notBefore when it becomes valid
 * @param notAfter when it ends
 */
public record PlatformCertificate(
    List<X500Name> holderIssuers,
    Optional<BigInteger> holderSerial,
    String manufacturer,
    String model,
    String version,
    String serial,
    List<Component> components,
    Instant notBefore,
    Instant notAfter) {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final int COMPONENTS_MAX = 256;
  private static final int ATTRIBUTES_MAX = 64;
  private static final int NAMES_MAX = 64;
  private static final int WORD_MAX = 128;

  /** The names of profile 1.1, and those of 1.0 behind them. */
  private static final List<String> MANUFACTURER = List.of("2.23.133.5.1.1", "2.23.133.2.4");

  private static final List<String> MODEL = List.of("2.23.133.5.1.4", "2.23.133.2.5");
  private static final List<String> VERSION = List.of("2.23.133.5.1.5", "2.23.133.2.6");
  private static final List<String> SERIAL = List.of("2.23.133.5.1.6", "2.23.133.2.23");

  /** platformConfiguration, in its first and its second form. */
  private static final List<String> CONFIGURATION = List.of("2.23.133.5.1.7.1", "2.23.133.5.1.7.2");

  /** Copies the lists. */
  public PlatformCertificate {
    holderIssuers = List.copyOf(holderIssuers);
    components = List.copyOf(components);
  }

  /**
   * A part of the machine.
   *
   * @param manufacturer who made it
   * @param model what it is
   */
  public record Component(String manufacturer, String model) {}

  /**
   * Reads an attribute certificate in DER.
   *
   * @throws MalformedException if a byte is missing, wrong or left over
   */
  static X509AttributeCertificateHolder der(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException("a platform certificate has " + bytes.length() + " bytes");
    }
    try {
      X509AttributeCertificateHolder read = new X509AttributeCertificateHolder(bytes.toByteArray());
      if (!Bytes.of(read.getEncoded()).equals(bytes)) {
        throw new MalformedException("bytes follow the end, or it is not DER");
      }
      return read;
    } catch (IOException | RuntimeException e) {
      throw e instanceof MalformedException malformed
          ? malformed
          : new MalformedException("it is no attribute certificate");
    }
  }

  /**
   * Reads what it says.
   *
   * @throws MalformedException if it has too much of anything, or what it has is of another form
   */
  static PlatformCertificate of(X509AttributeCertificateHolder read) {
    try {
      AttributeCertificateHolder holder = read.getHolder();
      Optional<BigInteger> serial = Optional.ofNullable(holder.getSerialNumber());
      List<X500Name> issuers =
          serial.isPresent() ? List.of(holder.getIssuer()) : List.<X500Name>of();
      Optional<X500Name> name = subject(read);
      return new PlatformCertificate(
          issuers,
          serial,
          word(name, MANUFACTURER),
          word(name, MODEL),
          word(name, VERSION),
          word(name, SERIAL),
          components(read),
          read.getNotBefore().toInstant(),
          read.getNotAfter().toInstant());
    } catch (RuntimeException e) {
      throw e instanceof MalformedException malformed
          ? malformed
          : new MalformedException("its content is of another form than the profile's");
    }
  }

  /** The directory name among the subject's alternative names. */
  private static Optional<X500Name> subject(X509AttributeCertificateHolder read) {
    Extension extension = read.getExtension(Extension.subjectAlternativeName);
    if (extension == null) {
      return Optional.empty();
    }
    GeneralName[] names = GeneralNames.getInstance(extension.getParsedValue()).getNames();
    if (names.length > NAMES_MAX) {
      throw new MalformedException(names.length + " names");
    }
    for (GeneralName name : names) {
      if (name.getTagNo() == GeneralName.directoryName) {
        return Optional.of(X500Name.getInstance(name.getName()));
      }
    }
    return Optional.empty();
  }

  private static String word(Optional<X500Name> name, List<String> types) {
    if (name.isEmpty()) {
      return "";
    }
    RDN[] parts = name.get().getRDNs();
    if (parts.length > NAMES_MAX) {
      throw new MalformedException(parts.length + " parts of a name");
    }
    for (String type : types) {
      for (RDN part : parts) {
        for (AttributeTypeAndValue value : part.getTypesAndValues()) {
          if (value.getType().getId().equals(type)) {
            return text(value.getValue());
          }
        }
      }
    }
    return "";
  }

  private static List<Component> components(X509AttributeCertificateHolder read) {
    Attribute[] attributes = read.getAttributes();
    if (attributes.length > ATTRIBUTES_MAX) {
      throw new MalformedException(attributes.length + " attributes");
    }
    List<Component> components = new ArrayList<>();
    for (Attribute attribute : attributes) {
      if (CONFIGURATION.contains(attribute.getAttrType().getId())) {
        ASN1Set values = attribute.getAttrValues();
        for (ASN1Encodable value : values) {
          addComponents(ASN1Sequence.getInstance(value), components);
        }
      }
    }
    return components;
  }

  /** PlatformConfiguration: the components stand behind tag 0. */
  private static void addComponents(ASN1Sequence configuration, List<Component> components) {
    for (ASN1Encodable member : configuration) {
      if (member instanceof ASN1TaggedObject tagged && tagged.getTagNo() == 0) {
        for (ASN1Encodable one : ASN1Sequence.getInstance(tagged, false)) {
          if (components.size() == COMPONENTS_MAX) {
            throw new MalformedException("more than " + COMPONENTS_MAX + " components");
          }
          components.add(component(ASN1Sequence.getInstance(one)));
        }
      }
    }
  }

  /** ComponentIdentifier: the first two texts are manufacturer and model. */
  private static Component component(ASN1Sequence members) {
    List<String> texts = new ArrayList<>();
    for (ASN1Encodable member : members) {
      if (member instanceof ASN1String && !(member instanceof ASN1ObjectIdentifier)) {
        texts.add(text(member));
      }
    }
    if (texts.size() < 2) {
      throw new MalformedException("a component has no manufacturer or no model");
    }
    return new Component(texts.get(0), texts.get(1));
  }

  private static String text(ASN1Encodable value) {
    String text = value instanceof ASN1String string ? string.getString() : "";
    return text.length() > WORD_MAX ? text.substring(0, WORD_MAX) : text;
  }
}
