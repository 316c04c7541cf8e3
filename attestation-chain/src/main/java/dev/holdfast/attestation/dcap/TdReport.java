package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The report of a TDX trust domain, 584 bytes for TDX 1.0 and 648 for 1.5 (Intel TDX DCAP quoting
 * library API, A.3.2 and A.3.3).
 *
 * @param raw the bytes
 * @param teeTcbSvn 16 bytes: the module's security version, its version, and further components
 * @param mrSeam the TDX module, 48 bytes
 * @param mrSignerSeam its signer, 48 bytes; zero is Intel
 * @param seamAttributes 8 bytes
 * @param tdAttributes 8 bytes
 * @param xfam 8 bytes
 * @param mrTd the initial content of the domain, 48 bytes
 * @param mrConfigId 48 bytes
 * @param mrOwner 48 bytes
 * @param mrOwnerConfig 48 bytes
 * @param rtmrs the four registers, 48 bytes each
 * @param reportData 64 bytes
 * @param later what TDX 1.5 added
 */
public record TdReport(
    Bytes raw,
    Bytes teeTcbSvn,
    Bytes mrSeam,
    Bytes mrSignerSeam,
    Bytes seamAttributes,
    Bytes tdAttributes,
    Bytes xfam,
    Bytes mrTd,
    Bytes mrConfigId,
    Bytes mrOwner,
    Bytes mrOwnerConfig,
    List<Bytes> rtmrs,
    Bytes reportData,
    Optional<Later> later)
    implements ReportBody {
  /** Its bytes in TDX 1.0. */
  public static final int LENGTH_1_0 = 584;

  /** Its bytes in TDX 1.5. */
  public static final int LENGTH_1_5 = 648;

  /** Registers that are extended at run time. */
  public static final int RTMRS = 4;

  private static final int DIGEST = 48;
  private static final int UNTRUSTED = 0xff;

  /** SEPT_VE_DISABLE, MIGRATABLE, PKS, KL, PERFMON; LASS, ICSSD, TPA of later modules. */
  private static final long KNOWN =
      UNTRUSTED | 1L << 16 | 1L << 27 | 1L << 28 | 1L << 29 | 1L << 30 | 1L << 31 | 1L << 62
          | 1L << 63;

  /**
   * What TDX 1.5 added.
   *
   * @param teeTcbSvn2 the components of the module that runs now, 16 bytes
   * @param mrServiceTd the service domain, 48 bytes
   */
  public record Later(Bytes teeTcbSvn2, Bytes mrServiceTd) {}

  static TdReport read(ByteCursor outer, boolean later) {
    Bytes raw = outer.take(later ? LENGTH_1_5 : LENGTH_1_0, "TD report");
    ByteCursor in = ByteCursor.littleEndian(raw);
    Bytes teeTcbSvn = in.take(16, "TEE_TCB_SVN");
    Bytes mrSeam = in.take(DIGEST, "MRSEAM");
    Bytes mrSignerSeam = in.take(DIGEST, "MRSIGNERSEAM");
    Bytes seamAttributes = in.take(8, "SEAMATTRIBUTES");
    Bytes tdAttributes = in.take(8, "TDATTRIBUTES");
    Bytes xfam = in.take(8, "XFAM");
    Bytes mrTd = in.take(DIGEST, "MRTD");
    Bytes mrConfigId = in.take(DIGEST, "MRCONFIGID");
    Bytes mrOwner = in.take(DIGEST, "MROWNER");
    Bytes mrOwnerConfig = in.take(DIGEST, "MROWNERCONFIG");
    List<Bytes> rtmrs = new ArrayList<>();
    for (int i = 0; i < RTMRS; i++) {
      rtmrs.add(in.take(DIGEST, "RTMR"));
    }
    Bytes reportData = in.take(ReportDataRule.LENGTH, "REPORTDATA");
    Optional<Later> more =
        later
            ? Optional.of(new Later(in.take(16, "TEE_TCB_SVN_2"), in.take(DIGEST, "MRSERVICETD")))
            : Optional.empty();
    return new TdReport(
        raw,
        teeTcbSvn,
        mrSeam,
        mrSignerSeam,
        seamAttributes,
        tdAttributes,
        xfam,
        mrTd,
        mrConfigId,
        mrOwner,
        mrOwnerConfig,
        List.copyOf(rtmrs),
        reportData,
        more);
  }

  /**
   * The same of a domain that was made on what runs now; empty before TDX 1.5, which does not tell.
   * The bytes stay as they were signed.
   */
  public Optional<TdReport> madeNow() {
    return later.map(
        running ->
            new TdReport(
                raw,
                running.teeTcbSvn2(),
                mrSeam,
                mrSignerSeam,
                seamAttributes,
                tdAttributes,
                xfam,
                mrTd,
                mrConfigId,
                mrOwner,
                mrOwnerConfig,
                rtmrs,
                reportData,
                later));
  }

  /** The version of the TDX module that made the domain, 0 to 255. */
  public int moduleVersion() {
    return teeTcbSvn.at(1);
  }

  /** The security version of the TDX module that made the domain, 0 to 255. */
  public int moduleSvn() {
    return teeTcbSvn.at(0);
  }

  /**
   * Whether any bit of the group "TD under debug" is set: DEBUG, or a way to profile the domain
   * from outside (TDX module base specification, ATTRIBUTES, bits 0 to 7).
   */
  public boolean debug() {
    return (tdAttributes.at(0) & UNTRUSTED) != 0;
  }

  /** Whether bits are set that no module defines. */
  public boolean unknownAttributes() {
    long bits = ByteCursor.littleEndian(tdAttributes).u64("TDATTRIBUTES");
    return (bits & ~KNOWN) != 0;
  }
}
