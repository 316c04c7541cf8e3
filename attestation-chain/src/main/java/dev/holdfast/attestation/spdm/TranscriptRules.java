package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import java.security.PublicKey;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** What must hold within a transcript of measurements before its signature is looked at. */
final class TranscriptRules {
  private static final int DMTF = 1;
  private static final int CHANGED = 1;

  private final MeasurementTranscript transcript;
  private final PublicKey key;

  TranscriptRules(MeasurementTranscript transcript, PublicKey key) {
    this.transcript = transcript;
    this.key = key;
  }

  void check(List<Finding> findings) {
    transcript.negotiation().ifPresent(negotiation -> checkNegotiation(negotiation, findings));
    if (!transcript.suite().asym().fits(key)) {
      findings.add(
          Finding.against(
                  Reason.ALG_WEAK, "the algorithm that was chosen is not that of the leaf key")
              .at("spdm/algorithms")
              .finding(transcript.suite().asym().name())
              .remedy("Choose the slot whose key is of the algorithm negotiated."));
    }
    Set<Integer> seen = new HashSet<>();
    for (MeasurementTranscript.Exchange exchange : transcript.exchanges()) {
      checkExchange(exchange, findings);
      for (MeasurementBlock block : exchange.blocks()) {
        if (!seen.add(block.index())) {
          findings.add(
              transcriptFinding("measurement " + block.index() + " was given twice")
                  .at(block.claim()));
        }
      }
    }
    int asked = transcript.last().request().signing().orElseThrow().slot();
    if (transcript.last().response().slot() != asked) {
      findings.add(
          transcriptFinding("the device answered for another slot than the one asked for")
              .at("spdm/slot")
              .expecting(Integer.toString(asked))
              .finding(Integer.toString(transcript.last().response().slot())));
    }
    if (transcript.last().response().changed() == CHANGED) {
      findings.add(
          Finding.against(
                  Reason.SPDM_CHANGED, "the device's measurements changed while it gave them")
              .at("spdm/changed")
              .remedy("Ask the device anew."));
    }
    if (seen.isEmpty()) {
      findings.add(
          Finding.against(Reason.EVIDENCE_MISSING, "the device gave no measurement")
              .at("spdm/measurement")
              .remedy("Ask for all measurements."));
    }
  }

  private static void checkNegotiation(
      MeasurementTranscript.Negotiation negotiation, List<Finding> findings) {
    SpdmResponse.Algorithms chosen = negotiation.chosen();
    boolean offered =
        (chosen.asym() & ~negotiation.offered().asym()) == 0
            && (chosen.hash() & ~negotiation.offered().hash()) == 0
            && (chosen.otherParameters() & ~negotiation.offered().otherParameters()) == 0;
    if (!offered || !negotiation.versions().speak(SpdmVersion.V1_2)) {
      findings.add(
          transcriptFinding("the device chose what was not offered").at("spdm/algorithms"));
    }
    if (chosen.measurementSpecification() != DMTF
        || MeasurementHash.ofBit(chosen.measurementHash()).isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.ALG_WEAK, "the measurements are made by no specification or hash known")
              .at("spdm/algorithms")
              .finding(Long.toHexString(chosen.measurementHash()))
              .remedy("Offer DMTF measurements, with SHA-256, SHA-384 or SHA-512."));
    }
  }

  private void checkExchange(MeasurementTranscript.Exchange exchange, List<Finding> findings) {
    int operation = exchange.request().operation();
    int blocks = exchange.blocks().size();
    if (exchange.response().count() != blocks) {
      findings.add(
          transcriptFinding("the device says how many measurements it gave, and gave others")
              .at("spdm/measurement")
              .expecting(Integer.toString(exchange.response().count()))
              .finding(Integer.toString(blocks)));
    }
    boolean asked =
        switch (operation) {
          case SpdmRequest.GetMeasurements.COUNT -> blocks == 0;
          case SpdmRequest.GetMeasurements.ALL -> true;
          default -> blocks == 1 && exchange.blocks().getFirst().index() == operation;
        };
    if (!asked) {
      findings.add(
          transcriptFinding("the device gave other measurements than those asked for")
              .at("spdm/measurement"));
    }
    OptionalInt length =
        transcript
            .negotiation()
            .flatMap(n -> MeasurementHash.ofBit(n.chosen().measurementHash()))
            .map(MeasurementHash::digestBytes)
            .orElse(OptionalInt.empty());
    for (MeasurementBlock block : exchange.blocks()) {
      if (!block.raw() && length.isPresent() && block.value().length() != length.getAsInt()) {
        findings.add(
            Finding.against(Reason.EVIDENCE_SCHEMA, "a digest is not as long as its hash makes it")
                .at(block.claim())
                .expecting(Integer.toString(length.getAsInt()))
                .finding(Integer.toString(block.value().length())));
      }
    }
  }

  private static Finding transcriptFinding(String message) {
    return Finding.against(Reason.SPDM_TRANSCRIPT, message)
        .remedy("Ask the device anew, and look for who stands in between.");
  }
}
