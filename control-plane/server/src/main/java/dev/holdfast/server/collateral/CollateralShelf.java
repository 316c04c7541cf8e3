package dev.holdfast.server.collateral;

import dev.holdfast.attestation.EvidenceBundle;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.verifier.CollateralNeed;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.server.journal.Event;
import dev.holdfast.server.journal.Journal;
import dev.holdfast.server.rollback.HighestSeen;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The collateral of every trust zone as it is now: what the configuration names, manifests among
 * it, and what was fetched where a source is configured. Only what is genuine gets onto it; what is
 * out of date stays, so that verdicts can say so. Safe for use by many threads.
 */
public final class CollateralShelf implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration WARNING_PAUSE = Duration.ofDays(1);

  private final Map<TrustZoneName, ZoneShelf> zones = new LinkedHashMap<>();
  private final Flights<Wanted, Boolean> flights;
  private final Journal journal;
  private final InstantSource clock;
  private Instant warnedAt = Instant.MIN;

  private record Wanted(TrustZoneName zone, CollateralNeed need) {}

  /**
   * What a shelf begins with for one zone.
   *
   * @param name the zone
   * @param dcapAnchors what Intel's documents must lead to, for each format that uses them
   * @param amdAnchors what endorsement keys of AMD's chips must lead to
   * @param offline what the configuration names
   * @param manifests the manifests that end
   * @param fetcher where more is fetched; empty where nothing is
   */
  public record Zone(
      TrustZoneName name,
      List<Anchors> dcapAnchors,
      Anchors amdAnchors,
      Collateral offline,
      List<HeldItem> manifests,
      Optional<CollateralFetcher> fetcher) {
    /** Copies the lists. */
    public Zone {
      dcapAnchors = List.copyOf(dcapAnchors);
      manifests = List.copyOf(manifests);
    }
  }

  /**
   * One item that is held.
   *
   * @param zone which zone uses it
   * @param item what it is
   * @param state how it stands now
   */
  public record Held(TrustZoneName zone, HeldItem item, HeldItem.State state) {}

  private CollateralShelf(Journal journal, InstantSource clock, RandomGenerator random) {
    this.journal = journal;
    this.clock = clock;
    this.flights = new Flights<>(clock, random, Flights.Bounds.DEFAULT);
  }

  /**
   * Puts together what the configuration names and what was fetched before.
   *
   * @param directory where fetched collateral is kept, and the highest evaluation numbers
   * @param random spreads the pauses after failures
   */
  public static CollateralShelf open(
      Path directory,
      List<Zone> zones,
      Journal journal,
      InstantSource clock,
      RandomGenerator random)
      throws IOException {
    var numbers = new HighestSeen(directory, "evaluation-number", "tcbEvaluationDataNumber");
    CollateralShelf shelf = new CollateralShelf(journal, clock, random);
    for (Zone zone : zones) {
      numbers.open(zone.name());
      ZoneShelf own =
          new ZoneShelf(zone, FetchedFolders.open(directory, zone.name()), numbers, journal, clock);
      shelf.zones.put(zone.name(), own);
    }
    return shelf;
  }

  /** The collateral of a zone; none of one that is not known. */
  public Collateral of(TrustZoneName zone) {
    ZoneShelf shelf = zones.get(zone);
    return shelf == null ? Collateral.NONE : shelf.collateral();
  }

  /**
   * The collateral of a zone, once what an answer needs was fetched, if it is not at hand and a
   * source is configured; waits at most 10 seconds.
   */
  public Collateral of(TrustZoneName zone, EvidenceBundle answer) {
    ZoneShelf shelf = zones.get(zone);
    if (shelf == null) {
      return Collateral.NONE;
    }
    if (shelf.fetches()) {
      CollateralNeed.of(answer)
          .filter(need -> !shelf.has(need))
          .ifPresent(need -> fetch(shelf, need));
    }
    return shelf.collateral();
  }

  private void fetch(ZoneShelf shelf, CollateralNeed need) {
    try {
      flights.get(
          new Wanted(shelf.name(), need),
          () -> {
            shelf.fetch(need);
            return true;
          },
          PATIENCE);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** Every item, soonest expiry first. */
  public List<Held> list() {
    Instant now = clock.instant();
    List<Held> held = new ArrayList<>();
    for (ZoneShelf zone : zones.values()) {
      zone.items().forEach(item -> held.add(new Held(zone.name(), item, item.at(now))));
    }
    held.sort(
        Comparator.comparing((Held one) -> one.item().until())
            .thenComparing(one -> one.zone().toString())
            .thenComparing(one -> one.item().digest().hex()));
    return held;
  }

  /** Fetches again what was fetched and ends soon, and once a day says what does. */
  public synchronized void pass() {
    for (ZoneShelf zone : zones.values()) {
      zone.endingSoon().forEach(need -> fetch(zone, need));
    }
    Instant now = clock.instant();
    if (!warnedAt.equals(Instant.MIN) && now.isBefore(warnedAt.plus(WARNING_PAUSE))) {
      return;
    }
    warnedAt = now;
    for (Held held : list()) {
      if (held.state() != HeldItem.State.VALID) {
        journal.record(
            new Event.CollateralExpiring(
                held.zone(),
                held.item().kind().name(),
                held.item().subject(),
                held.item().until(),
                held.state() == HeldItem.State.EXPIRED));
      }
    }
  }

  @Override
  public void close() {
    zones.values().forEach(ZoneShelf::close);
  }
}
