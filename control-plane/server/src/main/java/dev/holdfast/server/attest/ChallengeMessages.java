package dev.holdfast.server.attest;

import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.PathwayName;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.proto.attestation.v1.Challenge;
import dev.holdfast.proto.attestation.v1.ChallengeReason;
import dev.holdfast.server.config.Asked;
import dev.holdfast.server.wire.AttestationWire;
import dev.holdfast.server.wire.Write;

/** Challenges as nodes get them. */
public final class ChallengeMessages {
  private ChallengeMessages() {}

  /** A challenge for the wire. */
  public static Challenge challenge(Challenges.Issued issued, Asked asked) {
    Challenge.Builder challenge =
        Challenge.newBuilder()
            .setNonce(Write.bytes(issued.nonce().value()))
            .setReason(reason(issued.occasion()))
            .setAnswerTimeout(Write.span(issued.lifetime()));
    for (EvidenceFormat format : asked.formats()) {
      challenge.addFormats(AttestationWire.format(format));
    }
    for (PcrSelection selection : asked.selections()) {
      challenge.addPcrSelections(
          dev.holdfast.proto.attestation.v1.PcrSelection.newBuilder()
              .setBank(AttestationWire.bank(selection.bank()))
              .addAllIndexes(selection.indexes()));
    }
    for (PathwayName pathway : issued.pathways()) {
      challenge.addPathways(pathway.toString());
    }
    return challenge.build();
  }

  private static ChallengeReason reason(Challenges.Occasion occasion) {
    return switch (occasion) {
      case ENROLMENT -> ChallengeReason.CHALLENGE_REASON_ENROLMENT;
      case SESSION -> ChallengeReason.CHALLENGE_REASON_SESSION;
      case PATHWAY -> ChallengeReason.CHALLENGE_REASON_PATHWAY;
      case EXPIRY -> ChallengeReason.CHALLENGE_REASON_EXPIRY;
      case ADJUSTMENT -> ChallengeReason.CHALLENGE_REASON_ADJUSTMENT;
      case CALLER -> ChallengeReason.CHALLENGE_REASON_CALLER;
    };
  }
}
