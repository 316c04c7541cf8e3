package dev.holdfast.attestation.snp;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/**
 * An ATTESTATION_REPORT as it was sent, read and not yet believed (SEV-SNP ABI, AMD 56860, 7.3,
 * table 23; versions 2 to 5). Numbers are little-endian; reserved bytes are zero.
 *
 * @param version 2 to 5
 * @param guestSvn the guest's own security version
 * @param policy what the guest's owner allowed
 * @param familyId 16 bytes of the guest's owner
 * @param imageId 16 bytes of the guest's owner
 * @param vmpl the privilege level that asked, 0 to 3; more if the host asked
 * @param signatureAlgorithm 1 is ECDSA P-384 with SHA-384
 * @param platformInfo bits that tell how the platform runs
 * @param signerInfo what signed, and how
 * @param reportData 64 bytes of the guest
 * @param measurement 48 bytes: what was launched
 * @param hostData 32 bytes of the host, fixed at launch
 * @param idKeyDigest SHA-384 of the key that signed the guest's identity
 * @param authorKeyDigest SHA-384 of the key that certified that one
 * @param reportId 32 bytes that name the guest
 * @param reportIdMa 32 bytes that name its migration agent
 * @param processor family, model and stepping; from version 3 on
 * @param chipId 64 bytes; all zero if the host masks them
 * @param levels the firmware's versions, each 8 bytes as they stand
 * @param mitigations what was mitigated; from version 5 on
 * @param signature 512 bytes
 * @param signed the 672 bytes that the signature covers
 */
public record SnpReport(
    int version,
    long guestSvn,
    GuestPolicy policy,
    Bytes familyId,
    Bytes imageId,
    long vmpl,
    long signatureAlgorithm,
    PlatformInfo platformInfo,
    SignerInfo signerInfo,
    Bytes reportData,
    Bytes measurement,
    Bytes hostData,
    Bytes idKeyDigest,
    Bytes authorKeyDigest,
    Bytes reportId,
    Bytes reportIdMa,
    Optional<Processor> processor,
    Bytes chipId,
    Levels levels,
    Optional<Mitigations> mitigations,
    Bytes signature,
    Bytes signed) {
  /** Bytes of a report. */
  public static final int LENGTH = 1184;

  /** Bytes that the signature covers. */
  public static final int SIGNED_LENGTH = 0x2a0;

  private static final int SIGNATURE_LENGTH = 512;
  private static final int FIRST = 2;
  private static final int LAST = 5;
  private static final int WITH_PROCESSOR = 3;
  private static final int WITH_MITIGATIONS = 5;

  /**
   * How the platform runs (table 24). Bits that are not known here are kept and claim nothing.
   *
   * @param bits the 64 bits as they stand
   */
  public record PlatformInfo(long bits) {
    /** Whether a bit is set. */
    boolean bit(int number) {
      return ((bits >>> number) & 1) != 0;
    }
  }

  /**
   * What signed.
   *
   * @param key the kind of key
   * @param chipKeyMasked whether the host keeps the chip's own key from being used
   * @param authorKey whether the digest of an author key is there
   */
  public record SignerInfo(SnpSigner key, boolean chipKeyMasked, boolean authorKey) {}

  /**
   * The processor, as CPUID tells it, with extended family and model combined.
   *
   * @param family 0x19 or 0x1a
   * @param model within the family
   * @param stepping within the model
   */
  public record Processor(int family, int model, int stepping) {}

  /**
   * Versions of the firmware.
   *
   * @param current TCB that runs
   * @param reported TCB that the signing key is derived from
   * @param committed TCB below which the host cannot go back
   * @param launch TCB when the guest was launched or imported
   * @param currentVersion build, minor, major of the firmware that runs
   * @param committedVersion build, minor, major below which the host cannot go back
   */
  public record Levels(
      Bytes current,
      Bytes reported,
      Bytes committed,
      Bytes launch,
      Bytes currentVersion,
      Bytes committedVersion) {
    /** Whether the host can still go back from the firmware that runs. */
    public boolean provisional() {
      return !current.equals(committed) || !currentVersion.equals(committedVersion);
    }
  }

  /**
   * Mitigations, one bit each.
   *
   * @param launch those of when the guest was launched
   * @param current those of now
   */
  public record Mitigations(long launch, long current) {}

  /** Thrown for a version of report that is not known here. */
  static final class UnknownVersion extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long version;

    UnknownVersion(long version) {
      super("version " + version, null, false, false);
      this.version = version;
    }

    long version() {
      return version;
    }
  }

  /** Reads a report, which is not believed by that; empty if it cannot be read. */
  public static Optional<SnpReport> find(Bytes bytes) {
    try {
      return Optional.of(parse(bytes));
    } catch (MalformedException | UnknownVersion unreadable) {
      return Optional.empty();
    }
  }

  /**
   * Reads a report.
   *
   * @throws MalformedException if it is not 1184 bytes, or a reserved field is not zero
   * @throws UnknownVersion if it is of another version than 2 to 5
   */
  static SnpReport parse(Bytes bytes) {
    if (bytes.length() != LENGTH) {
      throw new MalformedException("a report has " + LENGTH + " bytes, not " + bytes.length());
    }
    ByteCursor in = ByteCursor.littleEndian(bytes);
    long version = in.u32("version");
    if (version < FIRST || version > LAST) {
      throw new UnknownVersion(version);
    }
    long guestSvn = in.u32("guest SVN");
    GuestPolicy policy = GuestPolicy.read(in.u64("guest policy"));
    Bytes familyId = in.take(16, "family id");
    Bytes imageId = in.take(16, "image id");
    long vmpl = in.u32("VMPL");
    long algorithm = in.u32("signature algorithm");
    Bytes current = in.take(8, "current TCB");
    PlatformInfo platformInfo = new PlatformInfo(in.u64("platform info"));
    SignerInfo signerInfo = signerInfo(in.u32("signer info"));
    zero(in, 4, "after the signer info");
    Bytes reportData = in.take(64, "report data");
    Bytes measurement = in.take(48, "measurement");
    Bytes hostData = in.take(32, "host data");
    Bytes idKeyDigest = in.take(48, "ID key digest");
    Bytes authorKeyDigest = in.take(48, "author key digest");
    Bytes reportId = in.take(32, "report id");
    Bytes reportIdMa = in.take(32, "report id of the migration agent");
    Bytes reported = in.take(8, "reported TCB");
    Optional<Processor> processor = Optional.empty();
    if (version >= WITH_PROCESSOR) {
      processor = Optional.of(new Processor(in.u8("family"), in.u8("model"), in.u8("stepping")));
    }
    zero(in, 0x1a0 - in.position(), "before the chip id");
    Bytes chipId = in.take(64, "chip id");
    Bytes committed = in.take(8, "committed TCB");
    Bytes currentVersion = in.take(3, "current version");
    zero(in, 1, "after the current version");
    Bytes committedVersion = in.take(3, "committed version");
    zero(in, 1, "after the committed version");
    Bytes launch = in.take(8, "launch TCB");
    Optional<Mitigations> mitigations = Optional.empty();
    if (version >= WITH_MITIGATIONS) {
      mitigations =
          Optional.of(new Mitigations(in.u64("launch mitigations"), in.u64("current mitigations")));
    }
    zero(in, SIGNED_LENGTH - in.position(), "before the signature");
    Bytes signature = in.take(SIGNATURE_LENGTH, "signature");
    in.end("the report");
    return new SnpReport(
        (int) version,
        guestSvn,
        policy,
        familyId,
        imageId,
        vmpl,
        algorithm,
        platformInfo,
        signerInfo,
        reportData,
        measurement,
        hostData,
        idKeyDigest,
        authorKeyDigest,
        reportId,
        reportIdMa,
        processor,
        chipId,
        new Levels(current, reported, committed, launch, currentVersion, committedVersion),
        mitigations,
        signature,
        bytes.slice(0, SIGNED_LENGTH));
  }

  /** Whether the host keeps the chip's identifier from its guests. */
  public boolean chipIdMasked() {
    return isZero(chipId);
  }

  static boolean isZero(Bytes bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      if (bytes.at(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static SignerInfo signerInfo(long bits) {
    if (bits >>> 5 != 0) {
      throw new MalformedException("bits 5 to 31 of the signer info must be zero");
    }
    SnpSigner key =
        switch ((int) (bits >>> 2)) {
          case 0 -> SnpSigner.VCEK;
          case 1 -> SnpSigner.VLEK;
          case 7 -> SnpSigner.NONE;
          default -> throw new MalformedException("the signer info names a key that is reserved");
        };
    return new SignerInfo(key, (bits & 2) != 0, (bits & 1) != 0);
  }

  private static void zero(ByteCursor in, int length, String where) {
    if (!isZero(in.take(length, "reserved bytes"))) {
      throw new MalformedException("the reserved bytes " + where + " must be zero");
    }
  }
}
