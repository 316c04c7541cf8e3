package dev.holdfast.attestation.spdm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.spdm.DeviceCertificate.Role;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;

class DeviceCertificateTest {
  private static final String EXTENSION = "1.3.6.1.4.1.412.274.6";
  private static final String HARDWARE_IDENTITY = "1.3.6.1.4.1.412.274.2";

  private static PaperLayers.Added usage(String... purposes) {
    ASN1EncodableVector identifiers = new ASN1EncodableVector();
    for (String purpose : purposes) {
      identifiers.add(new ASN1ObjectIdentifier(purpose));
    }
    return new PaperLayers.Added("2.5.29.37", true, new DERSequence(identifiers));
  }

  private static Bytes leaf(PaperLayers.Added... added) {
    return PaperDevice.withLeaf(added).chain().getFirst();
  }

  private static List<Reason> reasons(Bytes certificate, Role role) {
    return assertInstanceOf(
            Outcome.Refused.class, DeviceCertificate.verify(certificate, role, PaperLayers.NOW))
        .findings()
        .stream()
        .map(finding -> finding.reason())
        .toList();
  }

  private static void accepted(Bytes certificate, Role role) {
    assertInstanceOf(
        Outcome.Proven.class, DeviceCertificate.verify(certificate, role, PaperLayers.NOW));
  }

  @Test
  void aCertificateThatNamesNoRoleServesEither() {
    for (Role role : Role.values()) {
      accepted(leaf(), role);
      accepted(leaf(usage("1.3.6.1.5.5.7.3.1")), role);
      accepted(
          leaf(usage(DeviceCertificate.REQUESTER_USAGE, DeviceCertificate.RESPONDER_USAGE)), role);
    }
  }

  @Test
  void aCertificateForTheOtherRoleIsRefused() {
    Bytes requester = leaf(usage(DeviceCertificate.REQUESTER_USAGE));
    Bytes responder = leaf(usage(DeviceCertificate.RESPONDER_USAGE));
    accepted(requester, Role.REQUESTER);
    accepted(responder, Role.RESPONDER);
    assertEquals(List.of(Reason.DEVICE_ROLE), reasons(requester, Role.RESPONDER));
    assertEquals(List.of(Reason.DEVICE_ROLE), reasons(responder, Role.REQUESTER));
  }

  @Test
  void anAuthorityIsNoDevice() {
    Bytes authority = PaperDevice.withLeaf().chain().get(1);
    assertEquals(
        List.of(Reason.DEVICE_CERTIFICATE, Reason.DEVICE_CERTIFICATE),
        reasons(authority, Role.RESPONDER));
  }

  @Test
  void aCertificateOutsideItsWindowIsRefused() {
    Outcome late = DeviceCertificate.verify(leaf(), Role.RESPONDER, PaperLayers.END.plusSeconds(1));
    assertEquals(
        Reason.CERT_EXPIRED,
        assertInstanceOf(Outcome.Refused.class, late).findings().getFirst().reason());
  }

  @Test
  void theHardwareIdentityIsAClaim() {
    DERSequence identity =
        new DERSequence(new DERSequence(new ASN1ObjectIdentifier(HARDWARE_IDENTITY)));
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            DeviceCertificate.verify(
                leaf(new PaperLayers.Added(EXTENSION, false, identity)),
                Role.RESPONDER,
                PaperLayers.NOW));
    assertEquals(new Claim.Flag("spdm/hardware-identity", true), proven.claims().get(1));
  }

  @Test
  void anExtensionOfSpdmThatCannotBeReadIsRefused() {
    Bytes certificate =
        leaf(new PaperLayers.Added(EXTENSION, false, new DEROctetString(new byte[] {1})));
    assertEquals(List.of(Reason.DEVICE_CERTIFICATE), reasons(certificate, Role.RESPONDER));
  }

  @Test
  void aCertificateCutAnywhereIsMalformed() {
    Bytes whole = leaf();
    for (int length = 0; length < whole.length(); length++) {
      assertEquals(List.of(Reason.DER_MALFORMED), reasons(whole.slice(0, length), Role.RESPONDER));
    }
  }
}
