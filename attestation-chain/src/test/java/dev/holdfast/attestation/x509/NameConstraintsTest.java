package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;

/** Names that a CA does not leave to those below it: attack C12. */
class NameConstraintsTest {
  private static final KeyPair ROOT = PaperCertificate.ec("P-256");
  private static final KeyPair MIDDLE = PaperCertificate.ec("P-256");
  private static final Anchors ANCHORS =
      Anchors.parse(
          List.of(new PaperCertificate("CN=root", ROOT, "CN=root").ofAuthority().signedBy(ROOT)),
          List.of());
  private static final GeneralSubtree SITE = subtree(GeneralName.dNSName, "site.example");

  private static GeneralSubtree subtree(int kind, String name) {
    return new GeneralSubtree(new GeneralName(kind, name));
  }

  private static NameConstraints permitted(GeneralSubtree... subtrees) {
    return new NameConstraints(subtrees, null);
  }

  private static NameConstraints excluded(GeneralSubtree... subtrees) {
    return new NameConstraints(null, subtrees);
  }

  private static Bytes middle(ASN1Encodable constraints) {
    return new PaperCertificate("O=maker,CN=middle", MIDDLE, "CN=root")
        .ofAuthority()
        .with(Extension.nameConstraints, true, constraints)
        .signedBy(ROOT);
  }

  private static Bytes leaf(String subject, GeneralName... names) {
    PaperCertificate leaf = new PaperCertificate(subject, MIDDLE, "O=maker,CN=middle");
    if (names.length > 0) {
      leaf.with(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return leaf.signedBy(MIDDLE);
  }

  private static Bytes host(String... names) {
    return leaf(
        "O=maker,CN=host",
        Arrays.stream(names)
            .map(name -> new GeneralName(GeneralName.dNSName, name))
            .toArray(GeneralName[]::new));
  }

  private static void sound(Bytes leaf, ASN1Encodable constraints) {
    CertificatePath.Judgement judgement =
        CertificatePath.find(List.of(leaf, middle(constraints)), ANCHORS, Authority.NOW);
    assertInstanceOf(CertificatePath.Sound.class, judgement, "" + judgement);
  }

  private static void unsound(Bytes leaf, ASN1Encodable constraints) {
    CertificatePath.Unsound unsound =
        assertInstanceOf(
            CertificatePath.Unsound.class,
            CertificatePath.find(List.of(leaf, middle(constraints)), ANCHORS, Authority.NOW));
    assertEquals(Reason.CERT_CHAIN, unsound.finding().reason(), unsound.words());
  }

  @Test
  void everyHostNameMustBePermitted() {
    sound(host("a.site.example"), permitted(SITE));
    sound(host("site.example", "b.site.example"), permitted(SITE));
    unsound(host("a.other.example"), permitted(SITE));
    unsound(host("a.site.example", "a.other.example"), permitted(SITE));
    unsound(host("notsite.example"), permitted(SITE));
  }

  @Test
  void noHostNameMayBeExcluded() {
    sound(host("a.other.example"), excluded(SITE));
    unsound(host("a.site.example"), excluded(SITE));
    unsound(host("a.other.example", "SITE.example"), excluded(SITE));
    unsound(
        host("a.site.example"),
        new NameConstraints(new GeneralSubtree[] {SITE}, new GeneralSubtree[] {SITE}));
  }

  @Test
  void theSubjectMustBeBelowAPermittedDirectoryName() {
    GeneralSubtree maker = new GeneralSubtree(new GeneralName(new X500Name("O=maker")));
    sound(leaf("O=maker,CN=leaf"), permitted(maker));
    unsound(leaf("O=other,CN=leaf"), permitted(maker));
    unsound(leaf("CN=leaf,O=maker"), permitted(maker));
    unsound(leaf("O=maker,CN=leaf"), excluded(maker));
    sound(leaf("O=other,CN=leaf"), excluded(maker));
  }

  @Test
  void aMailAddressInTheSubjectIsBoundAsOneBesideIt() {
    GeneralSubtree mail = subtree(GeneralName.rfc822Name, "site.example");
    sound(leaf("E=a@site.example,CN=leaf"), permitted(mail));
    unsound(leaf("E=a@other.example,CN=leaf"), permitted(mail));
    unsound(leaf("CN=leaf+E=a@other.example"), permitted(mail));
    unsound(leaf("E=a@site.example,CN=leaf"), excluded(mail));
  }

  @Test
  void anAddressMustBeInAPermittedNetwork() {
    GeneralSubtree network = subtree(GeneralName.iPAddress, "10.1.0.0/255.255.0.0");
    sound(leaf("CN=leaf", new GeneralName(GeneralName.iPAddress, "10.1.2.3")), permitted(network));
    unsound(
        leaf("CN=leaf", new GeneralName(GeneralName.iPAddress, "10.2.2.3")), permitted(network));
  }

  @Test
  void constraintsThatSayNothingOrCannotBeReadRefuse() {
    Bytes host = host("a.site.example");
    unsound(host, new DERSequence());
    unsound(host, DERNull.INSTANCE);
    GeneralSubtree[] many = new GeneralSubtree[65];
    Arrays.fill(many, SITE);
    unsound(host, permitted(many));
    sound(host, permitted(Arrays.copyOf(many, 64)));
  }

  @Test
  void theConstraintsOfEveryCaHold() {
    Bytes outer =
        new PaperCertificate("CN=outer", MIDDLE, "CN=root")
            .ofAuthority()
            .with(Extension.nameConstraints, true, permitted(SITE))
            .signedBy(ROOT);
    Bytes inner =
        new PaperCertificate("O=maker,CN=middle", MIDDLE, "CN=outer")
            .ofAuthority()
            .with(
                Extension.nameConstraints, true, permitted(subtree(GeneralName.dNSName, "example")))
            .signedBy(MIDDLE);
    assertInstanceOf(
        CertificatePath.Sound.class,
        CertificatePath.find(
            List.of(host("a.site.example"), inner, outer), ANCHORS, Authority.NOW));
    assertInstanceOf(
        CertificatePath.Unsound.class,
        CertificatePath.find(
            List.of(host("a.other.example"), inner, outer), ANCHORS, Authority.NOW));
  }
}
