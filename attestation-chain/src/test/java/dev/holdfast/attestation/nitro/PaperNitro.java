package dev.holdfast.attestation.nitro;

import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import dev.holdfast.attestation.cose.PaperCose;
import dev.holdfast.attestation.x509.Authority;
import dev.holdfast.attestation.x509.CertificatePath;
import java.security.KeyPair;
import java.util.List;

/** A Nitro Security Module on paper, under a root of its own. */
public final class PaperNitro {
  public static final Bytes NONCE = Bytes.utf8("the nonce that was issued");
  public static final Bytes USER_DATA = Bytes.utf8("user data");
  public static final Bytes PUBLIC_KEY = Bytes.utf8("a public key");
  private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

  private final Authority root = Authority.root("paper nitro");
  private final Authority zone = root.authority("zone");
  private final PaperCose signer = PaperCose.of(CoseAlgorithm.ES384);
  private final Bytes certificate =
      zone.certify("enclave", signer.pair().getPublic(), CLIENT_AUTHENTICATION);

  /** The root, trusted. */
  public CertificatePath.Anchors anchors() {
    return CertificatePath.Anchors.parse(List.of(root.der()), List.of());
  }

  /** What register so-and-so holds. */
  public static Bytes pcr(int index) {
    byte[] value = new byte[48];
    value[0] = (byte) (index + 1);
    return Bytes.of(value);
  }

  /** A good document's content, for tests that change it. */
  public CBORObject content() {
    CBORObject pcrs = CBORObject.NewMap();
    for (int index = 0; index < 5; index++) {
      pcrs.Add(index, pcr(index).toByteArray());
    }
    return CBORObject.NewMap()
        .Add("module_id", "i-1234-enc5678")
        .Add("digest", "SHA384")
        .Add("timestamp", 1_772_366_400_000L)
        .Add("pcrs", pcrs)
        .Add("certificate", certificate.toByteArray())
        .Add(
            "cabundle",
            CBORObject.NewArray().Add(root.der().toByteArray()).Add(zone.der().toByteArray()))
        .Add("public_key", PUBLIC_KEY.toByteArray())
        .Add("user_data", USER_DATA.toByteArray())
        .Add("nonce", NONCE.toByteArray());
  }

  /** The key that documents are signed with: a certificate for it is good content too. */
  public KeyPair keys() {
    return signer.pair();
  }

  /** A document with that content, signed; without a tag, as the module sends it. */
  public Bytes document(CBORObject content) {
    CBORObject header = CBORObject.NewMap().Add(1, CoseAlgorithm.ES384.number());
    return Bytes.of(
        signer
            .parts(Bytes.of(header.EncodeToBytes()), Bytes.of(content.EncodeToBytes()), Bytes.EMPTY)
            .EncodeToBytes());
  }
}
