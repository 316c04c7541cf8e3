package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The other end of an SPDM 1.2 conversation, the one that answers (DSP0274 1.2, clause 10).
 *
 * <p>Bytes in, bytes out, and immutable: every request leads to a responder of its own. The only
 * thing that may act is the device's signer.
 */
public final class SpdmResponder {
  /** Longest request, bytes. */
  public static final int REQUEST_MAX_BYTES = 4096;

  private static final SpdmVersion VERSION = SpdmVersion.V1_2;
  private static final int VERSION_ENTRY = 0x1200;
  private static final int MEASUREMENTS_FRESH = 1 << 5;
  private static final int DMTF = 1;
  private static final int ALL = 0xff;
  private static final int CERTIFICATE_HEADER_BYTES = 8;
  private static final int TRANSCRIPT_MAX_BYTES = 1024 * 1024;

  private final SpdmDevice device;
  private final State state;

  private SpdmResponder(SpdmDevice device, State state) {
    this.device = device;
    this.state = state;
  }

  private enum Phase {
    START,
    VERSIONED,
    CAPABLE,
    NEGOTIATED
  }

  /** The transcripts so far: of negotiation (A), of identity (B), and of measurements (L). */
  private record State(
      Phase phase, long responseMaxBytes, Bytes negotiation, Bytes identity, Bytes measured) {
    static final State START = new State(Phase.START, 0, Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY);

    State negotiated(Phase next, Bytes more) {
      return new State(
          next, responseMaxBytes, Bytes.concat(negotiation, more), Bytes.EMPTY, Bytes.EMPTY);
    }

    State limited(long bytes) {
      return new State(phase, bytes, negotiation, identity, measured);
    }

    State identified(Bytes all) {
      return new State(phase, responseMaxBytes, negotiation, all, Bytes.EMPTY);
    }

    State measured(Bytes all) {
      return new State(phase, responseMaxBytes, negotiation, Bytes.EMPTY, all);
    }
  }

  /**
   * What an answer is made with.
   *
   * @param nonce 32 fresh random bytes
   * @param measurements the device's, as they are now
   */
  public record Fresh(Bytes nonce, List<MeasurementBlock> measurements) {
    /** Copies the list. */
    public Fresh {
      if (nonce.length() != SpdmRequest.NONCE_BYTES) {
        throw new IllegalArgumentException("a nonce has 32 bytes");
      }
      measurements = List.copyOf(measurements);
    }
  }

  /**
   * The answer.
   *
   * @param response to be sent
   * @param next who takes the next request
   */
  public record Reply(Bytes response, SpdmResponder next) {}

  /** A device that nobody has asked yet. */
  public static SpdmResponder of(SpdmDevice device) {
    return new SpdmResponder(device, State.START);
  }

  /** Takes a request; never throws, whatever the request. */
  public Reply respond(Bytes request, Fresh fresh) {
    try {
      if (request.length() > REQUEST_MAX_BYTES) {
        return failure(SpdmResponse.Failure.INVALID_REQUEST);
      }
      ByteCursor cursor = ByteCursor.littleEndian(request);
      SpdmRequest read = SpdmRequest.read(cursor);
      cursor.end("the request");
      Reply reply = answer(read, request, fresh);
      boolean tooLong =
          state.responseMaxBytes() > 0 && reply.response().length() > state.responseMaxBytes();
      return tooLong ? failure(SpdmResponse.Failure.RESPONSE_TOO_LARGE) : reply;
    } catch (MalformedException e) {
      return failure(unreadable(request));
    } catch (RuntimeException | StackOverflowError e) {
      // A signer that fails, or what nobody thought of: nothing is told about it.
      return failure(SpdmResponse.Failure.UNSPECIFIED);
    }
  }

  private static int unreadable(Bytes request) {
    boolean other =
        !request.isEmpty()
            && request.at(0) != VERSION.number()
            && request.at(0) != SpdmRequest.NEGOTIATION_VERSION;
    return other ? SpdmResponse.Failure.VERSION_MISMATCH : SpdmResponse.Failure.INVALID_REQUEST;
  }

  private Reply answer(SpdmRequest read, Bytes request, Fresh fresh) {
    if (version(read).filter(spoken -> spoken != VERSION).isPresent()) {
      return failure(SpdmResponse.Failure.VERSION_MISMATCH);
    }
    return switch (read) {
      case SpdmRequest.GetVersion _ -> versions(request);
      case SpdmRequest.GetCapabilities asked when state.phase() == Phase.VERSIONED ->
          capabilities(asked, request);
      case SpdmRequest.NegotiateAlgorithms asked when state.phase() == Phase.CAPABLE ->
          algorithms(asked, request);
      case SpdmRequest.GetDigests _ when state.phase() == Phase.NEGOTIATED -> digests(request);
      case SpdmRequest.GetCertificate asked when state.phase() == Phase.NEGOTIATED ->
          certificate(asked, request);
      case SpdmRequest.Challenge asked when state.phase() == Phase.NEGOTIATED ->
          challenge(asked, request, fresh);
      case SpdmRequest.GetMeasurements asked when state.phase() == Phase.NEGOTIATED ->
          measurements(asked, request, fresh);
      default -> failure(SpdmResponse.Failure.UNEXPECTED_REQUEST);
    };
  }

  private static Optional<SpdmVersion> version(SpdmRequest request) {
    return switch (request) {
      case SpdmRequest.GetVersion _ -> Optional.empty();
      case SpdmRequest.GetCapabilities asked -> Optional.of(asked.version());
      case SpdmRequest.NegotiateAlgorithms asked -> Optional.of(asked.version());
      case SpdmRequest.GetDigests asked -> Optional.of(asked.version());
      case SpdmRequest.GetCertificate asked -> Optional.of(asked.version());
      case SpdmRequest.Challenge asked -> Optional.of(asked.version());
      case SpdmRequest.GetMeasurements asked -> Optional.of(asked.version());
    };
  }

  /** Whatever was said before is forgotten (DSP0274 1.2, 10.2). */
  private Reply versions(Bytes request) {
    Bytes response = new SpdmResponse.Versions(List.of(VERSION_ENTRY)).encoded();
    return reply(
        response, State.START.negotiated(Phase.VERSIONED, Bytes.concat(request, response)));
  }

  private Reply capabilities(SpdmRequest.GetCapabilities asked, Bytes request) {
    Bytes response =
        new SpdmResponse.Capabilities(
                VERSION,
                0,
                SpdmResponse.Capabilities.CERT_CAP
                    | SpdmResponse.Capabilities.CHAL_CAP
                    | SpdmResponse.Capabilities.MEAS_CAP_SIGNED
                    | MEASUREMENTS_FRESH,
                REQUEST_MAX_BYTES,
                REQUEST_MAX_BYTES)
            .encoded();
    return reply(
        response,
        state
            .negotiated(Phase.CAPABLE, Bytes.concat(request, response))
            .limited(asked.transferBytes()));
  }

  private Reply algorithms(SpdmRequest.NegotiateAlgorithms asked, Bytes request) {
    Suite suite = device.suite();
    boolean common =
        (asked.asym() & suite.asym().bit()) != 0
            && (asked.hash() & suite.hash().bit()) != 0
            && (asked.measurementSpecifications() & DMTF) != 0;
    if (!common) {
      return failure(SpdmResponse.Failure.INVALID_REQUEST);
    }
    Bytes response =
        new SpdmResponse.Algorithms(
                VERSION,
                DMTF,
                asked.otherParameters() & OpaqueData.FORMAT_1,
                device.measurementHash().bit(),
                suite.asym().bit(),
                suite.hash().bit())
            .encoded();
    return reply(response, state.negotiated(Phase.NEGOTIATED, Bytes.concat(request, response)));
  }

  private Reply digests(Bytes request) {
    TreeMap<Integer, Bytes> digests = new TreeMap<>();
    for (Map.Entry<Integer, List<Bytes>> slot : device.chains().entrySet()) {
      digests.put(slot.getKey(), digest(slot.getValue()));
    }
    Bytes response = new SpdmResponse.Digests(VERSION, digests).encoded();
    return reply(response, state.identified(Bytes.concat(request, response)));
  }

  private Bytes digest(List<Bytes> leafFirst) {
    BaseHash hash = device.suite().hash();
    return hash.hash(SlotChain.of(hash, leafFirst).encoded());
  }

  private Reply certificate(SpdmRequest.GetCertificate asked, Bytes request) {
    List<Bytes> leafFirst = device.chains().get(asked.slot());
    if (leafFirst == null) {
      return failure(SpdmResponse.Failure.INVALID_REQUEST);
    }
    Bytes chain = SlotChain.of(device.suite().hash(), leafFirst).encoded();
    long fits = state.responseMaxBytes() - CERTIFICATE_HEADER_BYTES;
    int end = (int) Math.min(chain.length(), asked.offset() + Math.min(asked.length(), fits));
    if (asked.offset() >= end || state.identity().length() > TRANSCRIPT_MAX_BYTES) {
      return failure(SpdmResponse.Failure.INVALID_REQUEST);
    }
    Bytes response =
        new SpdmResponse.Certificate(
                VERSION, asked.slot(), chain.slice(asked.offset(), end), chain.length() - end)
            .encoded();
    return reply(response, state.identified(Bytes.concat(state.identity(), request, response)));
  }

  private Reply challenge(SpdmRequest.Challenge asked, Bytes request, Fresh fresh) {
    List<Bytes> leafFirst = device.chains().get(asked.slot());
    if (leafFirst == null || (asked.summary() != 0 && asked.summary() != ALL)) {
      return failure(SpdmResponse.Failure.INVALID_REQUEST);
    }
    BaseHash hash = device.suite().hash();
    SpdmResponse.ChallengeAuth unsigned =
        new SpdmResponse.ChallengeAuth(
            VERSION,
            asked.slot(),
            device.chains().keySet().stream().mapToInt(slot -> 1 << slot).sum(),
            digest(leafFirst),
            fresh.nonce(),
            asked.summary() == ALL ? hash.hash(record(fresh.measurements())) : Bytes.EMPTY,
            Bytes.EMPTY,
            Bytes.EMPTY);
    Bytes transcript =
        Bytes.concat(state.negotiation(), state.identity(), request, unsigned.unsigned());
    Bytes signature =
        device
            .signer()
            .sign(
                asked.slot(),
                SigningInput.of(VERSION, hash, SigningInput.CHALLENGE_AUTH, transcript));
    return reply(Bytes.concat(unsigned.unsigned(), signature), state.identified(Bytes.EMPTY));
  }

  private Reply measurements(SpdmRequest.GetMeasurements asked, Bytes request, Fresh fresh) {
    Optional<List<MeasurementBlock>> chosen = chosen(asked.operation(), fresh.measurements());
    Optional<Integer> slot = asked.signing().map(SpdmRequest.SigningRequest::slot);
    boolean known = slot.map(device.chains()::containsKey).orElse(true);
    if (chosen.isEmpty() || !known || state.measured().length() > TRANSCRIPT_MAX_BYTES) {
      return failure(SpdmResponse.Failure.INVALID_REQUEST);
    }
    boolean count = asked.operation() == SpdmRequest.GetMeasurements.COUNT;
    Bytes unsigned =
        new SpdmResponse.Measurements(
                VERSION,
                count ? fresh.measurements().size() : 0,
                slot.orElse(0),
                0,
                chosen.get().size(),
                record(chosen.get()),
                fresh.nonce(),
                Bytes.EMPTY,
                Bytes.EMPTY)
            .unsigned();
    Bytes measured = Bytes.concat(state.measured(), request, unsigned);
    if (slot.isEmpty()) {
      return reply(unsigned, state.measured(measured));
    }
    Bytes input =
        SigningInput.of(
            VERSION,
            device.suite().hash(),
            SigningInput.MEASUREMENTS,
            Bytes.concat(state.negotiation(), measured));
    return reply(
        Bytes.concat(unsigned, device.signer().sign(slot.get(), input)),
        state.measured(Bytes.EMPTY));
  }

  private static Optional<List<MeasurementBlock>> chosen(
      int operation, List<MeasurementBlock> all) {
    return switch (operation) {
      case SpdmRequest.GetMeasurements.COUNT -> Optional.of(List.of());
      case SpdmRequest.GetMeasurements.ALL -> Optional.of(all);
      default -> all.stream().filter(block -> block.index() == operation).findFirst().map(List::of);
    };
  }

  private static Bytes record(List<MeasurementBlock> blocks) {
    List<Bytes> encoded = new ArrayList<>();
    blocks.forEach(block -> encoded.add(block.encoded()));
    return Bytes.concat(encoded.toArray(Bytes[]::new));
  }

  private Reply reply(Bytes response, State next) {
    return new Reply(response, new SpdmResponder(device, next));
  }

  /** A request that is refused leaves no trace in the transcripts. */
  private Reply failure(int code) {
    int version = state.phase() == Phase.START ? SpdmRequest.NEGOTIATION_VERSION : VERSION.number();
    return new Reply(new SpdmResponse.Failure(version, code, 0).encoded(), this);
  }
}
