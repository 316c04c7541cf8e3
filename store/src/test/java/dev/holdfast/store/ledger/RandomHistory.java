package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.PathwayName;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.grant.Grants;
import dev.holdfast.pam.model.GrantName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ReservationName;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.reservation.Hold;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.store.kv.ManualClock;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** Random calls in a random order, with what must be true checked after each. */
final class RandomHistory {
  private static final int NAMES = 8;

  private final long seed;
  private final Random random;
  private final ManualClock clock;

  RandomHistory(long seed, ManualClock clock) {
    this.seed = seed;
    this.random = new Random(seed);
    this.clock = clock;
  }

  void run(Ledger ledger, int steps) {
    LedgerSnapshot before = ledger.snapshot();
    int done = 0;
    for (int step = 0; step < steps; step++) {
      String what = "";
      Optional<Problem> refused = Optional.empty();
      try {
        what = step(ledger);
        done++;
      } catch (Refusal refusal) {
        refused = Optional.of(refusal.problem());
      }
      String when =
          "seed %d, step %d: %s %s: ".formatted(seed, step, what, refused.map(Problem::reason));
      LedgerSnapshot after = ledger.snapshot();
      Site.assertInvariants(after, when);
      for (Reservation old : before.reservations().values()) {
        if (old.ended()) {
          assertEquals(old, after.reservations().get(old.name()), when + "the end is the end");
        }
      }
      if (refused.isPresent() && !refused.get().reason().equals("STORE_UNAVAILABLE")) {
        assertEquals(before.reservations(), after.reservations(), when + "a refusal changed it");
        assertEquals(before.heldOnNode(), after.heldOnNode(), when + "a refusal changed it");
      }
      before = after;
    }
    assertTrue(done > steps / 4, () -> "seed " + seed + ": nearly everything was refused");
  }

  private String step(Ledger ledger) {
    var name = new ReservationName(Site.TENANT, "r" + random.nextInt(NAMES));
    PathwayName pathway = random.nextBoolean() ? Site.ONE : Site.TWO;
    ResourceVector amount = Site.amount(1 + random.nextInt(5000), 1 + random.nextInt(6000));
    Reservations all = ledger.reservations();
    long generation =
        all.get(name).flatMap(row -> row.value().hold()).map(Hold::generation).orElse(0L)
            - random.nextInt(5) / 4;
    return switch (random.nextInt(15)) {
      case 0, 1, 2 -> {
        var key = Site.request(random.nextInt(200));
        all.reserve(Site.pending(name.reservation(), amount), Site.on(pathway, amount), key);
        yield "reserve " + name;
      }
      case 3 -> {
        all.enqueue(Site.pending(name.reservation(), amount), Site.request(random.nextInt(200)));
        yield "enqueue " + name;
      }
      case 4 -> {
        all.admit(name, Site.on(pathway, amount));
        yield "admit " + name;
      }
      case 5, 6 -> {
        all.provisioned(name, generation);
        yield "provisioned " + name;
      }
      case 7 -> {
        all.suspend(name, Site.cause("TRUST_LOST"));
        yield "suspend " + name;
      }
      case 8 -> {
        all.restore(name);
        yield "restore " + name;
      }
      case 9 -> {
        all.resize(name, amount, 0.5);
        yield "resize " + name;
      }
      case 10 -> {
        all.release(name, Site.cause("RELEASED"));
        yield "release " + name;
      }
      case 11 -> {
        all.releaseDone(name, generation);
        yield "release done " + name;
      }
      case 12 -> {
        all.reclaimed(name, generation, Site.cause("REBOOT"));
        yield "reclaimed " + name;
      }
      case 13 -> {
        Site.attest(
            ledger,
            pathway,
            "c" + random.nextInt(1000),
            clock.instant().plusSeconds(random.nextInt(600)));
        clock.advance(Duration.ofSeconds(random.nextInt(60)));
        yield "attest " + pathway;
      }
      default -> {
        var request =
            new Grants.Request(
                new GrantName(name, "g" + random.nextInt(3)), Site.node("e1"), Optional.empty());
        ledger.grants().put(request, GrantRules.DEFAULT);
        yield "grant " + name;
      }
    };
  }
}
