package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;

/**
 * What a confidential guest's firmware says of it.
 *
 * @param provider which firmware
 * @param report a TDX quote, or an SEV-SNP report
 * @param auxiliary the certificate table that the host gave with a report; else empty
 */
public record GuestReport(Provider provider, Bytes report, Bytes auxiliary) {
  /** Which firmware vouches (Linux, Documentation/ABI/testing/configfs-tsm). */
  public enum Provider {
    /** Intel TDX: a quote of version 4 or 5. */
    TDX_GUEST("tdx_guest"),
    /** AMD SEV-SNP: an attestation report. */
    SEV_GUEST("sev_guest");

    private final String word;

    Provider(String word) {
      this.word = word;
    }

    /** As the kernel writes it. */
    public String word() {
      return word;
    }
  }

  /** Where the report data lies: TDX DCAP quote library, 2.3; SEV-SNP firmware ABI, table 23. */
  private int reportDataOffset() {
    return switch (provider) {
      // The header, in version 5 a type and a size, then the body.
      case TDX_GUEST -> 48 + (!report.isEmpty() && report.at(0) == 5 ? 6 : 0) + 520;
      case SEV_GUEST -> 0x50;
    };
  }

  /** Whether it was made for these report data, and not for another's. */
  boolean states(Bytes reportData) {
    int from = reportDataOffset();
    int to = from + reportData.length();
    return report.length() >= to && report.slice(from, to).equals(reportData);
  }
}
