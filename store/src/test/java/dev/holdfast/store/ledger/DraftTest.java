package dev.holdfast.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.NodeName;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a decision rests on, and when it would be another one. */
final class DraftTest {
  private static final RowKey<?, Held> KEY = Keys.held(new NodeName("edge", "h1"));
  private static final Instant NOW = Instant.EPOCH;

  private static RowMap holding(long cpu) {
    ResourceVector amount = ResourceVector.of(Resource.CPU_MILLICORES, cpu);
    return RowMap.EMPTY.plus(RowState.Sound.derived(KEY, new Held(amount, 1)));
  }

  private static boolean upTo(long most, Optional<Held> held) {
    return held.orElse(Held.NOTHING).amount().get(Resource.CPU_MILLICORES) <= most;
  }

  private static boolean holds(Draft draft, RowMap now) {
    return draft.holdsFor(now::get, _ -> true, NOW);
  }

  @Test
  void whatWasReadMustBeTheVeryRowThatItWas() {
    RowMap rows = holding(5);
    var draft = new Draft(rows);
    assertEquals(1, draft.value(KEY).orElseThrow().holds());
    assertTrue(holds(draft, rows));
    assertFalse(holds(draft, holding(5)));
    assertFalse(holds(draft, RowMap.EMPTY));
  }

  @Test
  void aDecisionHoldsForEveryRowThatIsEnough() {
    var draft = new Draft(holding(5));
    assertTrue(draft.value(KEY, held -> upTo(8, held)).isPresent());
    assertTrue(holds(draft, holding(8)));
    assertTrue(holds(draft, RowMap.EMPTY));
    assertFalse(holds(draft, holding(9)));
  }

  @Test
  void whatIsReadAgainMustBeEnoughForBoth() {
    var twice = new Draft(holding(5));
    assertTrue(twice.value(KEY, held -> upTo(8, held)).isPresent());
    assertTrue(twice.value(KEY, held -> upTo(6, held)).isPresent());
    assertTrue(holds(twice, holding(6)));
    assertFalse(holds(twice, holding(7)));
    for (boolean asItIsFirst : List.of(true, false)) {
      var strict = new Draft(holding(5));
      if (asItIsFirst) {
        assertTrue(strict.value(KEY).isPresent());
      }
      assertTrue(strict.value(KEY, held -> upTo(8, held)).isPresent());
      assertTrue(strict.value(KEY).isPresent());
      assertFalse(holds(strict, holding(5)));
    }
  }

  @Test
  void aRowThatSomebodyElseChangedIsNeverEnough() {
    RowMap rows = holding(5);
    var draft = new Draft(rows);
    assertTrue(draft.value(KEY, _ -> true).isPresent());
    RowState foreign =
        RowState.Damaged.foreign(KEY.path(), 7, Optional.ofNullable(rows.get(KEY.path())));
    assertFalse(holds(draft, rows.plus(foreign)));
  }

  @Test
  void whatFollowsIsWorkedOutFromWhatIsThereThen() {
    var draft = new Draft(holding(5));
    draft.derive(
        KEY, held -> held.filter(now -> now.holds() > 0).map(now -> new Held(now.amount(), 2)));
    var step = (Draft.Change.Derive<?>) Objects.requireNonNull(draft.changes().get(KEY.path()));
    RowState next = step.of(holding(9).get(KEY.path())).orElseThrow();
    assertEquals(
        new Held(ResourceVector.of(Resource.CPU_MILLICORES, 9), 2),
        next.value(Keys.held(new NodeName("edge", "h1"))));
    assertTrue(step.of(null).isEmpty());
  }

  @Test
  void nothingHoldsBeyondItsEnd() {
    var draft = new Draft(RowMap.EMPTY);
    draft.until(NOW);
    assertFalse(holds(draft, RowMap.EMPTY));
  }
}
