package dev.holdfast.attestation.spdm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Messages byte by byte, as the tables of DSP0274 1.2 lay them out. */
class SpdmMessagesTest {
  private static final SpdmVersion V = SpdmVersion.V1_2;
  private static final Bytes NONCE = Bytes.fromHex("ab".repeat(32));

  private static final Map<SpdmRequest, String> REQUESTS =
      Map.of(
          new SpdmRequest.GetVersion(),
          "10840000",
          new SpdmRequest.GetCapabilities(V, 0x0c, 0xc6, 0x1200, 0x12000),
          "12e10000" + "00" + "0c" + "0000" + "c6000000" + "00120000" + "00200100",
          new SpdmRequest.GetCapabilities(SpdmVersion.V1_1, 0, 0xc6, 0, 0),
          "11e10000" + "00" + "00" + "0000" + "c6000000",
          new SpdmRequest.NegotiateAlgorithms(V, 1, 2, 0x90, 3),
          "12e30000"
              + "2000"
              + "01"
              + "02"
              + "90000000"
              + "03000000"
              + "00".repeat(12)
              + "00"
              + "00"
              + "0000",
          new SpdmRequest.GetDigests(V),
          "12810000",
          new SpdmRequest.GetCertificate(V, 2, 0x0400, 0x0100),
          "12820200" + "0004" + "0001",
          new SpdmRequest.Challenge(V, 1, 0xff, NONCE),
          "128301ff" + "ab".repeat(32),
          new SpdmRequest.GetMeasurements(
              V, false, 0xff, Optional.of(new SpdmRequest.SigningRequest(NONCE, 1))),
          "12e001ff" + "ab".repeat(32) + "01",
          new SpdmRequest.GetMeasurements(V, true, 0, Optional.empty()),
          "12e00200");

  private static final SpdmResponse.Shape SHAPE = new SpdmResponse.Shape(32, 64, true, false);

  private static Map<SpdmResponse, String> responses() {
    Bytes digest = Bytes.fromHex("dd".repeat(32));
    Bytes signature = Bytes.fromHex("ee".repeat(64));
    MeasurementBlock block = new MeasurementBlock(1, 1, false, digest);
    return Map.of(
        new SpdmResponse.Versions(List.of(0x1100, 0x1200)),
        "10040000" + "00" + "02" + "0011" + "0012",
        new SpdmResponse.Capabilities(V, 5, 0x16, 0x1200, 0x1200),
        "12610000" + "00" + "05" + "0000" + "16000000" + "00120000" + "00120000",
        new SpdmResponse.Algorithms(V, 1, 2, 2, 0x10, 1),
        "12630000"
            + "2400"
            + "01"
            + "02"
            + "02000000"
            + "10000000"
            + "01000000"
            + "00".repeat(12)
            + "00"
            + "00"
            + "0000",
        new SpdmResponse.Digests(V, new TreeMap<>(Map.of(0, digest, 2, digest))),
        "12010005" + "dd".repeat(64),
        new SpdmResponse.Certificate(V, 2, Bytes.fromHex("010203"), 0x0456),
        "12020200" + "0300" + "5604" + "010203",
        new SpdmResponse.ChallengeAuth(
            V, 0, 5, digest, NONCE, Bytes.EMPTY, Bytes.fromHex("0102"), signature),
        "12030005" + "dd".repeat(32) + "ab".repeat(32) + "0200" + "0102" + "ee".repeat(64),
        new SpdmResponse.Measurements(
            V, 0, 1, 2, 1, block.encoded(), NONCE, Bytes.EMPTY, signature),
        "12600021"
            + "01"
            + "270000"
            + "01"
            + "01"
            + "2300"
            + "01"
            + "2000"
            + "dd".repeat(32)
            + "ab".repeat(32)
            + "0000"
            + "ee".repeat(64),
        new SpdmResponse.Failure(0x12, 4, 0),
        "127f0400");
  }

  @Test
  void requestsAreWrittenAndReadByteByByte() {
    REQUESTS.forEach(
        (message, hex) -> {
          assertEquals(hex, message.encoded().hex());
          assertEquals(message, SpdmRequest.read(ByteCursor.littleEndian(Bytes.fromHex(hex))));
        });
  }

  @Test
  void responsesAreWrittenAndReadByteByByte() {
    responses()
        .forEach(
            (message, hex) -> {
              assertEquals(hex, message.encoded().hex());
              assertEquals(
                  message, SpdmResponse.read(ByteCursor.littleEndian(Bytes.fromHex(hex)), SHAPE));
            });
  }

  @Test
  void aMessageCutAnywhereIsMalformed() {
    REQUESTS
        .values()
        .forEach(
            hex -> {
              Bytes whole = Bytes.fromHex(hex);
              for (int i = 0; i < whole.length(); i++) {
                ByteCursor cursor = ByteCursor.littleEndian(whole.slice(0, i));
                assertThrows(MalformedException.class, () -> SpdmRequest.read(cursor));
              }
            });
    responses()
        .values()
        .forEach(
            hex -> {
              Bytes whole = Bytes.fromHex(hex);
              for (int i = 0; i < whole.length(); i++) {
                ByteCursor cursor = ByteCursor.littleEndian(whole.slice(0, i));
                assertThrows(MalformedException.class, () -> SpdmResponse.read(cursor, SHAPE));
              }
            });
  }

  @Test
  void algorithmTablesOfSessionsAreReadOver() {
    String tables = "02200700" + "03200200" + "04200f00" + "05200100";
    Bytes message =
        Bytes.fromHex(
            "12e30400" + "3000" + "01" + "02" + "90000000" + "03000000" + "00".repeat(16) + tables);
    ByteCursor cursor = ByteCursor.littleEndian(message);
    assertEquals(new SpdmRequest.NegotiateAlgorithms(V, 1, 2, 0x90, 3), SpdmRequest.read(cursor));
    cursor.end("the message");
    Bytes short1 = Bytes.fromHex(message.hex().replaceFirst("12e30400", "12e30300"));
    assertThrows(MalformedException.class, () -> SpdmRequest.read(ByteCursor.littleEndian(short1)));
  }

  @Test
  void theSignedWordsAreAHundredBytesThenTheDigest() {
    Bytes transcript = Bytes.utf8("a transcript");
    Bytes input = SigningInput.of(V, BaseHash.SHA_256, SigningInput.CHALLENGE_AUTH, transcript);
    assertEquals(100 + 32, input.length());
    assertEquals(Bytes.utf8("dmtf-spdm-v1.2.*".repeat(4)), input.slice(0, 64));
    assertEquals(Bytes.utf8("\0\0\0\0responder-challenge_auth signing"), input.slice(64, 100));
    assertEquals(BaseHash.SHA_256.hash(transcript), input.slice(100, 132));
    assertEquals(
        Bytes.utf8("\0\0\0\0\0\0responder-measurements signing"),
        SigningInput.of(V, BaseHash.SHA_256, SigningInput.MEASUREMENTS, transcript).slice(64, 100));
  }

  @Test
  void aChainIsReadAsItWasWritten() {
    PaperDevice device = PaperDevice.p256();
    List<Bytes> leafFirst = device.device().chains().get(0);
    SlotChain chain = SlotChain.of(BaseHash.SHA_256, leafFirst);
    assertEquals(chain, SlotChain.read(chain.encoded(), BaseHash.SHA_256));
    assertEquals(leafFirst, chain.leafFirst());
    for (int i = 0; i < chain.encoded().length(); i += 7) {
      Bytes cut = chain.encoded().slice(0, i);
      assertThrows(MalformedException.class, () -> SlotChain.read(cut, BaseHash.SHA_256));
    }
  }

  /** A measurement record of the DMTF's own emulator: four digests, a version, device mode… */
  @Test
  void theRecordOfTheDmtfEmulatorIsReadToItsEnd() throws IOException {
    Path file =
        Path.of(System.getProperty("holdfast.root", "."), "..", "shared", "vectors")
            .normalize()
            .resolve("spdm/spdm_emu/device_measurement.bin");
    assumeTrue(Files.exists(file), "no vectors beside the checkout: the sample is not read");
    Bytes sample = Bytes.of(Files.readAllBytes(file));
    List<MeasurementBlock> blocks = MeasurementBlock.readRecord(sample);
    assertEquals(
        sample, Bytes.concat(blocks.stream().map(MeasurementBlock::encoded).toArray(Bytes[]::new)));
    assertEquals(List.of(1, 2, 3, 4), blocks.subList(0, 4).stream().map(b -> b.index()).toList());
  }
}
