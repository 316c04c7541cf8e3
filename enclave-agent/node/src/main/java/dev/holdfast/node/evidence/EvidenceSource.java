package dev.holdfast.node.evidence;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.EvidenceFormat;
import java.io.IOException;
import java.util.List;

/** Whatever can answer a challenge. */
public interface EvidenceSource {
  /** Formats that it can make, its own first. */
  List<EvidenceFormat> formats();

  /** 16 random bytes drawn at boot. */
  ByteString bootId();

  /**
   * Answers a challenge.
   *
   * @param sessionPublicKey the channel's public key, a DER SubjectPublicKeyInfo
   * @return an EvidenceBundle, serialised once
   * @throws IOException when there is no answer: the hardware fails, or makes no format asked for
   */
  ByteString answer(Challenge challenge, Bytes sessionPublicKey) throws IOException;
}
