package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.w3c.dom.Document;

/** A maker of manifests with a root of its own. */
final class PaperManifest {
  private static final String C14N = "http://www.w3.org/2006/12/xml-c14n11";
  private static final String MORE = "http://www.w3.org/2001/04/xmldsig-more#";

  static final String TAG =
      "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\""
          + " xmlns:S=\"http://www.w3.org/2001/04/xmlenc#sha384\""
          + " xmlns:T=\"http://www.w3.org/2001/04/xmlenc#sha256\""
          + " name=\"sheet\" tagId=\"paper-1\" tagVersion=\"3\">"
          + "<Meta colloquialVersion=\"1.0.7\" product=\"sheet\"/>"
          + "<Payload>"
          + "<Resource type=\"Measurement\" index=\"1\" active=\"True\" alternatives=\"1\""
          + " S:Hash0=\""
          + "11".repeat(48)
          + "\" name=\"one\"/>"
          + "<Resource type=\"Measurement\" index=\"2\" active=\"True\" alternatives=\"2\""
          + " S:Hash0=\""
          + "22".repeat(48)
          + "\" S:Hash1=\""
          + "33".repeat(48)
          + "\" name=\"two\"/>"
          + "<Resource type=\"Measurement\" index=\"9\" active=\"False\" alternatives=\"0\""
          + " name=\"nine\"/>"
          + "<File name=\"boot\" T:hash=\""
          + "44".repeat(32)
          + "\"/>"
          + "</Payload></SoftwareIdentity>";

  private final PaperLayers layers =
      PaperLayers.root("secp384r1").layer("Paper manifests").leaf("Paper signer");

  CertificatePath.Anchors anchors() {
    return layers.anchors();
  }

  ReferenceManifest manifest() {
    return new ReferenceManifest(
        "paper-1",
        "sheet",
        3,
        "1.0.7",
        "sheet",
        List.of(
            new ReferenceManifest.Value(
                "one", OptionalInt.of(1), true, List.of(Bytes.fromHex("11".repeat(48)))),
            new ReferenceManifest.Value(
                "two",
                OptionalInt.of(2),
                true,
                List.of(Bytes.fromHex("22".repeat(48)), Bytes.fromHex("33".repeat(48)))),
            new ReferenceManifest.Value("nine", OptionalInt.of(9), false, List.of()),
            new ReferenceManifest.Value(
                "boot", OptionalInt.empty(), true, List.of(Bytes.fromHex("44".repeat(32))))));
  }

  /** The tag with a signature inside. */
  String signed(String tag) {
    try {
      Document document = SecureXml.parse(Bytes.utf8(tag));
      XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM", "XMLDSig");
      Reference reference =
          factory.newReference(
              "",
              factory.newDigestMethod(MORE + "sha384", null),
              List.of(
                  factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
                  factory.newTransform(C14N, (TransformParameterSpec) null)),
              null,
              null);
      CanonicalizationMethod canonical =
          factory.newCanonicalizationMethod(C14N, (C14NMethodParameterSpec) null);
      SignedInfo info =
          factory.newSignedInfo(
              canonical,
              factory.newSignatureMethod(MORE + "ecdsa-sha384", null),
              List.of(reference));
      KeyInfoFactory keys = factory.getKeyInfoFactory();
      List<X509Certificate> certificates = new ArrayList<>();
      layers.chain().forEach(der -> certificates.add(Certificates.parseDer(der)));
      DOMSignContext context =
          new DOMSignContext(layers.keys().getPrivate(), document.getDocumentElement());
      context.setDefaultNamespacePrefix("ds");
      context.setProperty(
          "org.jcp.xml.dsig.internal.dom.SignatureProvider", new BouncyCastleProvider());
      factory
          .newXMLSignature(info, keys.newKeyInfo(List.of(keys.newX509Data(certificates))))
          .sign(context);
      return text(document);
    } catch (GeneralSecurityException
        | MarshalException
        | XMLSignatureException
        | TransformerException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(Document document) throws TransformerException {
    Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
    transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    StringWriter writer = new StringWriter();
    transformer.transform(new DOMSource(document), new StreamResult(writer));
    return writer.toString();
  }
}
