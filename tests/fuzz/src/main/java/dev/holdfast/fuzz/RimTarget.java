package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.rim.RimVerifier;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Instant;
import java.util.List;

/** Reference manifests: never an exception, and no proof without an anchor. */
final class RimTarget implements Target {
  private static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  private static final CertificatePath.Anchors NONE =
      CertificatePath.Anchors.parse(List.of(), List.of());
  private static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";
  private static final String C14N = "http://www.w3.org/2006/12/xml-c14n11";
  private static final String MORE = "http://www.w3.org/2001/04/xmldsig-more#";

  @Override
  public Class<?> reader() {
    return RimVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    String signature =
        "<Signature xmlns=\""
            + DSIG
            + "\"><SignedInfo>"
            + "<CanonicalizationMethod Algorithm=\""
            + C14N
            + "\"/>"
            + "<SignatureMethod Algorithm=\""
            + MORE
            + "ecdsa-sha384\"/>"
            + "<Reference URI=\"\"><Transforms>"
            + "<Transform Algorithm=\""
            + DSIG
            + "enveloped-signature\"/></Transforms>"
            + "<DigestMethod Algorithm=\""
            + MORE
            + "sha384\"/><DigestValue>AA==</DigestValue>"
            + "</Reference></SignedInfo><SignatureValue>AA==</SignatureValue>"
            + "<KeyInfo><X509Data><X509Certificate>AA==</X509Certificate></X509Data></KeyInfo>"
            + "</Signature>";
    return List.of(
        Bytes.utf8(
            "<SoftwareIdentity"
                + " xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\""
                + " name=\"a\" tagId=\"b\">"
                + signature
                + "</SoftwareIdentity>"));
  }

  /** One document. */
  @Override
  public void read(byte[] data) {
    Unproven.require(RimVerifier.verify(Bytes.of(data), NONE, AT));
  }
}
