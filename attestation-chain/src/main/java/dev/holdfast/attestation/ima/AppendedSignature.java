package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.x509.Der;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;

/**
 * The signature at the end of a kernel module or image, as a list in the form {@code ima-modsig}
 * holds it (Linux, security/integrity/ima/ima_modsig.c).
 *
 * @param digest what the kernel computed of the file to compare with the signature: over the
 *     content without it, or over the signed attributes, of which the kernel checked that they hold
 *     that digest
 * @param message PKCS #7 SignedData (RFC 2315) in DER with one signer, its content elsewhere; at
 *     most 64 KiB
 */
public record AppendedSignature(ImaDigest digest, Bytes message) {
  private static final int MESSAGE_MAX_BYTES = 64 * 1024;
  private static final Map<ASN1ObjectIdentifier, PcrBank> HASHES =
      Map.of(
          NISTObjectIdentifiers.id_sha256, PcrBank.SHA256,
          NISTObjectIdentifiers.id_sha384, PcrBank.SHA384,
          NISTObjectIdentifiers.id_sha512, PcrBank.SHA512);

  /** Whether a key made it; never over SHA-1. */
  public boolean verifies(ImaKey key) {
    Optional<DigestSignature> signature = signature();
    return signature.isPresent()
        && digest.algorithm().equals(signature.get().hash().label())
        && signature.get().verifies(digest.value(), key);
  }

  /** Empty where the message is of no form that could verify. */
  private Optional<DigestSignature> signature() {
    if (message.isEmpty() || message.length() > MESSAGE_MAX_BYTES) {
      return Optional.empty();
    }
    try {
      Der.check(message, "a signature at the end of a file");
      ContentInfo content =
          ContentInfo.getInstance(ASN1Primitive.fromByteArray(message.toByteArray()));
      ASN1Set signers = SignedData.getInstance(content.getContent()).getSignerInfos();
      if (signers.size() != 1) {
        return Optional.empty();
      }
      SignerInfo signer = SignerInfo.getInstance(signers.getObjectAt(0));
      Bytes value = Bytes.of(signer.getEncryptedDigest().getOctets());
      return Optional.ofNullable(HASHES.get(signer.getDigestAlgorithm().getAlgorithm()))
          .map(hash -> new DigestSignature(hash, value));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
