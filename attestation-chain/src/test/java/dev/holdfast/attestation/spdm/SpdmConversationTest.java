package dev.holdfast.attestation.spdm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.BitFlips;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.dice.PaperLayers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Both ends, and whoever stands in between. */
class SpdmConversationTest {
  private static final PaperDevice DEVICE = PaperDevice.p256();

  private static RequesterSetup setup() {
    return RequesterSetup.of(
        "", DEVICE.expectation(), PaperDevice.CHALLENGE_NONCE, PaperLayers.NOW);
  }

  /** What goes over the wire, and who changes it. */
  private static final class Wire {
    private final List<Bytes> requests = new ArrayList<>();
    private final List<Bytes> responses = new ArrayList<>();
    private final UnaryOperator<Bytes> onRequest;
    private final UnaryOperator<Bytes> onResponse;

    Wire(UnaryOperator<Bytes> onRequest, UnaryOperator<Bytes> onResponse) {
      this.onRequest = onRequest;
      this.onResponse = onResponse;
    }

    SpdmRequester.Step talk(RequesterSetup setup, SpdmResponder device) {
      return go(SpdmRequester.begin(setup), device);
    }

    SpdmRequester.Step go(SpdmRequester.Send first, SpdmResponder device) {
      SpdmRequester.Step step = first;
      SpdmResponder responder = device;
      while (step instanceof SpdmRequester.Send send) {
        requests.add(send.request());
        SpdmResponder.Reply reply =
            responder.respond(onRequest.apply(send.request()), PaperDevice.fresh());
        responder = reply.next();
        responses.add(reply.response());
        step = send.next().next(onResponse.apply(reply.response()));
      }
      return step;
    }
  }

  private static Wire honest() {
    return new Wire(UnaryOperator.identity(), UnaryOperator.identity());
  }

  private static List<Reason> reasons(SpdmRequester.Step step) {
    return assertInstanceOf(SpdmRequester.Refused.class, step).findings().stream()
        .map(Finding::reason)
        .toList();
  }

  private static UnaryOperator<Bytes> onCode(int code, UnaryOperator<Bytes> change) {
    return message -> message.at(1) == code ? change.apply(message) : message;
  }

  private static Bytes set(Bytes message, int position, int value) {
    byte[] bytes = message.toByteArray();
    bytes[position] = (byte) value;
    return Bytes.of(bytes);
  }

  @Test
  void aDeviceThatIsWhatItSaysIsBelieved() {
    for (PaperDevice device : List.of(DEVICE, PaperDevice.p384(), PaperDevice.rsa())) {
      RequesterSetup setup =
          RequesterSetup.of(
              "nvme-0", device.expectation(), PaperDevice.CHALLENGE_NONCE, PaperLayers.NOW);
      for (int slot : List.of(0, 3)) {
        SpdmRequester.Step step =
            honest().talk(setup.withSlot(slot), SpdmResponder.of(device.device()));
        SpdmRequester.Finished finished =
            assertInstanceOf(SpdmRequester.Finished.class, step, step::toString);
        assertTrue(finished.outcome().claims().size() > 4);
      }
    }
  }

  @Test
  void certificatesComeInPortions() {
    Wire wire = honest();
    wire.talk(setup(), SpdmResponder.of(DEVICE.device()));
    long portions = wire.requests.stream().filter(request -> request.at(1) == 0x82).count();
    assertTrue(portions > 1, "portions: " + portions);
  }

  /** From each point of an honest conversation on, one bit of one message is another. */
  @Test
  void everyFlippedBitOfEveryMessageIsNoticed() {
    SpdmRequester.Send send = SpdmRequester.begin(setup());
    SpdmResponder responder = SpdmResponder.of(DEVICE.device());
    boolean more = true;
    while (more) {
      SpdmResponder.Reply honest = responder.respond(send.request(), PaperDevice.fresh());
      SpdmRequester.Send asked = send;
      SpdmResponder asking = responder;
      BitFlips.of(
          send.request(),
          (flipped, bit) -> {
            SpdmResponder.Reply reply = asking.respond(flipped, PaperDevice.fresh());
            refusedFrom(asked.next().next(reply.response()), reply.next(), "request", bit);
          });
      BitFlips.of(
          honest.response(),
          (flipped, bit) ->
              refusedFrom(asked.next().next(flipped), honest.next(), "response", bit));
      responder = honest.next();
      SpdmRequester.Step step = send.next().next(honest.response());
      more = step instanceof SpdmRequester.Send;
      send = more ? (SpdmRequester.Send) step : send;
    }
  }

  private static void refusedFrom(
      SpdmRequester.Step step, SpdmResponder responder, String what, int bit) {
    SpdmRequester.Step last =
        step instanceof SpdmRequester.Send send ? honest().go(send, responder) : step;
    assertInstanceOf(SpdmRequester.Refused.class, last, () -> what + ", bit " + bit);
  }

  @Test
  void aDeviceThatSpeaksOnlyAnOlderVersionIsRefused() {
    Wire wire = new Wire(UnaryOperator.identity(), onCode(0x04, message -> set(message, 7, 0x11)));
    assertEquals(
        List.of(Reason.SPDM_VERSION),
        reasons(wire.talk(setup(), SpdmResponder.of(DEVICE.device()))));
  }

  @Test
  void algorithmsThatWereNotOfferedAreRefused() {
    RequesterSetup strict =
        new RequesterSetup(
            "",
            DEVICE.expectation(),
            PaperDevice.CHALLENGE_NONCE,
            0,
            Set.of(BaseAsym.ECDSA_P384),
            Set.of(BaseHash.SHA_384),
            PaperLayers.NOW);
    assertEquals(
        List.of(Reason.SPDM_PROTOCOL),
        reasons(honest().talk(strict, SpdmResponder.of(DEVICE.device()))));
    // Whoever puts the stronger offer away is noticed by the choice.
    Wire downgrade =
        new Wire(
            onCode(0xe3, message -> set(set(message, 8, 0x10), 12, 0x01)),
            UnaryOperator.identity());
    assertEquals(
        List.of(Reason.ALG_WEAK),
        reasons(downgrade.talk(strict, SpdmResponder.of(DEVICE.device()))));
  }

  @Test
  void anOfferThatWasWeakenedOnItsWayIsNoticedByTheChallenge() {
    // P-521 and SHA-512 struck from the offer: the choice stays the same, the transcript does not.
    Wire wire =
        new Wire(
            onCode(0xe3, message -> set(set(message, 9, 0x00), 12, 0x03)),
            UnaryOperator.identity());
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(wire.talk(setup(), SpdmResponder.of(DEVICE.device()))));
  }

  @Test
  void aSwappedSlotIsNoticed() {
    for (int code : List.of(0x82, 0x83)) {
      Wire wire = new Wire(onCode(code, message -> set(message, 2, 3)), UnaryOperator.identity());
      assertEquals(
          List.of(Reason.SPDM_TRANSCRIPT),
          reasons(wire.talk(setup(), SpdmResponder.of(DEVICE.device()))));
    }
    Wire measurements =
        new Wire(onCode(0xe0, message -> set(message, 36, 3)), UnaryOperator.identity());
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(measurements.talk(setup(), SpdmResponder.of(DEVICE.device()))));
  }

  @Test
  void anotherDevicesCertificatesInASlotAreRefused() {
    PaperDevice other = PaperDevice.p256();
    TreeMap<Integer, List<Bytes>> chains = new TreeMap<>();
    chains.put(0, DEVICE.wholeChain());
    SpdmDevice impostor =
        new SpdmDevice(
            DEVICE.suite(), MeasurementHash.SHA_256, chains, (_, message) -> other.sign(message));
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(honest().talk(setup(), SpdmResponder.of(impostor))));
    assertEquals(
        List.of(Reason.DEVICE_IDENTITY),
        reasons(honest().talk(setup(), SpdmResponder.of(other.device()))));
  }

  @Test
  void measurementsRecordedForAnotherNonceAreRefused() {
    Wire first = honest();
    first.talk(setup(), SpdmResponder.of(DEVICE.device()));
    Bytes recorded = first.responses.getLast();
    SpdmExpectation other =
        SpdmExpectation.of(Bytes.fromHex("77".repeat(32)), DEVICE.leafKey(), DEVICE.anchors());
    Wire replay = new Wire(UnaryOperator.identity(), onCode(0x60, _ -> recorded));
    RequesterSetup asked =
        RequesterSetup.of("", other, PaperDevice.CHALLENGE_NONCE, PaperLayers.NOW);
    assertEquals(
        List.of(Reason.SPDM_TRANSCRIPT),
        reasons(replay.talk(asked, SpdmResponder.of(DEVICE.device()))));
  }

  @Test
  void requestsOutOfOrderAreRefusedByTheDevice() {
    SpdmResponder fresh = SpdmResponder.of(DEVICE.device());
    for (SpdmRequest early :
        List.of(
            new SpdmRequest.GetDigests(SpdmVersion.V1_2),
            new SpdmRequest.GetCertificate(SpdmVersion.V1_2, 0, 0, 100),
            new SpdmRequest.Challenge(SpdmVersion.V1_2, 0, 0, PaperDevice.NONCE))) {
      Bytes answer = fresh.respond(early.encoded(), PaperDevice.fresh()).response();
      assertEquals(0x7f, answer.at(1));
      assertEquals(SpdmResponse.Failure.UNEXPECTED_REQUEST, answer.at(2));
    }
  }

  @Test
  void anAnswerOutOfOrderEndsTheConversation() {
    Bytes digests = new SpdmResponse.Digests(SpdmVersion.V1_2, new TreeMap<>()).encoded();
    assertEquals(
        List.of(Reason.SPDM_PROTOCOL), reasons(SpdmRequester.begin(setup()).next().next(digests)));
  }

  @Test
  void aDeviceNeverSignsWhatItWasNotAsked() {
    SpdmResponder responder = SpdmResponder.of(DEVICE.device());
    SpdmRequester.Step step = SpdmRequester.begin(setup());
    while (step instanceof SpdmRequester.Send send && send.request().at(1) != 0xe0) {
      SpdmResponder.Reply reply = responder.respond(send.request(), PaperDevice.fresh());
      responder = reply.next();
      step = send.next().next(reply.response());
    }
    Bytes request = ((SpdmRequester.Send) step).request();
    Bytes signed = responder.respond(request, PaperDevice.fresh()).response();
    Bytes again =
        responder
            .respond(
                request,
                new SpdmResponder.Fresh(Bytes.fromHex("99".repeat(32)), PaperDevice.measurements()))
            .response();
    assertEquals(signed.length(), again.length());
    assertNotEquals(signed, again);
  }
}
