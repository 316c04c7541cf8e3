package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.NoSuchProviderException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.NoSuchMechanismException;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The one signature of a document (XML Signature 1.1), in the one shape that leaves nothing
 * unsigned: a child of the root, over the whole document but itself, with nothing of its own
 * inside. Everything else, references to parts above all, would let a document hold what nobody
 * signed.
 */
final class EnvelopedSignature {
  private static final String NAMESPACE = XMLSignature.XMLNS;
  private static final String MORE = "http://www.w3.org/2001/04/xmldsig-more#";
  private static final String ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#";
  private static final String NEWER = "http://www.w3.org/2007/05/xmldsig-more#";
  private static final String ENVELOPED = NAMESPACE + "enveloped-signature";
  private static final Set<String> CANONICAL =
      Set.of(
          "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
          "http://www.w3.org/2001/10/xml-exc-c14n#",
          "http://www.w3.org/2006/12/xml-c14n11");
  private static final Set<String> SIGNATURES =
      Set.of(
          MORE + "ecdsa-sha256",
          MORE + "ecdsa-sha384",
          MORE + "ecdsa-sha512",
          MORE + "rsa-sha256",
          MORE + "rsa-sha384",
          MORE + "rsa-sha512",
          NEWER + "sha256-rsa-MGF1",
          NEWER + "sha384-rsa-MGF1",
          NEWER + "sha512-rsa-MGF1");
  private static final Set<String> DIGESTS =
      Set.of(ENCRYPTION + "sha256", MORE + "sha384", ENCRYPTION + "sha512");
  private static final int CERTIFICATES_MAX = 8;
  private static final int CERTIFICATE_MAX_DIGITS = 32 * 1024;

  /** What the search came to. */
  sealed interface Search {}

  /** There is one of the one shape. */
  record Present(EnvelopedSignature signature) implements Search {}

  /** There is no signature of the one shape. */
  record Absent(Finding finding) implements Search {}

  private final Element element;
  private final List<Bytes> certificates;

  private EnvelopedSignature(Element element, List<Bytes> certificates) {
    this.element = element;
    this.certificates = List.copyOf(certificates);
  }

  /** The certificates that it carries, the signer's first. */
  List<Bytes> certificates() {
    return certificates;
  }

  /**
   * Finds the signature of a document.
   *
   * @throws MalformedException if it is there and cannot be read
   */
  static Search find(Document document) {
    NodeList all = document.getElementsByTagNameNS(NAMESPACE, "Signature");
    if (all.getLength() == 0) {
      return absent(Reason.SIGNATURE, "the manifest is not signed");
    }
    Element root = document.getDocumentElement();
    Element signature = (Element) all.item(0);
    if (all.getLength() > 1 || !root.isSameNode(signature.getParentNode())) {
      return absent(
          Reason.EVIDENCE_DUPLICATE,
          "the manifest has more than one signature, or one that is not its own");
    }
    List<Element> parts = children(signature);
    if (!named(parts, "SignedInfo", "SignatureValue", "KeyInfo")) {
      return absent(
          Reason.EVIDENCE_DUPLICATE, "the signature holds more than what it needs to be one");
    }
    List<Element> info = children(parts.get(0));
    if (!named(info, "CanonicalizationMethod", "SignatureMethod", "Reference")) {
      return absent(Reason.EVIDENCE_DUPLICATE, "the signature is not over one thing");
    }
    Element reference = info.get(2);
    List<Element> referenced = children(reference);
    if (!reference.hasAttribute("URI")
        || !reference.getAttribute("URI").isEmpty()
        || !named(referenced, "Transforms", "DigestMethod", "DigestValue")
        || !wholeDocument(children(referenced.get(0)))) {
      return absent(
          Reason.EVIDENCE_DUPLICATE, "the signature is not over the whole document as it stands");
    }
    for (Weak weak :
        List.of(
            new Weak(info.get(0), CANONICAL),
            new Weak(info.get(1), SIGNATURES),
            new Weak(referenced.get(1), DIGESTS))) {
      if (!weak.strong().contains(algorithm(weak.element())) || hasChildren(weak.element())) {
        return new Absent(
            RimVerifier.finding(Reason.ALG_WEAK, "the signature is made by other means than known")
                .finding(algorithm(weak.element()))
                .expecting(List.copyOf(weak.strong())));
      }
    }
    return new Present(new EnvelopedSignature(signature, certificates(parts.get(2))));
  }

  private record Weak(Element element, Set<String> strong) {}

  /** Whether the key made the signature, over the document as it stands. */
  boolean verifies(PublicKey key) {
    DOMValidateContext context =
        new DOMValidateContext(KeySelector.singletonKeySelector(key), element);
    context.setProperty("org.jcp.xml.dsig.secureValidation", true);
    context.setProperty("org.jcp.xml.dsig.internal.dom.SignatureProvider", Signatures.provider());
    try {
      XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM", "XMLDSig");
      return factory.unmarshalXMLSignature(context).validate(context);
    } catch (MarshalException | XMLSignatureException e) {
      return false;
    } catch (NoSuchProviderException | NoSuchMechanismException e) {
      throw new IllegalStateException("every Java runtime has XML signatures", e);
    }
  }

  private static boolean wholeDocument(List<Element> transforms) {
    boolean named =
        !transforms.isEmpty()
            && transforms.stream()
                .allMatch(transform -> is(transform, "Transform") && !hasChildren(transform));
    return named
        && algorithm(transforms.getFirst()).equals(ENVELOPED)
        && (transforms.size() == 1
            || (transforms.size() == 2 && CANONICAL.contains(algorithm(transforms.get(1)))));
  }

  private static List<Bytes> certificates(Element keyInfo) {
    List<Bytes> certificates = new ArrayList<>();
    NodeList found = keyInfo.getElementsByTagNameNS(NAMESPACE, "X509Certificate");
    if (found.getLength() == 0 || found.getLength() > CERTIFICATES_MAX) {
      throw new MalformedException("the signature carries no certificate, or too many");
    }
    for (int i = 0; i < found.getLength(); i++) {
      String digits = found.item(i).getTextContent().replaceAll("\\s", "");
      if (digits.length() > CERTIFICATE_MAX_DIGITS) {
        throw new MalformedException("a certificate is too long");
      }
      try {
        certificates.add(Bytes.of(Base64.getDecoder().decode(digits)));
      } catch (IllegalArgumentException e) {
        throw new MalformedException("a certificate is not base 64");
      }
    }
    return certificates;
  }

  private static String algorithm(Element element) {
    return element.getAttribute("Algorithm");
  }

  private static boolean hasChildren(Element element) {
    return !children(element).isEmpty();
  }

  private static boolean named(List<Element> elements, String... names) {
    if (elements.size() != names.length) {
      return false;
    }
    for (int i = 0; i < names.length; i++) {
      if (!is(elements.get(i), names[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean is(Element element, String name) {
    return NAMESPACE.equals(element.getNamespaceURI()) && name.equals(element.getLocalName());
  }

  private static List<Element> children(Element parent) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }

  private static Absent absent(Reason reason, String message) {
    return new Absent(RimVerifier.finding(reason, message));
  }
}
