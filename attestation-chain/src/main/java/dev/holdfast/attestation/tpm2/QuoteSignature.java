package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.crypto.Signatures.Signed;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/** Whether the enrolled key signed an attestation structure, by the scheme it was made for. */
final class QuoteSignature {
  private QuoteSignature() {}

  static Finding missing() {
    return Finding.against(Reason.TPM_SIGNATURE, "the quote has no signature")
        .at("tpm/signature")
        .remedy("Send the TPMT_SIGNATURE that TPM2_Quote returned.");
  }

  static void check(
      Bytes attest, TpmSignature signature, AttestationKey key, List<Finding> findings) {
    TpmPublic area = key.area();
    boolean otherScheme = area.scheme().filter(scheme -> scheme != signature.scheme()).isPresent();
    boolean otherHash = area.schemeHash().filter(hash -> hash != signature.hash()).isPresent();
    boolean otherKind =
        (area.key() instanceof TpmPublic.Rsa) != (signature instanceof TpmSignature.Rsa);
    if (otherScheme || otherHash || otherKind) {
      findings.add(
          Finding.against(
                  Reason.ALG_MISMATCH, "the signature is by another scheme than the enrolled key's")
              .at("tpm/signature")
              .expecting(area.scheme().map(Enum::name).orElse(key.javaKey().getAlgorithm()))
              .finding(signature.scheme() + " over " + signature.hash().label())
              .remedy("Quote with the enrolled key, or enrol the node again."));
    } else if (!verifies(attest, signature, key)) {
      findings.add(
          Finding.against(
                  Reason.TPM_SIGNATURE, "the enrolled attestation key did not make the signature")
              .at("tpm/signature")
              .expecting(key.name().hex())
              .remedy("Quote with the enrolled key, or enrol the node again."));
    }
  }

  private static boolean verifies(Bytes attest, TpmSignature signature, AttestationKey key) {
    PublicKey publicKey = key.javaKey();
    return switch (signature) {
      case TpmSignature.Rsa(SignatureScheme scheme, PcrBank hash, Bytes value) -> {
        if (!(key.area().key() instanceof TpmPublic.Rsa)) {
          yield false;
        }
        yield scheme == SignatureScheme.RSAPSS
            ? Signatures.verifyRsaPss(new Signed(publicKey, hash, attest, value))
            : Signatures.verifyRsa(new Signed(publicKey, hash, attest, value));
      }
      case TpmSignature.Ecdsa(PcrBank hash, Bytes r, Bytes s) -> {
        if (!(key.area().key() instanceof TpmPublic.Ecc ecc)) {
          yield false;
        }
        Optional<Bytes> first = ecc.curve().scalar(r);
        Optional<Bytes> second = ecc.curve().scalar(s);
        yield first.isPresent()
            && second.isPresent()
            && Signatures.verifyEcdsa(
                new Signed(publicKey, hash, attest, Bytes.concat(first.get(), second.get())));
      }
    };
  }
}
