package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * A quote as read, which proves nothing by itself (Intel SGX DCAP ECDSA quote API, A.4; Intel TDX
 * DCAP quoting library API, A.3): version 3 about an enclave, versions 4 and 5 about an enclave or
 * a trust domain.
 *
 * @param version 3, 4 or 5
 * @param qeVendor who made the quoting enclave, 16 bytes
 * @param body what it is about
 * @param signed header and body, as signed
 * @param signature its signed end
 */
public record Quote(
    int version, Bytes qeVendor, ReportBody body, Bytes signed, QuoteSignature signature) {
  /** Most bytes of a quote with all that follows it. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final int ECDSA_P256 = 2;
  private static final long TEE_SGX = 0;
  private static final long TEE_TDX = 0x81;
  private static final int BODY_SGX = 1;
  private static final int BODY_TDX_1_0 = 2;
  private static final int BODY_TDX_1_5 = 3;

  /** What reading came to. */
  public sealed interface Parsed {}

  /**
   * It can be read.
   *
   * @param quote its content
   */
  public record Legible(Quote quote) implements Parsed {}

  /**
   * It cannot.
   *
   * @param finding QUOTE_VERSION if it is of a version or kind that is not known, else
   *     EVIDENCE_MALFORMED
   */
  public record Illegible(Finding finding) implements Parsed {}

  /** A version or kind that is not known. */
  private static final class UnknownKind extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String words;

    private UnknownKind(String words) {
      super(words, null, false, false);
      this.words = words;
    }
  }

  /** Reads a quote; never throws. */
  public static Parsed parse(Bytes bytes, TrailingBytes trailing) {
    try {
      if (bytes.length() > MAX_BYTES) {
        throw new MalformedException(bytes.length() + " bytes, more than " + MAX_BYTES);
      }
      return new Legible(read(bytes, trailing));
    } catch (UnknownKind e) {
      return new Illegible(
          Finding.against(Reason.QUOTE_VERSION, "the quote is of a kind not known: " + e.words)
              .at("quote")
              .remedy("Send a DCAP quote of version 3, 4 or 5, signed with ECDSA over P-256."));
    } catch (MalformedException e) {
      return new Illegible(
          Finding.against(Reason.EVIDENCE_MALFORMED, "the quote cannot be read: " + e.words())
              .at("quote")
              .remedy("Send the quote as the platform made it, cut to its length."));
    }
  }

  private static Quote read(Bytes bytes, TrailingBytes trailing) {
    ByteCursor in = ByteCursor.littleEndian(bytes);
    int version = in.u16("version");
    if (version < 3 || version > 5) {
      throw new UnknownKind("version " + version);
    }
    int keyType = in.u16("attestation key type");
    if (keyType != ECDSA_P256) {
      throw new UnknownKind("attestation key type " + keyType);
    }
    long tee = in.u32("TEE type");
    if (tee != TEE_SGX && (tee != TEE_TDX || version == 3)) {
      throw new UnknownKind("TEE type " + tee + " in version " + version);
    }
    in.take(4, "QE SVN and PCE SVN, or reserved");
    Bytes vendor = in.take(16, "QE vendor");
    in.take(20, "user data");
    ReportBody body = version == 5 ? described(in, tee) : body(in, tee);
    Bytes signed = bytes.slice(0, in.position());
    long length = in.u32("signature data length");
    if (length > in.remaining()) {
      throw new MalformedException(
          "signature data of " + length + " bytes, and " + in.remaining() + " are left");
    }
    ByteCursor section = ByteCursor.littleEndian(in.take((int) length, "signature data"));
    QuoteSignature signature =
        version == 3 ? QuoteSignature.readFlat(section) : QuoteSignature.readNested(section);
    section.end("signature data");
    if (!signature.certification().known()) {
      throw new UnknownKind("certification data type " + signature.certification().type());
    }
    if (!trailing.allow(bytes, in.position())) {
      throw new MalformedException(
          in.remaining() + " bytes follow its end, and " + trailing + " may");
    }
    return new Quote(version, vendor, body, signed, signature);
  }

  private static ReportBody body(ByteCursor in, long tee) {
    return tee == TEE_TDX ? TdReport.read(in, false) : EnclaveReport.read(in);
  }

  /** Version 5 says what its body is, and how long. */
  private static ReportBody described(ByteCursor in, long tee) {
    int type = in.u16("body type");
    long size = in.u32("body size");
    int from = in.position();
    if (type < BODY_SGX || type > BODY_TDX_1_5 || (type == BODY_SGX) != (tee == TEE_SGX)) {
      throw new UnknownKind("body type " + type + " for TEE type " + tee);
    }
    ReportBody body =
        switch (type) {
          case BODY_SGX -> EnclaveReport.read(in);
          case BODY_TDX_1_0 -> TdReport.read(in, false);
          default -> TdReport.read(in, true);
        };
    if (in.position() - from != size) {
      throw new MalformedException("a body of type " + type + " that has " + size + " bytes");
    }
    return body;
  }
}
