package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaList;
import dev.holdfast.attestation.ima.ImaProgress;
import dev.holdfast.attestation.ima.ImaVerifier;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** File measurements in both forms: never an exception, and no proof of a register out of reach. */
final class ImaTarget implements Target {
  private static final Bytes UNREACHABLE = Bytes.fromHex("01".repeat(32));
  private static final String ENTRY =
      "0a000000" + "00".repeat(20) + "06000000" + "696d612d6e67" + "2e000000";
  private static final String FIELDS =
      "28000000" + "7368613235363a00" + "22".repeat(32) + "02000000" + "6100";

  @Override
  public Class<?> reader() {
    return ImaList.class;
  }

  @Override
  public List<Bytes> seeds() {
    String digest = "22".repeat(32);
    return List.of(
        Bytes.fromHex(ENTRY + FIELDS),
        Bytes.utf8("10 " + "00".repeat(20) + " ima-ng sha256:" + digest + " /bin/sh\n"),
        Bytes.utf8("10 " + "00".repeat(20) + " ima-sig sha256:" + digest + " /bin/sh 030204\n"),
        Bytes.utf8(
            "10 "
                + "00".repeat(20)
                + " ima-modsig sha256:"
                + digest
                + " /a  sha256:"
                + digest
                + " 30"));
  }

  /** One list, in whichever form. */
  @Override
  public void read(byte[] data) {
    Bytes bytes = Bytes.of(data);
    boolean text = new String(data, StandardCharsets.ISO_8859_1).startsWith("1");
    if ((text ? ImaList.parseText(bytes) : ImaList.parseBinary(bytes))
        instanceof ImaList.Legible legible) {
      ImaExpectation any = ImaExpectation.STRICT.withExcludes(List.of(".*")).withTailAllowed();
      Map<PcrBank, Bytes> quoted = Map.of(PcrBank.SHA256, UNREACHABLE);
      if (ImaVerifier.judge(legible.list(), ImaProgress.BOOT, quoted, any)
          instanceof ImaVerifier.Sound) {
        throw new IllegalStateException("a list led to a register that nothing leads to");
      }
      ImaVerifier.findings(legible.list(), ImaExpectation.STRICT);
    }
  }
}
