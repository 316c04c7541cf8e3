package dev.holdfast.attestation.x509;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerTest {
  private static final Anchors NONE = Anchors.parse(List.of(), List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3000",
        "020100",
        "02020080",
        "0201ff",
        "010100",
        "0101ff",
        "0500",
        "06032a8648",
        "03020780",
        "030100",
        "bf1f020500",
        "3003020105"
      })
  void whatDerWritesIsRead(String hex) {
    assertDoesNotThrow(() -> Der.check(Bytes.fromHex(hex), "it"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "30", // no length
        "3080020105" + "0000", // indefinite length
        "308103020105", // a length that is not minimal
        "30820003020105", // the same with two bytes
        "3084000000" + "03020105", // more bytes of length than anything needs
        "3004020105", // longer than what is there
        "300302010500", // a byte after the end
        "3003020205", // an element longer than what holds it
        "02020005", // an integer that is not minimal
        "0202ff80", // a negative one
        "0200", // an integer of no bytes
        "010101", // a boolean that is neither
        "050100", // a null with content
        "0600", // an identifier of no bytes
        "06028001", // an arc that is not minimal
        "06012a86" + "80", // an arc that does not end
        "03020881", // more than 7 unused bits
        "03020701", // unused bits that are set
        "0300", // bits without their count
        "1000", // a sequence that is primitive
        "2401040401" + "00", // a string in parts
        "0000", // an end of contents
        "bf0500", // a long tag for a short number
        "bf80010500" // a long tag that is not minimal
      })
  void whatDerDoesNotWriteIsRefused(String hex) {
    assertThrows(MalformedException.class, () -> Der.check(Bytes.fromHex(hex), "it"));
    CertificatePath.Unsound unsound =
        assertInstanceOf(
            CertificatePath.Unsound.class,
            CertificatePath.find(List.of(Bytes.fromHex(hex)), NONE, Authority.NOW));
    assertEquals(Reason.DER_MALFORMED, unsound.finding().reason());
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 64, 5_000})
  void nestingIsBounded(int depth) {
    byte[] bytes = new byte[depth * 4];
    for (int i = 0; i < depth; i++) {
      int length = (depth - i - 1) * 4;
      bytes[i * 4] = 0x30;
      bytes[i * 4 + 1] = (byte) 0x82;
      bytes[i * 4 + 2] = (byte) (length >> 8);
      bytes[i * 4 + 3] = (byte) length;
    }
    assertThrows(MalformedException.class, () -> Der.check(Bytes.of(bytes), "it"));
  }
}
