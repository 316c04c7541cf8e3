package dev.holdfast.attestation.spdm;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.dice.PaperLayers;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A device that speaks SPDM with keys of its own below a root of its own. */
public final class PaperDevice {
  public static final Bytes FWID = Bytes.fromHex("f1".repeat(32));
  public static final Bytes NONCE = Bytes.fromHex("a5".repeat(32));
  public static final Bytes OWN_NONCE = Bytes.fromHex("5a".repeat(32));
  public static final Bytes CHALLENGE_NONCE = Bytes.fromHex("c3".repeat(32));

  private final PaperLayers layers;
  private final Suite suite;

  private PaperDevice(PaperLayers layers, Suite suite) {
    this.layers = layers;
    this.suite = suite;
  }

  public static PaperDevice p256() {
    return of("secp256r1", new Suite(BaseAsym.ECDSA_P256, BaseHash.SHA_256));
  }

  public static PaperDevice p384() {
    return of("secp384r1", new Suite(BaseAsym.ECDSA_P384, BaseHash.SHA_384));
  }

  public static PaperDevice rsa() {
    return of("RSA", new Suite(BaseAsym.RSASSA_2048, BaseHash.SHA_256));
  }

  private static PaperDevice of(String curve, Suite suite) {
    return new PaperDevice(
        PaperLayers.root(curve)
            .layer("Paper device authority")
            .leaf("Paper device", PaperLayers.tcbInfo(FWID)),
        suite);
  }

  /** A device whose leaf carries other extensions. */
  public static PaperDevice withLeaf(PaperLayers.Added... extensions) {
    return new PaperDevice(
        PaperLayers.root("secp256r1").layer("Paper device authority").leaf("Leaf", extensions),
        new Suite(BaseAsym.ECDSA_P256, BaseHash.SHA_256));
  }

  public Suite suite() {
    return suite;
  }

  public CertificatePath.Anchors anchors() {
    return layers.anchors();
  }

  /** Leaf first, the root left out. */
  public List<Bytes> chain() {
    return layers.chain();
  }

  /** Leaf first, the root last. */
  public List<Bytes> wholeChain() {
    return layers.wholeChain();
  }

  public Bytes leafKey() {
    return layers.leafKey();
  }

  public Bytes sign(Bytes message) {
    String name =
        suite.asym() == BaseAsym.RSASSA_2048
            ? "SHA256withRSA"
            : suite.hash().function().javaName().replace("-", "") + "withPLAIN-ECDSA";
    return layers.sign(name, message);
  }

  public SpdmExpectation expectation() {
    return SpdmExpectation.of(NONCE, leafKey(), anchors());
  }

  public static List<MeasurementBlock> measurements() {
    return List.of(
        new MeasurementBlock(1, 0, false, Bytes.fromHex("11".repeat(32))),
        new MeasurementBlock(2, 1, false, Bytes.fromHex("22".repeat(32))),
        new MeasurementBlock(5, 7, true, Bytes.fromHex("0900000000000000")));
  }

  /** What answers in a live conversation; both slots hold the same chain with the same key. */
  public SpdmDevice device() {
    TreeMap<Integer, List<Bytes>> chains = new TreeMap<>();
    chains.put(0, layers.wholeChain());
    chains.put(3, layers.wholeChain());
    return new SpdmDevice(suite, MeasurementHash.SHA_256, chains, (_, message) -> sign(message));
  }

  public static SpdmResponder.Fresh fresh() {
    return new SpdmResponder.Fresh(OWN_NONCE, measurements());
  }

  static Bytes record(List<MeasurementBlock> blocks) {
    return Bytes.concat(blocks.stream().map(MeasurementBlock::encoded).toArray(Bytes[]::new));
  }

  /** A signed report as SPDM 1.1 devices give it, with the given opaque data. */
  public Bytes report11(Bytes opaque) {
    Bytes request =
        new SpdmRequest.GetMeasurements(
                SpdmVersion.V1_1,
                false,
                SpdmRequest.GetMeasurements.ALL,
                Optional.of(new SpdmRequest.SigningRequest(NONCE, 0)))
            .encoded();
    Bytes response =
        new SpdmResponse.Measurements(
                SpdmVersion.V1_1,
                0,
                0,
                0,
                measurements().size(),
                record(measurements()),
                OWN_NONCE,
                opaque,
                Bytes.EMPTY)
            .unsigned();
    Bytes both = Bytes.concat(request, response);
    return Bytes.concat(both, sign(both));
  }

  /** The opaque data of an SPDM 1.1 device: a digest of its firmware, and something else. */
  public static Bytes opaque11(Bytes fwid) {
    return new MessageWriter()
        .u16(1)
        .u16(2)
        .u16(0x1234)
        .u16(OpaqueData.FWID)
        .u16(fwid.length())
        .bytes(fwid)
        .done();
  }

  /** A whole signed conversation of SPDM 1.2, as evidence. */
  public SpdmEvidence evidence12() {
    return evidence12(NONCE);
  }

  /** The same for a requester's nonce, 32 bytes. */
  public SpdmEvidence evidence12(Bytes nonce) {
    SpdmExpectation wanted = SpdmExpectation.of(nonce, leafKey(), anchors());
    SpdmRequester.Send send =
        SpdmRequester.begin(RequesterSetup.of("", wanted, CHALLENGE_NONCE, PaperLayers.NOW));
    SpdmResponder responder = SpdmResponder.of(device());
    while (true) {
      SpdmResponder.Reply reply = responder.respond(send.request(), fresh());
      responder = reply.next();
      switch (send.next().next(reply.response())) {
        case SpdmRequester.Send next -> send = next;
        case SpdmRequester.Finished finished -> {
          return finished.evidence();
        }
        case SpdmRequester.Refused refused ->
            throw new IllegalStateException(refused.findings().toString());
      }
    }
  }
}
