package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Challenge;
import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.Nonce;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import dev.holdfast.proto.attestation.v1.Evidence;
import dev.holdfast.proto.attestation.v1.HashAlgorithm;
import dev.holdfast.proto.attestation.v1.PcrValue;
import dev.holdfast.proto.attestation.v1.Tpm2Quote;
import dev.holdfast.server.wire.AttestationWire;
import java.util.List;

/**
 * Bundles of evidence as the server reads and verifies them: what is not signed is not believed.
 */
final class EvidenceTarget implements Target {
  private static final Bytes NONCE = Bytes.fromHex("11".repeat(Nonce.LENGTH));
  private static final Challenge CHALLENGE = new Challenge(new Nonce(NONCE), QuoteTarget.KEY);

  @Override
  public Class<?> reader() {
    return AttestationWire.class;
  }

  @Override
  public List<Bytes> seeds() {
    Tpm2Quote quote =
        Tpm2Quote.newBuilder()
            .setAttest(ByteString.copyFromUtf8("attest"))
            .setSignature(ByteString.copyFromUtf8("signature"))
            .addPcrValues(
                PcrValue.newBuilder()
                    .setBank(HashAlgorithm.HASH_ALGORITHM_SHA256)
                    .setIndex(7)
                    .setDigest(ByteString.copyFrom(new byte[32])))
            .setTcgEventLog(ByteString.copyFromUtf8("log"))
            .setAkPublic(ByteString.copyFrom(QuoteTarget.KEY.toByteArray()))
            .build();
    return List.of(
        Bytes.of(
            dev.holdfast.proto.attestation.v1.EvidenceBundle.newBuilder()
                .setNonce(ByteString.copyFrom(NONCE.toByteArray()))
                .addEvidence(Evidence.newBuilder().setTpm2Quote(quote))
                .setRuntimeMetrics(ByteString.copyFromUtf8("metrics"))
                .setSessionPublicKey(ByteString.copyFrom(QuoteTarget.KEY.toByteArray()))
                .build()
                .toByteArray()));
  }

  /** One serialised bundle. */
  @Override
  public void read(byte[] data) {
    EvidenceBundle bundle;
    try {
      bundle = AttestationWire.evidence(ByteString.copyFrom(data)).bundle();
    } catch (InvalidProtocolBufferException _) {
      return;
    }
    if (!bundle.digest().equals(Sha256.of(Bytes.of(data)))) {
      throw new IllegalStateException("a bundle goes by the digest of other bytes");
    }
    if (bundle.evidence().isEmpty()) {
      return;
    }
    switch (Tpm2QuoteVerifier.verify(bundle, CHALLENGE, QuoteTarget.EXPECTATION)) {
      case Verification.Verified _ ->
          throw new IllegalStateException("evidence was verified without the key");
      case Verification.Rejected rejected -> QuoteTarget.requireRead(rejected.findings());
    }
  }
}
