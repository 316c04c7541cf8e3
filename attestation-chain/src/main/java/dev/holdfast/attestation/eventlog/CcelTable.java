package dev.holdfast.attestation.eventlog;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * The ACPI table that says where a confidential machine's event log lies (ACPI 6.5, 5.2.34; Guest
 * Hypervisor Communication Interface for TDX 1.5, 4.3.3).
 *
 * @param type the kind of protection: 1 SEV, 2 TDX
 * @param subtype reserved
 * @param logAreaLength bytes set aside for the log, unsigned 64 bits
 * @param logAreaAddress where they lie in the machine's memory, unsigned 64 bits
 */
public record CcelTable(int type, int subtype, long logAreaLength, long logAreaAddress) {
  /** Bytes of the table. */
  public static final int LENGTH = 56;

  private static final Bytes SIGNATURE = Bytes.utf8("CCEL");
  private static final int HEADER_REST = 28;

  /** What reading came to. */
  public sealed interface Parsed {}

  /**
   * The table can be read.
   *
   * @param table its content
   */
  public record Legible(CcelTable table) implements Parsed {}

  /**
   * The table cannot be read.
   *
   * @param finding EVENTLOG_MALFORMED
   */
  public record Illegible(Finding finding) implements Parsed {}

  /**
   * Reads a table; never throws. The checksum is judged: all bytes of an ACPI table add up to 0
   * (ACPI 6.5, 5.2.6).
   */
  public static Parsed parse(Bytes bytes) {
    try {
      ByteCursor in = ByteCursor.littleEndian(bytes);
      if (!in.take(4, "the signature").equals(SIGNATURE)) {
        throw new MalformedException("the signature is not CCEL");
      }
      long length = in.u32("the length");
      if (length != LENGTH || bytes.length() != LENGTH) {
        throw new MalformedException(
            "the table has 56 bytes; it says " + length + ", and is " + bytes.length());
      }
      in.take(HEADER_REST, "the header");
      int type = in.u8("the type");
      int subtype = in.u8("the subtype");
      in.u16("what is reserved");
      CcelTable table =
          new CcelTable(type, subtype, in.u64("the log's length"), in.u64("the log's address"));
      int sum = 0;
      for (int i = 0; i < LENGTH; i++) {
        sum += bytes.at(i);
      }
      if ((sum & 0xff) != 0) {
        throw new MalformedException("the checksum is wrong");
      }
      return new Legible(table);
    } catch (MalformedException e) {
      return new Illegible(
          Finding.against(Reason.EVENTLOG_MALFORMED, "the CCEL table cannot be read: " + e.words())
              .at("ccel")
              .remedy("Send the table as /sys/firmware/acpi/tables/CCEL holds it."));
    }
  }
}
