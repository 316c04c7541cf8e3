package dev.holdfast.tests.fault.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CheckerTest {
  private static final List<NodeStep.Kind> KINDS = List.of(NodeStep.Kind.values());

  /** How many calls a history on paper has; a million are checked on demand. */
  private static final int OPERATIONS = Integer.getInteger("holdfast.history.operations", 100_000);

  private static final int SMALL = 3_000;

  @Test
  void everyHistoryOfALedgerThatDoesOneCallAfterAnotherIsLinearizable() {
    for (long seed = 1; seed <= 20; seed++) {
      var size = new PaperHistory.Size(SMALL, 8, 4, seed % 2 == 0 ? 15 : 0);
      Report report = Report.of(PaperHistory.draw(seed, size, PaperLedger.Bug.NONE));
      assertEquals(List.of(), report.findings(), "seed " + seed + ": " + report.words());
      assertTrue(report.steps() > SMALL, report.words());
    }
  }

  @Test
  void aHundredThousandCallsAreChecked() {
    long seed = 7;
    var size = new PaperHistory.Size(OPERATIONS, 8, 4, 100);
    Report report = Report.of(PaperHistory.draw(seed, size, PaperLedger.Bug.NONE));
    assertEquals(List.of(), report.findings(), "seed " + seed + ": " + report.words());
    assertTrue(report.steps() > OPERATIONS, report.words());
    System.out.println("history: seed " + seed + ": " + report.words());
  }

  @ParameterizedTest
  @EnumSource(value = PaperLedger.Bug.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void everyPlantedBugIsFound(PaperLedger.Bug bug) {
    for (long seed = 1; seed <= 10; seed++) {
      var size = new PaperHistory.Size(SMALL, 6, 4, seed % 2 == 0 ? 20 : 0);
      Report report = Report.of(PaperHistory.draw(seed, size, bug));
      assertTrue(
          report.broken(Finding.Rule.LINEARIZABLE),
          bug + " with seed " + seed + " was not found: " + report.words());
    }
  }

  @Test
  void theCheckerAgreesWithTryingEveryOrder() {
    var random = new Random(11);
    int linearizable = 0;
    int rounds = 4_000;
    for (int round = 0; round < rounds; round++) {
      List<NodeStep> steps = few(random);
      boolean expected = EveryOrder.explains(10, steps);
      Verdict verdict = Checker.check(10, steps);
      assertEquals(
          expected, verdict instanceof Verdict.Linearizable, () -> verdict + " for " + steps);
      linearizable += expected ? 1 : 0;
    }
    int some = linearizable;
    assertTrue(some > rounds / 10 && some < rounds * 9 / 10, () -> some + " were linearizable");
  }

  /** A few steps, much of them under way at once, answered by the model; then one is bent. */
  private static List<NodeStep> few(Random random) {
    int count = 2 + random.nextInt(5);
    var moments = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      moments.add(10 + random.nextInt(20));
    }
    moments.sort(null);
    var steps = new ArrayList<NodeStep>();
    long[] cells = new long[2];
    for (int moment : moments) {
      var step = honest(random, moment, cells);
      steps.add(random.nextInt(6) == 0 ? bent(random, step) : step);
    }
    return steps;
  }

  /** A step that the model takes, around a moment. */
  private static NodeStep honest(Random random, int moment, long[] cells) {
    long held = NodeState.amount(cells[0]) + NodeState.amount(cells[1]);
    while (true) {
      NodeStep step = any(random, moment);
      if (step.kind() == NodeStep.Kind.TOTAL) {
        return seen(step, held, NodeState.holds(cells[0]) + NodeState.holds(cells[1]));
      }
      long before = cells[step.request()];
      if (step.kind() == NodeStep.Kind.LOOK) {
        return seen(step, 0, before);
      }
      long after = NodeState.after(step, before, 10 - held);
      if (after != NodeState.ILLEGAL) {
        cells[step.request()] = after;
        return step;
      }
    }
  }

  private static NodeStep any(Random random, int moment) {
    NodeStep.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    long amount = 2 + 2L * random.nextInt(4);
    long expected =
        switch (kind) {
          case RESERVE, RESIZE -> NodeState.cell(Phase.HELD, amount);
          case RELEASE -> NodeState.cell(Phase.RELEASING, amount);
          case FREE -> NodeState.cell(Phase.FREED, 0);
          case LOOK,
              TOTAL,
              RESERVE_EFFECT,
              RESERVE_FULL,
              RESIZE_EFFECT,
              RESIZE_FULL,
              RESIZE_ILLEGAL,
              RELEASE_EFFECT,
              FREE_EFFECT ->
              0;
        };
    int request = kind == NodeStep.Kind.TOTAL ? -1 : random.nextInt(2);
    long invoked = moment - (long) random.nextInt(8);
    long returned = moment + 1L + random.nextInt(8);
    boolean open = kind.name().endsWith("EFFECT") && random.nextBoolean();
    var source =
        new Operation(0, "paper", new Call.Survey(), new Outcome.Nothing(), invoked, returned);
    return new NodeStep(
        kind, request, amount, expected, invoked, open ? NodeStep.NEVER : returned, source);
  }

  private static NodeStep seen(NodeStep step, long amount, long expected) {
    return new NodeStep(
        step.kind(),
        step.request(),
        amount,
        expected,
        step.invoked(),
        step.returned(),
        step.source());
  }

  /** The same with something else in it. */
  private static NodeStep bent(Random random, NodeStep step) {
    NodeStep other = any(random, 10);
    return new NodeStep(
        other.request() < 0 || step.request() < 0 ? step.kind() : other.kind(),
        step.request(),
        random.nextBoolean() ? step.amount() : other.amount(),
        step.expected(),
        step.invoked(),
        step.returned(),
        step.source());
  }

  @Test
  void moreUnderWayThanThereIsRoomForIsNotTakenForSound() {
    var steps = new ArrayList<NodeStep>();
    for (int i = 0; i <= Checker.OPEN_MAX; i++) {
      var call = new Call.Release(i);
      var source = new Operation(i, "paper", call, new Outcome.Unknown("lost"), i + 1, i + 2);
      steps.add(new NodeStep(NodeStep.Kind.RELEASE_EFFECT, i, 0, 0, i + 1, NodeStep.NEVER, source));
    }
    assertInstanceOf(Verdict.Undecided.class, Checker.check(10, steps));
  }

  @Test
  void aViolationIsShownAtTheFirstAnswerThatCannotBeWithWhatWasPossible() {
    var size = new PaperHistory.Size(SMALL, 4, 2, 0);
    Report report = Report.of(PaperHistory.draw(3, size, PaperLedger.Bug.OVER_COMMIT));
    String words = report.words();
    assertTrue(words.contains("cannot be: "), words);
    assertTrue(words.contains("of a capacity of "), words);
    assertTrue(words.contains("returned last:"), words);
  }
}
