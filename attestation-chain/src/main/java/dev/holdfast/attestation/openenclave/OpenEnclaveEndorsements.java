package dev.holdfast.attestation.openenclave;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.DcapCollateral;
import java.util.ArrayList;
import java.util.List;

/**
 * Open Enclave's endorsements for SGX: the platform's collateral in one blob (Open Enclave SDK,
 * {@code common/sgx/endorsements.h}).
 *
 * @param collateral what it holds, nothing of it believed yet
 * @param created when its maker says that it was made, such as {@code 2024-03-13T00:00:00Z};
 *     nothing signs it, and nothing is judged by it
 */
public record OpenEnclaveEndorsements(DcapCollateral collateral, String created) {
  /** Most bytes of endorsements. */
  public static final int MAX_BYTES = 8 * 1024 * 1024;

  private static final int VERSION = 1;
  private static final int ENCLAVE_SGX = 2;
  private static final int HEADER_VERSION = 3;
  private static final int CREATED_MAX = 32;

  // The items, in their order.
  private static final int ITEM_VERSION = 0;
  private static final int TCB_INFO = 1;
  private static final int TCB_ISSUER_CHAIN = 2;
  private static final int PCK_CRL = 3;
  private static final int ROOT_CRL = 4;
  private static final int PCK_CRL_ISSUER_CHAIN = 5;
  private static final int QE_IDENTITY = 6;
  private static final int QE_IDENTITY_ISSUER_CHAIN = 7;
  private static final int CREATED = 8;
  private static final int ITEMS = 9;

  /** What reading came to. */
  public sealed interface Parsed {}

  /**
   * They can be read.
   *
   * @param endorsements their content
   */
  public record Legible(OpenEnclaveEndorsements endorsements) implements Parsed {}

  /**
   * They cannot.
   *
   * @param finding why
   */
  public record Illegible(Finding finding) implements Parsed {}

  /** Reads endorsements, with a header of 32 bytes or without; never throws. */
  public static Parsed parse(Bytes bytes) {
    try {
      if (bytes.length() > MAX_BYTES) {
        throw new MalformedException(bytes.length() + " bytes, more than " + MAX_BYTES);
      }
      return new Legible(read(unwrapped(bytes)));
    } catch (MalformedException e) {
      return new Illegible(
          Finding.against(
                  Reason.EVIDENCE_MALFORMED, "the endorsements cannot be read: " + e.words())
              .at("oe/endorsements")
              .remedy("Send the endorsements as the SDK returned them."));
    }
  }

  private static Bytes unwrapped(Bytes bytes) {
    ByteCursor in = ByteCursor.littleEndian(bytes);
    if (in.u32("version") != HEADER_VERSION) {
      return bytes;
    }
    Bytes format = in.take(16, "format");
    in.take(4, "padding");
    long size = in.u64("size");
    if (size != in.remaining() || !format.equals(OpenEnclaveEvidence.Format.SGX_ECDSA.uuid())) {
      throw new MalformedException("a header of format " + format.hex() + " that does not fit");
    }
    return in.take((int) size, "endorsements");
  }

  private static OpenEnclaveEndorsements read(Bytes bytes) {
    ByteCursor in = ByteCursor.littleEndian(bytes);
    long version = in.u32("version");
    long type = in.u32("enclave type");
    long size = in.u32("buffer size");
    long count = in.u32("number of items");
    if (version != VERSION || type != ENCLAVE_SGX || count != ITEMS) {
      throw new MalformedException(
          "version " + version + ", enclave type " + type + ", " + count + " items");
    }
    if (size != in.remaining()) {
      throw new MalformedException(
          "a buffer of " + size + " bytes, and " + in.remaining() + " follow");
    }
    List<Long> offsets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      offsets.add(in.u32("offset"));
    }
    Bytes data = in.take(in.remaining(), "items");
    offsets.add((long) data.length());
    List<Bytes> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = offsets.get(i);
      long to = offsets.get(i + 1);
      if (from > to || to > data.length() || (i == 0 && from != 0)) {
        throw new MalformedException("item " + i + " does not lie between its neighbours");
      }
      items.add(data.slice((int) from, (int) to));
    }
    return of(items);
  }

  private static OpenEnclaveEndorsements of(List<Bytes> items) {
    Bytes version = items.get(ITEM_VERSION);
    if (!version.equals(Bytes.of((byte) 1, (byte) 0, (byte) 0, (byte) 0))) {
      throw new MalformedException("SGX endorsements of another version than 1");
    }
    Bytes created = text(items, CREATED);
    if (created.length() > CREATED_MAX) {
      throw new MalformedException("a time of " + created.length() + " bytes");
    }
    return new OpenEnclaveEndorsements(
        DcapCollateral.of(
            new DcapCollateral.Signed(text(items, TCB_INFO), chain(items, TCB_ISSUER_CHAIN)),
            new DcapCollateral.Signed(
                text(items, QE_IDENTITY), chain(items, QE_IDENTITY_ISSUER_CHAIN)),
            new DcapCollateral.Signed(crl(items, PCK_CRL), chain(items, PCK_CRL_ISSUER_CHAIN)),
            crl(items, ROOT_CRL)),
        new String(created.toByteArray(), java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static Bytes chain(List<Bytes> items, int item) {
    return text(items, item);
  }

  /** A text without the zero that ends it; it holds no other. */
  private static Bytes text(List<Bytes> items, int item) {
    Bytes text = unterminated(items.get(item));
    for (int i = 0; i < text.length(); i++) {
      if (text.at(i) == 0) {
        throw new MalformedException("item " + item + " is a text with a zero in it");
      }
    }
    return text;
  }

  private static Bytes unterminated(Bytes bytes) {
    int end = bytes.length();
    while (end > 0 && bytes.at(end - 1) == 0) {
      end--;
    }
    return bytes.slice(0, end);
  }

  /** DER says its own length, and ends before the zero; PEM and hexadecimal digits are texts. */
  private static Bytes crl(List<Bytes> items, int item) {
    Bytes bytes = items.get(item);
    boolean der = bytes.length() > 4 && bytes.at(0) == 0x30 && bytes.at(1) == 0x82;
    int length = der ? 4 + ((bytes.at(2) << 8) | bytes.at(3)) : 0;
    boolean terminated = der && bytes.length() == length + 1 && bytes.at(length) == 0;
    return der ? (terminated ? bytes.slice(0, length) : bytes) : unterminated(bytes);
  }
}
