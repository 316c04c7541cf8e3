package dev.holdfast.server.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.CollateralMemory;
import dev.holdfast.attestation.collateral.CollateralParser;
import dev.holdfast.attestation.collateral.CollateralVerifier;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.QeIdentity;
import dev.holdfast.attestation.collateral.Reading;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.collateral.VerifiedCollateral;
import dev.holdfast.attestation.dcap.PckCertificate;
import dev.holdfast.attestation.verifier.CollateralNeed;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.Certificates;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A bundle that was signed by who must sign it, whether or not it holds now: {@link #judge} looks
 * at it at the moment when the first of its items ends.
 *
 * @param source the bundle as it was read
 * @param content what it says
 */
public record GenuineBundle(DcapCollateral source, VerifiedCollateral content) {
  /** What the judgement came to. */
  public sealed interface Judgement {}

  /**
   * It is genuine.
   *
   * @param bundle the bundle
   */
  public record Genuine(GenuineBundle bundle) implements Judgement {}

  /**
   * It is not, or nothing can be made of it.
   *
   * @param findings why: at least one
   */
  public record Refused(List<Finding> findings) implements Judgement {
    /** Copies the list. */
    public Refused {
      findings = List.copyOf(findings);
    }

    /** The findings in one line. */
    public String words() {
      return String.join("; ", findings.stream().map(Finding::message).toList());
    }
  }

  /**
   * Judges a bundle under each of some anchors; one of them is enough.
   *
   * @param anchors none trusts nothing
   */
  public static Judgement judge(DcapCollateral source, Collection<Anchors> anchors) {
    Instant at = firstEnd(source);
    List<Finding> findings = new ArrayList<>();
    for (Anchors roots : anchors) {
      switch (CollateralVerifier.verify(source, roots, at, CollateralMemory.none())) {
        case CollateralVerifier.Believed<VerifiedCollateral>(
                VerifiedCollateral content,
                Instant _) -> {
          return new Genuine(new GenuineBundle(source, content));
        }
        case CollateralVerifier.Disbelieved<VerifiedCollateral>(List<Finding> why) ->
            findings.addAll(why);
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.against(Reason.SIGNER_NOT_ANCHORED, "no anchor is configured for it")
              .remedy("Pin Intel's root under evidenceAnchors."));
    }
    return new Refused(findings.stream().distinct().toList());
  }

  /**
   * When the first item ends, as far as they can be read; else the epoch, which nothing holds at.
   */
  private static Instant firstEnd(DcapCollateral source) {
    List<Instant> ends = new ArrayList<>();
    if (CollateralParser.tcbInfo(source.tcbInfo().body())
        instanceof Reading.Legible<TcbInfo> info) {
      ends.add(info.content().nextUpdate());
    }
    if (CollateralParser.qeIdentity(source.qeIdentity().body())
        instanceof Reading.Legible<QeIdentity> identity) {
      ends.add(identity.content().nextUpdate());
    }
    for (Bytes list : List.of(source.pckCrl().body(), source.rootCrl())) {
      for (X509CRL crl : crls(list)) {
        Optional.ofNullable(crl.getNextUpdate()).ifPresent(end -> ends.add(end.toInstant()));
      }
    }
    for (X509Certificate certificate : chains(source)) {
      ends.add(certificate.getNotAfter().toInstant());
    }
    return ends.stream().min(Instant::compareTo).orElse(Instant.EPOCH);
  }

  private static List<X509CRL> crls(Bytes list) {
    try {
      return Certificates.parseCrls(CollateralFolder.unhex(list));
    } catch (MalformedException unreadable) {
      return List.of();
    }
  }

  private static Set<X509Certificate> chains(DcapCollateral source) {
    Set<X509Certificate> certificates = new LinkedHashSet<>();
    Stream.of(source.tcbInfo(), source.qeIdentity(), source.pckCrl())
        .flatMap(signed -> signed.chain().stream())
        .forEach(
            chain -> {
              try {
                certificates.addAll(Certificates.parse(chain));
              } catch (MalformedException unreadable) {
                // The judgement says so in full.
                return;
              }
            });
    return certificates;
  }

  /** The highest evaluation number of its documents. */
  public long evaluationDataNumber() {
    return Math.max(
        content.tcbInfo().evaluationDataNumber(), content.qeIdentity().evaluationDataNumber());
  }

  /** What asks for it. */
  CollateralNeed.Dcap need() {
    boolean platform =
        crls(source.pckCrl().body()).stream()
            .anyMatch(crl -> crl.getIssuerX500Principal().getName().contains("Platform CA"));
    return new CollateralNeed.Dcap(
        content.tcbInfo().tee(),
        content.tcbInfo().fmspc(),
        platform ? PckCertificate.Ca.PLATFORM : PckCertificate.Ca.PROCESSOR);
  }

  /** The lowest evaluation number of its documents: what a demand is compared with. */
  long evaluationDataNumberLeast() {
    return Math.min(
        content.tcbInfo().evaluationDataNumber(), content.qeIdentity().evaluationDataNumber());
  }

  /** When the last of its items begins. */
  Instant notBefore() {
    return content.items().stream()
        .map(item -> item.from())
        .max(Instant::compareTo)
        .orElse(Instant.MAX);
  }

  /** Whether each of its items holds at a time. */
  public boolean holdsAt(Instant at) {
    return content.findings(at).isEmpty();
  }

  /** Every document, list and certificate. */
  List<HeldItem> items() {
    TcbInfo info = content.tcbInfo();
    boolean sgx = info.tee() == TcbInfo.Tee.SGX;
    List<HeldItem> items = new ArrayList<>();
    items.add(
        new HeldItem(
            sgx ? HeldItem.Kind.SGX_TCB_INFO : HeldItem.Kind.TDX_TCB_INFO,
            Sha256.of(source.tcbInfo().body()),
            info.fmspc().hex(),
            info.issueDate(),
            info.nextUpdate(),
            info.evaluationDataNumber()));
    items.add(
        new HeldItem(
            sgx ? HeldItem.Kind.SGX_QE_IDENTITY : HeldItem.Kind.TDX_QE_IDENTITY,
            Sha256.of(source.qeIdentity().body()),
            content.qeIdentity().id().name(),
            content.qeIdentity().issueDate(),
            content.qeIdentity().nextUpdate(),
            content.qeIdentity().evaluationDataNumber()));
    for (Bytes list : List.of(source.pckCrl().body(), source.rootCrl())) {
      crls(list).forEach(crl -> items.add(HeldItem.of(crl)));
    }
    chains(source).forEach(certificate -> items.add(HeldItem.of(certificate)));
    return items;
  }
}
