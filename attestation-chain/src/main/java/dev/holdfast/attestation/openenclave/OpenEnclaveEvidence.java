package dev.holdfast.attestation.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.Optional;

/**
 * Open Enclave's wrapping of an SGX quote, as read, which proves nothing by itself (Open Enclave
 * SDK, {@code openenclave/internal/report.h} and {@code attestation/sgx/evidence.h}).
 *
 * @param format how it is wrapped
 * @param quote the SGX quote
 * @param customClaims what the enclave added, of which the quote signs the SHA-256; only evidence
 *     of the format SGX_ECDSA has them
 */
public record OpenEnclaveEvidence(Format format, Bytes quote, Optional<Bytes> customClaims) {
  /** Most bytes of evidence. */
  public static final int MAX_BYTES = 256 * 1024;

  private static final int REPORT_VERSION = 1;
  private static final int REPORT_REMOTE = 2;
  private static final int HEADER_VERSION = 3;
  private static final int QUOTE_BEFORE_SIGNATURE = 48 + 384;

  /** How a quote is wrapped. */
  public enum Format {
    /** A 16-byte header and the quote. */
    LEGACY_REPORT_REMOTE("c8303454d9234c2ca691df7def460a76"),
    /** The quote and custom claims, behind a 32-byte header. */
    SGX_ECDSA("a3a21e871b4d4014b70aa125d2fbcd8c"),
    /** The quote alone, behind a 32-byte header. */
    RAW_SGX_QUOTE_ECDSA("1923d91e12d24c72b22025cd8dace871");

    private final Bytes uuid;

    Format(String uuid) {
      this.uuid = Bytes.fromHex(uuid);
    }

    /** Its identifier, 16 bytes. */
    public Bytes uuid() {
      return uuid;
    }
  }

  /** A kind of evidence that is not verified here, such as a local report. */
  static final class UnknownFormat extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String words;

    private UnknownFormat(String words) {
      super(words, null, false, false);
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /**
   * Reads a remote report or evidence with its header.
   *
   * @throws MalformedException if it is neither
   * @throws UnknownFormat if it is of a format that is not verified here
   */
  static OpenEnclaveEvidence parse(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException(bytes.length() + " bytes, more than " + MAX_BYTES);
    }
    ByteCursor in = ByteCursor.littleEndian(bytes);
    long version = in.u32("header version");
    if (version == REPORT_VERSION) {
      return report(in);
    }
    if (version != HEADER_VERSION) {
      throw new MalformedException("a header of version " + version + ", neither 1 nor 3");
    }
    Bytes uuid = in.take(16, "format");
    in.take(4, "padding");
    Bytes data = data(in);
    for (Format format : Format.values()) {
      if (format.uuid.equals(uuid)) {
        return wrapped(format, data);
      }
    }
    throw new UnknownFormat("evidence of format " + uuid.hex());
  }

  private static OpenEnclaveEvidence report(ByteCursor in) {
    long type = in.u32("report type");
    Bytes quote = data(in);
    if (type != REPORT_REMOTE) {
      throw new UnknownFormat("a report of type " + type + ", which is not a remote one");
    }
    return new OpenEnclaveEvidence(Format.LEGACY_REPORT_REMOTE, quote, Optional.empty());
  }

  private static OpenEnclaveEvidence wrapped(Format format, Bytes data) {
    return switch (format) {
      case RAW_SGX_QUOTE_ECDSA -> new OpenEnclaveEvidence(format, data, Optional.empty());
      case SGX_ECDSA -> {
        int length = quoteLength(data);
        yield new OpenEnclaveEvidence(
            format, data.slice(0, length), Optional.of(data.slice(length, data.length())));
      }
      case LEGACY_REPORT_REMOTE -> {
        ByteCursor inner = ByteCursor.littleEndian(data);
        long version = inner.u32("report version");
        if (version != REPORT_VERSION) {
          throw new MalformedException("a report of version " + version + ", not 1");
        }
        yield report(inner);
      }
    };
  }

  /** What remains, of which a size tells how much it is. */
  private static Bytes data(ByteCursor in) {
    long size = in.u64("size");
    if (size != in.remaining()) {
      throw new MalformedException(
          "a header that tells of "
              + Long.toUnsignedString(size)
              + " bytes, and "
              + in.remaining()
              + " follow");
    }
    return in.take((int) size, "data");
  }

  /** Where the quote ends and custom claims begin: the quote says how long its end is. */
  private static int quoteLength(Bytes data) {
    ByteCursor in = ByteCursor.littleEndian(data);
    in.take(QUOTE_BEFORE_SIGNATURE, "quote");
    long signature = in.u32("signature data length");
    if (signature > in.remaining()) {
      throw new MalformedException("a quote that does not end inside the evidence");
    }
    return in.position() + (int) signature;
  }
}
