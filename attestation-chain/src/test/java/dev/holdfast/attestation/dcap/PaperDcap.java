package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.x509.CertificatePath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;

/**
 * A platform with its provisioning service on paper: it writes quotes and collateral under a root
 * of the project's own, and lets a test change each part before it is signed.
 */
public final class PaperDcap {
  public static final Instant BEGIN = Instant.parse("2025-01-01T00:00:00Z");
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  public static final Instant NEXT_UPDATE = Instant.parse("2048-03-20T00:00:00Z");
  public static final Instant END = Instant.parse("2049-01-01T00:00:00Z");
  public static final Bytes REPORT_DATA = Bytes.fromHex("5a".repeat(64));
  public static final Bytes QE_SIGNER = Bytes.fromHex("c1".repeat(32));

  private static final String SGX = "1.2.840.113741.1.13.1";
  private static final String FMSPC = "00606a000000";
  private static final byte[] COMPONENTS = {7, 7, 3, 3, 2, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0};
  private static final int PCE_SVN = 11;
  private static final Bytes AUTH_DATA = Bytes.fromHex("000102030405060708090a0b0c0d0e0f");

  public final PaperAuthority root = PaperAuthority.root("Paper SGX Root CA");
  public final PaperAuthority platformCa = root.authority("Paper SGX PCK Platform CA");
  public final PaperAuthority tcbSigner = root.leaf("Paper SGX TCB Signing");
  public final PaperAuthority pck =
      platformCa.leaf("Paper SGX PCK Certificate", new PaperAuthority.Extra(SGX, extension()));
  public final PaperAuthority attestationKey = root.leaf("never seen");

  /** How a quote is framed. */
  public enum Frame {
    /** Version 3: an enclave. */
    SGX_3(3, 0, 0),
    /** Version 4: a domain of TDX 1.0. */
    TDX_4(4, 0x81, 0),
    /** Version 5: a domain of TDX 1.0. */
    TDX_5(5, 0x81, 2),
    /** Version 5: a domain of TDX 1.5. */
    TDX_5_LATER(5, 0x81, 3);

    private final int version;
    private final int tee;
    private final int bodyType;

    Frame(int version, int tee, int bodyType) {
      this.version = version;
      this.tee = tee;
      this.bodyType = bodyType;
    }

    public TdxOrSgx kind() {
      return tee == 0 ? TdxOrSgx.SGX : TdxOrSgx.TDX;
    }
  }

  /** Which kind of environment. */
  public enum TdxOrSgx {
    SGX,
    TDX
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Bytes bytes(ByteBuffer buffer) {
    byte[] content = new byte[buffer.capacity()];
    buffer.rewind().get(content);
    return Bytes.of(content);
  }

  /** The report of an enclave. */
  public static byte[] enclave() {
    byte[] report = new byte[EnclaveReport.LENGTH];
    report[48] = 0x05; // INIT, MODE64BIT
    Arrays.fill(report, 64, 96, (byte) 0xe1); // MRENCLAVE
    Arrays.fill(report, 128, 160, (byte) 0xe2); // MRSIGNER
    report[256] = 3; // ISVPRODID
    report[258] = 9; // ISVSVN
    System.arraycopy(REPORT_DATA.toByteArray(), 0, report, 320, 64);
    return report;
  }

  /** The report of a domain. */
  public static byte[] domain(boolean later) {
    byte[] report = new byte[later ? TdReport.LENGTH_1_5 : TdReport.LENGTH_1_0];
    report[0] = 5; // the module's security version
    report[1] = 1; // the module's version
    report[2] = 2;
    Arrays.fill(report, 16, 64, (byte) 0xd0); // MRSEAM
    report[123] = 0x10; // SEPT_VE_DISABLE
    report[128] = (byte) 0xe7; // XFAM
    Arrays.fill(report, 136, 184, (byte) 0xd1); // MRTD
    for (int i = 0; i < TdReport.RTMRS; i++) {
      Arrays.fill(report, 328 + 48 * i, 376 + 48 * i, (byte) (0xa0 + i));
    }
    System.arraycopy(REPORT_DATA.toByteArray(), 0, report, 520, 64);
    if (later) {
      System.arraycopy(report, 0, report, TdReport.LENGTH_1_0, 16); // what runs is what started it
    }
    return report;
  }

  public static byte[] body(Frame frame) {
    return frame == Frame.SGX_3 ? enclave() : domain(frame == Frame.TDX_5_LATER);
  }

  public Bytes quote(Frame frame) {
    return quote(frame, _ -> {});
  }

  /** A quote whose body was changed before it was signed. */
  public Bytes quote(Frame frame, Consumer<byte[]> change) {
    return quote(frame, change, _ -> {});
  }

  /** The same with a quoting enclave's report that was changed before it was signed. */
  public Bytes quote(Frame frame, Consumer<byte[]> change, Consumer<byte[]> changeQe) {
    byte[] pem = PaperAuthority.pem(pck, platformCa, root).toByteArray();
    return quote(
        frame,
        change,
        changeQe,
        new CertificationData(
            CertificationData.PCK_CHAIN, Bytes.concat(Bytes.of(pem), Bytes.of((byte) 0))));
  }

  /** The same with other certification data. */
  public Bytes quote(
      Frame frame,
      Consumer<byte[]> change,
      Consumer<byte[]> changeQe,
      CertificationData certification) {
    byte[] body = body(frame);
    change.accept(body);
    ByteBuffer head = buffer(48 + (frame.version == 5 ? 6 : 0));
    head.putShort((short) frame.version).putShort((short) 2).putInt(frame.tee).putInt(0);
    head.put(Bytes.fromHex("939a7233f79c4ca9940a0db3957f0607").toByteArray());
    head.position(48);
    if (frame.version == 5) {
      head.putShort((short) frame.bodyType).putInt(body.length);
    }
    Bytes signed = Bytes.concat(bytes(head), Bytes.of(body));
    byte[] qe = enclave();
    System.arraycopy(QE_SIGNER.toByteArray(), 0, qe, 128, 32);
    qe[256] = (byte) (frame.tee == 0 ? 1 : 2);
    qe[258] = 8;
    Arrays.fill(qe, 320, 384, (byte) 0);
    Bytes hash = Sha256.of(attestationKey.point(), AUTH_DATA);
    System.arraycopy(hash.toByteArray(), 0, qe, 320, 32);
    changeQe.accept(qe);
    Bytes report = Bytes.of(qe);
    Bytes inner =
        Bytes.concat(
            report,
            pck.sign(report),
            bytes(buffer(2).putShort((short) AUTH_DATA.length())),
            AUTH_DATA,
            sized(certification.type(), certification.data()));
    Bytes end = frame.version == 3 ? inner : sized(CertificationData.QE_REPORT, inner);
    Bytes section = Bytes.concat(attestationKey.sign(signed), attestationKey.point(), end);
    return Bytes.concat(signed, bytes(buffer(4).putInt(section.length())), section);
  }

  private static Bytes sized(int type, Bytes data) {
    ByteBuffer head = buffer(6).putShort((short) type).putInt(data.length());
    return Bytes.concat(bytes(head), data);
  }

  public CertificatePath.Anchors anchors() {
    return new CertificatePath.Anchors(List.of(root.certificate()), List.of(), false);
  }

  public DcapExpectation expectation() {
    return DcapExpectation.strict(anchors())
        .withReportData(new ReportDataRule.Exactly(REPORT_DATA));
  }

  public DcapCollateral collateral(Frame frame) {
    return collateral(frame, UnaryOperator.identity(), UnaryOperator.identity());
  }

  /** Collateral whose documents were changed before they were signed. */
  public DcapCollateral collateral(
      Frame frame, UnaryOperator<String> tcbInfo, UnaryOperator<String> qeIdentity) {
    return DcapCollateral.of(
        signedTcbInfo(frame, tcbInfo), signedQeIdentity(frame, qeIdentity), pckCrl(), rootCrl());
  }

  public DcapCollateral.Signed signedTcbInfo(Frame frame, UnaryOperator<String> change) {
    String json = change.apply(frame.tee == 0 ? SGX_INFO : TDX_INFO);
    return new DcapCollateral.Signed(signed("tcbInfo", json), PaperAuthority.pem(tcbSigner, root));
  }

  public DcapCollateral.Signed signedQeIdentity(Frame frame, UnaryOperator<String> change) {
    String json =
        frame.tee == 0
            ? QE_IDENTITY
            : QE_IDENTITY
                .replace("\"QE\"", "\"TD_QE\"")
                .replace("\"isvprodid\":1", "\"isvprodid\":2");
    return new DcapCollateral.Signed(
        signed("enclaveIdentity", change.apply(json)), PaperAuthority.pem(tcbSigner, root));
  }

  private Bytes signed(String member, String json) {
    String signature = tcbSigner.sign(Bytes.utf8(json)).hex();
    return Bytes.utf8("{\"" + member + "\":" + json + ",\"signature\":\"" + signature + "\"}");
  }

  public DcapCollateral.Signed pckCrl(PaperAuthority... revoked) {
    return new DcapCollateral.Signed(
        platformCa.crl(BEGIN, NEXT_UPDATE, revoked), PaperAuthority.pem(platformCa, root));
  }

  public Bytes rootCrl(PaperAuthority... revoked) {
    return root.crl(BEGIN, NEXT_UPDATE, revoked);
  }

  private static DERSequence pair(String oid, org.bouncycastle.asn1.ASN1Encodable value) {
    return new DERSequence(
        new org.bouncycastle.asn1.ASN1Encodable[] {new ASN1ObjectIdentifier(oid), value});
  }

  private static DERSequence extension() {
    ASN1EncodableVector tcb = new ASN1EncodableVector();
    for (int i = 0; i < COMPONENTS.length; i++) {
      tcb.add(pair(SGX + ".2." + (i + 1), new ASN1Integer(COMPONENTS[i])));
    }
    tcb.add(pair(SGX + ".2.17", new ASN1Integer(PCE_SVN)));
    tcb.add(pair(SGX + ".2.18", new DEROctetString(COMPONENTS)));
    ASN1EncodableVector all = new ASN1EncodableVector();
    all.add(pair(SGX + ".1", new DEROctetString(new byte[16])));
    all.add(pair(SGX + ".2", new DERSequence(tcb)));
    all.add(pair(SGX + ".3", new DEROctetString(new byte[2])));
    all.add(pair(SGX + ".4", new DEROctetString(Bytes.fromHex(FMSPC).toByteArray())));
    return new DERSequence(all);
  }

  private static String components(int... svns) {
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; i < 16; i++) {
      list.append(i == 0 ? "" : ",").append("{\"svn\":").append(i < svns.length ? svns[i] : 0);
      list.append('}');
    }
    return list.append(']').toString();
  }

  private static String level(String status, String advisories, boolean tdx, int... svns) {
    return "{\"tcb\":{\"sgxtcbcomponents\":"
        + components(svns)
        + ",\"pcesvn\":11"
        + (tdx ? ",\"tdxtcbcomponents\":" + components(3, 1, 2) : "")
        + "},\"tcbDate\":\"2025-06-01T00:00:00Z\",\"tcbStatus\":\""
        + status
        + "\""
        + advisories
        + "}";
  }

  private static String info(String id, String more, boolean tdx) {
    return "{\"id\":\""
        + id
        + "\",\"version\":3,\"issueDate\":\"2026-02-20T00:00:00Z\",\"nextUpdate\":\""
        + NEXT_UPDATE
        + "\",\"fmspc\":\""
        + FMSPC
        + "\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":17,"
        + more
        + "\"tcbLevels\":["
        + level("UpToDate", "", tdx, 7, 7, 3, 3, 2, 1, 0, 5)
        + ","
        + level("OutOfDate", ",\"advisoryIDs\":[\"INTEL-SA-00001\"]", tdx, 6, 6)
        + "]}";
  }

  private static final String MODULE =
      "\"mrsigner\":\""
          + "00".repeat(48)
          + "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"";
  public static final String SGX_INFO = info("SGX", "", false);
  public static final String TDX_INFO =
      info(
          "TDX",
          "\"tdxModule\":{"
              + MODULE
              + "},\"tdxModuleIdentities\":[{\"id\":\"TDX_01\","
              + MODULE
              + ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2025-06-01T00:00:00Z\","
              + "\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"isvsvn\":2},\"tcbDate\":"
              + "\"2024-06-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
              + "\"advisoryIDs\":[\"INTEL-SA-00002\"]}]}],",
          true);
  public static final String QE_IDENTITY =
      "{\"id\":\"QE\",\"version\":2,\"issueDate\":\"2026-02-20T00:00:00Z\",\"nextUpdate\":\""
          + NEXT_UPDATE
          + "\",\"tcbEvaluationDataNumber\":17,\"miscselect\":\"00000000\","
          + "\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"01000000000000000000000000000000\","
          + "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\""
          + "C1".repeat(32)
          + "\",\"isvprodid\":1,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":8},\"tcbDate\":"
          + "\"2025-06-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"isvsvn\":6},"
          + "\"tcbDate\":\"2024-06-01T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}]}";
}
