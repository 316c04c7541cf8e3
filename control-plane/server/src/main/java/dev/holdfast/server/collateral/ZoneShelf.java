package dev.holdfast.server.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.snp.EndorsementKeyCertificate;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.verifier.CollateralNeed;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.rollback.HighestSeen;
import java.io.IOException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The collateral of one trust zone. */
final class ZoneShelf {
  private static final int BUNDLES_MAX = 64;

  private final CollateralShelf.Zone zone;
  private final FetchedFolders folders;
  private final HighestSeen numbers;
  private final Journal journal;
  private final InstantSource clock;
  private final List<GenuineBundle> offline = new ArrayList<>();
  private final Map<CollateralNeed.Dcap, GenuineBundle> fetched = new LinkedHashMap<>();
  private AmdEndorsements amd;

  ZoneShelf(
      CollateralShelf.Zone zone,
      FetchedFolders folders,
      HighestSeen numbers,
      Journal journal,
      InstantSource clock)
      throws IOException {
    this.zone = zone;
    this.folders = folders;
    this.numbers = numbers;
    this.journal = journal;
    this.clock = clock;
    this.amd = zone.offline().amd();
    for (DcapCollateral bundle : zone.offline().dcap()) {
      switch (GenuineBundle.judge(bundle, zone.dcapAnchors())) {
        case GenuineBundle.Genuine(GenuineBundle genuine) -> {
          offline.add(genuine);
          saw(genuine);
        }
        case GenuineBundle.Refused refused -> refused(refused.words());
      }
    }
    for (CollateralFolder.Content content : folders.read()) {
      if (content.dcap().isPresent()) {
        switch (GenuineBundle.judge(content.dcap().get(), zone.dcapAnchors())) {
          case GenuineBundle.Genuine(GenuineBundle genuine) -> {
            fetched.put(genuine.need(), genuine);
            saw(genuine);
          }
          case GenuineBundle.Refused refused -> refused(refused.words());
        }
      }
      amd = joined(amd, content.amd());
    }
  }

  TrustZoneName name() {
    return zone.name();
  }

  boolean fetches() {
    return zone.fetcher().isPresent();
  }

  private void refused(String words) {
    journal.record(new Event.CollateralRefused(zone.name(), words));
  }

  /** What was issued counts, even if it is over; what is yet to begin does not. */
  private void saw(GenuineBundle bundle) throws IOException {
    if (!bundle.notBefore().isAfter(clock.instant())) {
      numbers.saw(zone.name(), bundle.evaluationDataNumber());
    }
  }

  /**
   * All of it, what holds now first: verifiers stop at the first bundle that is about a platform,
   * or out of date.
   */
  synchronized Collateral collateral() {
    Instant now = clock.instant();
    long least = numbers.least(zone.name());
    Comparator<GenuineBundle> order =
        Comparator.comparing((GenuineBundle bundle) -> !usable(bundle, now))
            .thenComparing(GenuineBundle::evaluationDataNumberLeast, Comparator.reverseOrder())
            .thenComparing(bundle -> bundle.content().notAfter(), Comparator.reverseOrder());
    List<DcapCollateral> bundles =
        all().stream().sorted(order).limit(BUNDLES_MAX).map(GenuineBundle::source).toList();
    return new Collateral(bundles, least, amd);
  }

  private boolean usable(GenuineBundle bundle, Instant now) {
    return bundle.evaluationDataNumberLeast() >= numbers.least(zone.name()) && bundle.holdsAt(now);
  }

  private List<GenuineBundle> all() {
    List<GenuineBundle> all = new ArrayList<>(offline);
    all.addAll(fetched.values());
    return all;
  }

  /** Whether something is at hand that can be used now. */
  synchronized boolean has(CollateralNeed need) {
    Instant now = clock.instant();
    return switch (need) {
      case CollateralNeed.Dcap dcap ->
          all().stream().anyMatch(bundle -> bundle.need().equals(dcap) && usable(bundle, now));
      case CollateralNeed.Amd chip ->
          amd
                  .endorsementKeys()
                  .getOrDefault(AmdEndorsements.padded(chip.chipId()), List.of())
                  .stream()
                  .flatMap(der -> key(der).stream())
                  .anyMatch(key -> key.tcb().equals(chip.tcb()))
              && amd.crls().stream()
                  .noneMatch(crl -> HeldItem.of(crl).at(now) != HeldItem.State.VALID);
    };
  }

  /** Of several lists of one issuer the newest stays. */
  private static AmdEndorsements joined(AmdEndorsements some, AmdEndorsements more) {
    AmdEndorsements all = some.and(more);
    List<X509CRL> newest =
        all.crls().stream()
            .filter(
                crl ->
                    all.crls().stream()
                        .noneMatch(
                            other ->
                                other.getIssuerX500Principal().equals(crl.getIssuerX500Principal())
                                    && other
                                        .getThisUpdate()
                                        .toInstant()
                                        .isAfter(crl.getThisUpdate().toInstant())))
            .toList();
    return new AmdEndorsements(all.endorsementKeys(), all.authorities(), newest);
  }

  private static Optional<EndorsementKeyCertificate> key(Bytes der) {
    try {
      return EndorsementKeyCertificate.find(Certificates.parseDer(der));
    } catch (MalformedException unreadable) {
      return Optional.empty();
    }
  }

  /** What was fetched, and ends soon. */
  synchronized List<CollateralNeed> endingSoon() {
    if (!fetches()) {
      return List.of();
    }
    Instant soon = clock.instant().plus(HeldItem.SOON);
    return fetched.entrySet().stream()
        .filter(one -> one.getValue().content().notAfter().isBefore(soon))
        .<CollateralNeed>map(Map.Entry::getKey)
        .toList();
  }

  /** Fetches, verifies, keeps and uses. */
  void fetch(CollateralNeed need) throws FetchException, InterruptedException {
    CollateralFetcher fetcher =
        zone.fetcher().orElseThrow(() -> FetchException.absent("no source is configured"));
    try {
      switch (need) {
        case CollateralNeed.Dcap dcap -> adopt(dcap, fetcher.fetch(dcap));
        case CollateralNeed.Amd chip -> adopt(chip, fetcher.fetch(chip));
      }
    } catch (IOException disk) {
      throw FetchException.failed("what was fetched cannot be kept: " + disk.getMessage());
    }
    journal.record(new Event.CollateralFetched(zone.name(), need.toString()));
  }

  private synchronized void adopt(CollateralNeed.Dcap need, DcapCollateral came)
      throws FetchException, IOException {
    GenuineBundle bundle =
        switch (GenuineBundle.judge(came, zone.dcapAnchors())) {
          case GenuineBundle.Genuine(GenuineBundle genuine) -> genuine;
          case GenuineBundle.Refused refused -> throw refusal(refused.words());
        };
    if (!bundle.need().equals(need)) {
      throw refusal("it is about " + bundle.need() + " instead of " + need);
    }
    if (!bundle.holdsAt(clock.instant())) {
      throw refusal("it does not hold now");
    }
    long least = numbers.least(zone.name());
    if (bundle.evaluationDataNumberLeast() < least) {
      throw refusal(
          "its tcbEvaluationDataNumber is "
              + bundle.evaluationDataNumberLeast()
              + ", and "
              + least
              + " was seen before");
    }
    saw(bundle);
    folders.keep(need, came);
    fetched.put(need, bundle);
  }

  private synchronized void adopt(CollateralNeed.Amd need, AmdEndorsements came)
      throws FetchException, IOException {
    List<Bytes> keys =
        came.endorsementKeys().getOrDefault(AmdEndorsements.padded(need.chipId()), List.of());
    for (Bytes certificate : keys) {
      boolean asked =
          key(certificate)
              .filter(
                  key ->
                      key.chipId().equals(Optional.of(need.chipId()))
                          && key.tcb().equals(need.tcb()))
              .isPresent();
      List<Bytes> path = new ArrayList<>(List.of(certificate));
      path.addAll(came.authorities());
      CertificatePath.Judgement judgement =
          CertificatePath.find(path, zone.amdAnchors().with(came.crls()), clock.instant());
      if (!asked || judgement instanceof CertificatePath.Unsound) {
        throw refusal("the certificate is not that of the chip, or leads to no anchor");
      }
    }
    if (keys.isEmpty()) {
      throw refusal("no certificate came");
    }
    AmdEndorsements more = joined(amd, came);
    folders.keep(need, came);
    amd = more;
  }

  private FetchException refusal(String words) {
    refused(words);
    return FetchException.failed("what was fetched is refused: " + words);
  }

  /** Every item. */
  synchronized List<HeldItem> items() {
    Map<Bytes, HeldItem> items = new LinkedHashMap<>();
    all().forEach(bundle -> bundle.items().forEach(item -> items.put(item.digest(), item)));
    amd.crls().forEach(crl -> put(items, HeldItem.of(crl)));
    List<Bytes> certificates = new ArrayList<>(amd.authorities());
    amd.endorsementKeys().values().forEach(certificates::addAll);
    for (Bytes der : certificates) {
      X509Certificate certificate = Certificates.parseDer(der);
      put(items, HeldItem.of(certificate));
    }
    zone.manifests().forEach(manifest -> put(items, manifest));
    return List.copyOf(items.values());
  }

  private static void put(Map<Bytes, HeldItem> items, HeldItem item) {
    items.put(item.digest(), item);
  }

  void close() {
    zone.fetcher().ifPresent(CollateralFetcher::close);
  }
}
