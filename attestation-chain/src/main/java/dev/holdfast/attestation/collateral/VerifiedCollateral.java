package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.x509.CertificatePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Collateral whose signatures lead to given anchors; only {@link CollateralVerifier} makes it. It
 * holds as long as each of its items does, which is judged at every use.
 */
public final class VerifiedCollateral {
  private final Bytes digest;
  private final TcbInfo tcbInfo;
  private final QeIdentity qeIdentity;
  private final CertificatePath.Anchors anchors;
  private final List<CollateralItem> items;
  private final Instant notAfter;

  VerifiedCollateral(
      Bytes digest,
      TcbInfo tcbInfo,
      QeIdentity qeIdentity,
      CertificatePath.Anchors anchors,
      List<CollateralItem> items) {
    this.digest = digest;
    this.tcbInfo = tcbInfo;
    this.qeIdentity = qeIdentity;
    this.anchors = anchors;
    this.items = List.copyOf(items);
    this.notAfter =
        items.stream().map(CollateralItem::until).min(Instant::compareTo).orElse(Instant.MIN);
  }

  /** The digest of the bundle that it came from. */
  public Bytes digest() {
    return digest;
  }

  /** What is said of the platform's levels. */
  public TcbInfo tcbInfo() {
    return tcbInfo;
  }

  /** Which quoting enclave is Intel's. */
  public QeIdentity qeIdentity() {
    return qeIdentity;
  }

  /** The anchors with the revocation lists of the bundle, which are demanded. */
  public CertificatePath.Anchors anchors() {
    return anchors;
  }

  /** Every document, list and certificate, each with its own clock. */
  public List<CollateralItem> items() {
    return items;
  }

  /** When the first of the items ends. */
  public Instant notAfter() {
    return notAfter;
  }

  /** The items that end within a span of a time, or have ended: fetch them before they bite. */
  public List<CollateralItem> expiringSoon(Instant at, Duration within) {
    return items.stream().filter(item -> item.expiringSoon(at, within)).toList();
  }

  /** What does not hold at a time; empty if all does. */
  public List<Finding> findings(Instant at) {
    List<Finding> findings = new ArrayList<>();
    for (CollateralItem item : items) {
      if (!item.holdsAt(at)) {
        findings.add(stale(item, at));
      }
    }
    return findings;
  }

  static Finding stale(CollateralItem item, Instant at) {
    Reason reason =
        switch (item.kind()) {
          case DOCUMENT -> Reason.COLLATERAL_STALE;
          case CRL -> Reason.CRL_STALE;
          case CERTIFICATE -> Reason.CERT_EXPIRED;
        };
    return Finding.against(
            reason,
            item.name() + " holds from " + item.from() + " to " + item.until() + ", not at " + at)
        .at("collateral/" + item.name())
        .expecting(item.from() + " to " + item.until())
        .finding(at.toString())
        .remedy("Fetch it anew from the provisioning service or its mirror.");
  }
}
