package dev.holdfast.attestation.dcap;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The certificates that lead from a quote to an anchor, in the quote or beside it. */
final class PckChain {
  private static final String END = "-----END CERTIFICATE-----";
  private static final int PPID = 16;
  private static final int RSA_2048 = 256;
  private static final int RSA_3072 = 384;

  private final CertificationData certification;
  private final List<Bytes> beside;

  PckChain(CertificationData certification, List<Bytes> beside) {
    this.certification = certification;
    this.beside = beside;
  }

  /** Findings against what was sent, before any certificate is read. */
  void check(List<Finding> findings) {
    switch (certification.type()) {
      case CertificationData.PCK_CHAIN -> {
        if (!nothingBesidePem(certification.data())) {
          findings.add(malformed("bytes in the certificate chain belong to no PEM block"));
        }
      }
      case CertificationData.QE_REPORT ->
          findings.add(
              Finding.against(
                      Reason.QUOTE_VERSION,
                      "the quoting enclave's report is certified by another such report")
                  .at("quote/certification"));
      default -> {
        if (beside.isEmpty()) {
          findings.add(
              Finding.against(
                      Reason.CERT_CHAIN,
                      "the quote carries certification data of type "
                          + certification.type()
                          + ", from which no certificates follow")
                  .at("quote/certification")
                  .remedy("Send the PCK certificate and its chain with the quote."));
        }
      }
    }
  }

  /** Judges the path under anchors. */
  CertificatePath.Judgement judge(CertificatePath.Anchors anchors, Instant at, PathMemory memory) {
    if (certification.type() == CertificationData.PCK_CHAIN) {
      return CertificatePath.judge(
          List.of(certification.data()), anchors, PathRules.TO_PRESENTED_ANCHOR, at, memory);
    }
    List<Bytes> presented = new ArrayList<>();
    if (certification.type() == CertificationData.PCK_LEAF) {
      presented.add(certification.data());
    }
    presented.addAll(beside);
    return CertificatePath.judge(presented, anchors, PathRules.ANY_ORDER, at, memory);
  }

  /** Findings where the quote names another platform than the certificate. */
  void compare(PckCertificate pck, List<Finding> findings) {
    try {
      Optional<Integer> ppidLength = ppidLength();
      if (ppidLength.isEmpty()) {
        return;
      }
      ByteCursor in = ByteCursor.littleEndian(certification.data());
      Bytes ppid = in.take(ppidLength.get(), "PPID");
      in.take(PPID, "CPUSVN");
      in.u16("PCESVN");
      int pceId = in.u16("PCEID");
      in.end("certification data");
      boolean plain = certification.type() == CertificationData.PPID_PLAIN;
      if (pceId != pck.pceId() || plain && !ppid.equals(pck.ppid())) {
        findings.add(
            Finding.against(
                    Reason.EVIDENCE_SPLICE,
                    "the PCK certificate is of another platform than the quote names")
                .at("quote/certification")
                .remedy("Send the certificate of the platform that made the quote."));
      }
    } catch (MalformedException e) {
      findings.add(malformed("certification data: " + e.words()));
    }
  }

  private Optional<Integer> ppidLength() {
    return switch (certification.type()) {
      case CertificationData.PPID_PLAIN -> Optional.of(PPID);
      case CertificationData.PPID_RSA_2048 -> Optional.of(RSA_2048);
      case CertificationData.PPID_RSA_3072 -> Optional.of(RSA_3072);
      default -> Optional.empty();
    };
  }

  /** White space may stand between the blocks, and zeros after them; nothing else is a chain. */
  private static boolean nothingBesidePem(Bytes pem) {
    String text = new String(pem.toByteArray(), StandardCharsets.ISO_8859_1);
    int at = 0;
    for (int end = text.indexOf(END); end >= 0; end = text.indexOf(END, at)) {
      int begin = text.indexOf("-----BEGIN ", at);
      if (begin < 0 || begin > end || !text.substring(at, begin).isBlank()) {
        return false;
      }
      at = end + END.length();
    }
    return at > 0 && text.substring(at).chars().allMatch(c -> c == 0 || c == '\n' || c == '\r');
  }

  private static Finding malformed(String words) {
    return Finding.against(Reason.EVIDENCE_MALFORMED, words)
        .at("quote/certification")
        .remedy("Send the quote as the platform made it.");
  }
}
