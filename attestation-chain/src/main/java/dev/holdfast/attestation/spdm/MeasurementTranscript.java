package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The messages that a signature over measurements covers, read apart (DSP0274 1.1, 10.11.1, L1;
 * DSP0274 1.2, 10.11.1, L1); unproven.
 *
 * @param version the version spoken
 * @param negotiation what was negotiated; empty in 1.1, where the signature does not cover it
 * @param suite the algorithms of the signature
 * @param exchanges each request with its answer; the last is the signed one
 * @param signed the bytes that the signature covers
 */
record MeasurementTranscript(
    SpdmVersion version,
    Optional<Negotiation> negotiation,
    Suite suite,
    List<Exchange> exchanges,
    Bytes signed) {
  private static final int EXCHANGES_MAX = 256;

  MeasurementTranscript {
    exchanges = List.copyOf(exchanges);
  }

  /** A request for measurements, its answer, and the blocks in it. */
  record Exchange(
      SpdmRequest.GetMeasurements request,
      SpdmResponse.Measurements response,
      List<MeasurementBlock> blocks) {
    Exchange {
      blocks = List.copyOf(blocks);
    }
  }

  /** What was offered and chosen. */
  record Negotiation(
      SpdmResponse.Versions versions,
      SpdmRequest.NegotiateAlgorithms offered,
      SpdmResponse.Algorithms chosen) {}

  /** The exchange whose answer is signed. */
  Exchange last() {
    return exchanges.getLast();
  }

  /** What the signature is over. */
  Bytes signingInput() {
    return SigningInput.of(version, suite.hash(), SigningInput.MEASUREMENTS, signed);
  }

  /**
   * Reads a transcript.
   *
   * @param key the key that is said to have signed
   * @throws MalformedException if lengths do not add up, or messages are missing or superfluous
   */
  static MeasurementTranscript read(Bytes transcript, PublicKey key) {
    ByteCursor cursor = ByteCursor.littleEndian(transcript);
    boolean negotiated =
        !transcript.isEmpty() && transcript.at(0) == SpdmRequest.NEGOTIATION_VERSION;
    Optional<Negotiation> negotiation =
        negotiated ? Optional.of(readNegotiation(cursor)) : Optional.empty();
    Suite suite = suite(negotiation, key);
    SpdmVersion version = negotiated ? SpdmVersion.V1_2 : SpdmVersion.V1_1;
    List<Exchange> exchanges = new ArrayList<>();
    do {
      if (exchanges.size() == EXCHANGES_MAX) {
        throw new MalformedException("more than " + EXCHANGES_MAX + " requests for measurements");
      }
      exchanges.add(exchange(cursor, version, suite));
    } while (exchanges.getLast().request().signing().isEmpty());
    cursor.end("the signed measurements");
    int unsigned = transcript.length() - suite.asym().signatureBytes();
    return new MeasurementTranscript(
        version, negotiation, suite, exchanges, transcript.slice(0, unsigned));
  }

  private static Negotiation readNegotiation(ByteCursor cursor) {
    expect(SpdmRequest.GetVersion.class, SpdmRequest.read(cursor));
    SpdmResponse.Versions versions =
        expect(SpdmResponse.Versions.class, SpdmResponse.read(cursor, SpdmResponse.Shape.NONE));
    SpdmVersion asked =
        expect(SpdmRequest.GetCapabilities.class, SpdmRequest.read(cursor)).version();
    SpdmVersion told =
        expect(SpdmResponse.Capabilities.class, SpdmResponse.read(cursor, SpdmResponse.Shape.NONE))
            .version();
    SpdmRequest.NegotiateAlgorithms offered =
        expect(SpdmRequest.NegotiateAlgorithms.class, SpdmRequest.read(cursor));
    SpdmResponse.Algorithms chosen =
        expect(SpdmResponse.Algorithms.class, SpdmResponse.read(cursor, SpdmResponse.Shape.NONE));
    for (SpdmVersion version : List.of(asked, told, offered.version(), chosen.version())) {
      if (version != SpdmVersion.V1_2) {
        throw new MalformedException(
            "a negotiation that the signature covers is one of SPDM 1.2, not " + version.label());
      }
    }
    return new Negotiation(versions, offered, chosen);
  }

  private static Suite suite(Optional<Negotiation> negotiation, PublicKey key) {
    if (negotiation.isEmpty()) {
      return Suite.of(key)
          .orElseThrow(
              () ->
                  new MalformedException(
                      "nothing tells the algorithms of SPDM 1.1 messages but a key on P-256,"
                          + " P-384 or P-521"));
    }
    SpdmResponse.Algorithms chosen = negotiation.get().chosen();
    return new Suite(
        BaseAsym.ofBit(chosen.asym())
            .orElseThrow(() -> new MalformedException("no known signature was chosen")),
        BaseHash.ofBit(chosen.hash())
            .orElseThrow(() -> new MalformedException("no known hash was chosen")));
  }

  private static Exchange exchange(ByteCursor cursor, SpdmVersion version, Suite suite) {
    SpdmRequest.GetMeasurements request =
        expect(SpdmRequest.GetMeasurements.class, SpdmRequest.read(cursor));
    SpdmResponse.Shape shape = SpdmResponse.Shape.of(suite);
    SpdmResponse.Measurements response =
        expect(
            SpdmResponse.Measurements.class,
            SpdmResponse.read(cursor, request.signing().isPresent() ? shape : shape.unsigned()));
    if (request.version() != version || response.version() != version) {
      throw new MalformedException("the messages are of different versions");
    }
    return new Exchange(request, response, MeasurementBlock.readRecord(response.record()));
  }

  private static <T> T expect(Class<T> kind, Object message) {
    if (!kind.isInstance(message)) {
      throw new MalformedException(
          "where "
              + kind.getSimpleName()
              + " should stand, there is "
              + message.getClass().getSimpleName());
    }
    return kind.cast(message);
  }
}
