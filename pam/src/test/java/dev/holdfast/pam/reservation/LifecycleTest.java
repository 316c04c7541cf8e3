package dev.holdfast.pam.reservation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.holdfast.pam.Samples;
import dev.holdfast.pam.model.ChainName;
import dev.holdfast.pam.reservation.ReservationEvent.Ended;
import dev.holdfast.pam.reservation.ReservationEvent.Provisioned;
import dev.holdfast.pam.reservation.ReservationEvent.Reclaimed;
import dev.holdfast.pam.reservation.ReservationEvent.Resized;
import dev.holdfast.pam.reservation.ReservationEvent.TrustLost;
import dev.holdfast.pam.reservation.ReservationEvent.TrustRestored;
import dev.holdfast.pam.reservation.ReservationState.Active;
import dev.holdfast.pam.reservation.ReservationState.Provisioning;
import dev.holdfast.pam.reservation.ReservationState.Releasing;
import dev.holdfast.pam.reservation.ReservationState.Suspended;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class LifecycleTest {
  private static final String TABLE =
      """
                    Admitted      Refused    Provisioned  Resized       TrustLost   TrustRestored  Ended      Reclaimed
      Pending       Provisioning  Failed     .            .             Pending     .              Released   Pending
      Provisioning  .             Releasing  Active       Provisioning  Suspended   .              Releasing  Provisioning
      Active        .             .          Active       Provisioning  Suspended   Active         Releasing  Provisioning
      Suspended     .             .          Suspended    Suspended     Suspended   Provisioning   Releasing  Suspended
      Releasing     .             .          Releasing    .             Releasing   Releasing      Releasing  Released
      Released      .             .          Released     .             Released    Released       Released   Released
      Failed        .             .          .            .             Failed      Failed         Failed     Failed
      """;

  private static final Cause CAUSE = Samples.cause();
  private static final Hold HOLD = new Hold(Samples.SMALL, Samples.SMALL, Samples.PATH, Samples.CHAIN, 7);
  private static final ChainName NEXT_CHAIN = new ChainName(Samples.PATH, "c2");

  private static ReservationState state(String name) {
    return switch (name) {
      case "Pending" -> new ReservationState.Pending(Optional.empty());
      case "Provisioning" -> new Provisioning(HOLD);
      case "Active" -> new Active(HOLD);
      case "Suspended" -> new Suspended(HOLD, CAUSE);
      case "Releasing" -> new Releasing(HOLD, CAUSE);
      case "Released" -> new ReservationState.Released(CAUSE);
      case "Failed" -> new ReservationState.Failed(CAUSE);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static ReservationEvent event(String name) {
    return switch (name) {
      case "Admitted" -> new ReservationEvent.Admitted(HOLD);
      case "Refused" -> new ReservationEvent.Refused(CAUSE);
      case "Provisioned" -> new Provisioned(7);
      case "Resized" -> new Resized(Samples.SMALL.scale(2));
      case "TrustLost" -> new TrustLost(CAUSE);
      case "TrustRestored" -> new TrustRestored(NEXT_CHAIN);
      case "Ended" -> new Ended(CAUSE);
      case "Reclaimed" -> new Reclaimed(7, CAUSE);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @TestFactory
  List<DynamicTest> everyPairIsAsInTheTable() {
    List<String> lines = TABLE.lines().toList();
    String[] events = lines.getFirst().strip().split(" +", -1);
    List<DynamicTest> tests = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.strip().split(" +", -1);
      for (int i = 0; i < events.length; i++) {
        String from = cells[0];
        String by = events[i];
        String to = cells[i + 1];
        tests.add(DynamicTest.dynamicTest(from + " + " + by + " = " + to, () -> pair(from, by, to)));
      }
    }
    assertEquals(56, tests.size());
    return tests;
  }

  private static void pair(String from, String by, String to) {
    if (to.equals(".")) {
      assertThrows(IllegalTransition.class, () -> Lifecycle.next(state(from), event(by)));
    } else {
      ReservationState next = Lifecycle.next(state(from), event(by));
      assertEquals(to, next.getClass().getSimpleName());
      assertEquals(to.toUpperCase(Locale.ROOT), next.label());
    }
  }

  @Test
  void aLateAnswerOfANodeChangesNothing() {
    for (ReservationState state :
        List.of(state("Provisioning"), state("Active"), state("Suspended"), state("Releasing"))) {
      assertSame(state, Lifecycle.next(state, new Provisioned(6)));
      assertSame(state, Lifecycle.next(state, new Reclaimed(6, CAUSE)));
    }
  }

  @Test
  void aReleaseIsOverOnlyOnceNodesAnswerTheReleaseItself() {
    Releasing releasing =
        assertInstanceOf(Releasing.class, Lifecycle.next(state("Active"), new Ended(CAUSE)));
    assertEquals(8, releasing.hold().generation());
    assertSame(releasing, Lifecycle.next(releasing, new Reclaimed(7, CAUSE)));
    assertEquals("RELEASED", Lifecycle.next(releasing, new Reclaimed(8, CAUSE)).label());
  }

  @Test
  void whatNodesMustBeToldAnewRaisesTheGeneration() {
    for (ReservationEvent event : List.of(event("Resized"), event("Reclaimed"))) {
      Provisioning next =
          assertInstanceOf(Provisioning.class, Lifecycle.next(state("Active"), event));
      assertEquals(8, next.hold().generation());
      assertSame(next, Lifecycle.next(next, new Provisioned(7)));
    }
  }

  @Test
  void attestingAgainIsForWhatIsHeldThen() {
    Provisioning bigger =
        assertInstanceOf(
            Provisioning.class, Lifecycle.next(state("Active"), event("Resized")));
    assertEquals(Samples.SMALL, bigger.hold().attestedAmount());
    ReservationState active = Lifecycle.next(bigger, new Provisioned(8));
    Active attested =
        assertInstanceOf(Active.class, Lifecycle.next(active, event("TrustRestored")));
    assertEquals(bigger.hold().amount(), attested.hold().attestedAmount());
    assertEquals(NEXT_CHAIN, attested.hold().chain());
  }
}
