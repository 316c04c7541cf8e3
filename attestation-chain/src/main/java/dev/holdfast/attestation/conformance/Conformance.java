package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The run of cases against judges; what is expected is compared after the judge has answered. */
public final class Conformance {
  private Conformance() {}

  /** How an answer stands to what was expected. */
  public enum Standing {
    /** The same verdict. */
    AGREES,
    /** The other verdict, or a crash. */
    DISAGREES,
    /** No answer. */
    UNSUPPORTED
  }

  /**
   * One case and what came of it.
   *
   * @param asked the case
   * @param standing how the answer stands to it
   * @param verdict {@code accept}, {@code reject} or {@code unsupported}
   * @param fault the class of the fault, or {@code crash}; empty unless rejected
   * @param reason why, in plain words
   */
  public record Result(
      Case asked, Standing standing, String verdict, Optional<String> fault, String reason) {
    /** Whether it was rightly refused, for another class of fault than the case names. */
    public boolean otherFault() {
      return standing == Standing.AGREES
          && asked.fault().isPresent()
          && !asked.fault().map(Fault::word).equals(fault);
    }
  }

  /**
   * All results of one format.
   *
   * @param format its name
   * @param results in the order of the cases
   */
  public record FormatResults(String format, List<Result> results) {
    /** Copies the list. */
    public FormatResults {
      results = List.copyOf(results);
    }

    /** How many stand so. */
    public int count(Standing standing) {
      return results.stream().filter(result -> result.standing() == standing).toList().size();
    }

    /** How many were rightly refused for another class of fault. */
    public int otherFaults() {
      return results.stream().filter(Result::otherFault).toList().size();
    }
  }

  /** Runs all cases; one entry for each format that occurs, in the order of the names. */
  public static List<FormatResults> run(List<Case> cases, List<Judge> judges) {
    Map<String, Judge> byFormat = new HashMap<>();
    judges.forEach(judge -> byFormat.put(judge.format(), judge));
    Map<String, List<Result>> results = new TreeMap<>();
    for (Case asked : cases) {
      String format = asked.question().format();
      results
          .computeIfAbsent(format, _ -> new ArrayList<>())
          .add(run(asked, Optional.ofNullable(byFormat.get(format))));
    }
    return results.entrySet().stream()
        .map(entry -> new FormatResults(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static Result run(Case asked, Optional<Judge> judge) {
    try {
      Answer answer =
          judge
              .map(j -> unknown(asked.question(), j).orElseGet(() -> j.judge(asked.question())))
              .orElseGet(
                  () ->
                      new Answer.Unsupported("no verifier of format " + asked.question().format()));
      return result(asked, answer);
    } catch (CaseException e) {
      throw new CaseException(asked.name() + ": " + e.words());
    } catch (RuntimeException | StackOverflowError e) {
      return new Result(
          asked, Standing.DISAGREES, "reject", Optional.of("crash"), "crashed with " + e);
    }
  }

  private static Optional<Answer> unknown(Question question, Judge judge) {
    TreeSet<String> inputs = new TreeSet<>(question.inputs().names());
    inputs.removeAll(judge.inputs());
    TreeSet<String> members = new TreeSet<>();
    question.inputs().policy().fieldNames().forEachRemaining(members::add);
    members.removeAll(judge.policyMembers());
    String what =
        !judge.operations().contains(question.operation())
            ? "operation " + question.operation().word()
            : !inputs.isEmpty()
                ? "input " + inputs.first()
                : members.isEmpty() ? "" : "policy member " + members.first();
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Answer.Unsupported(what + " is not known for format " + question.format()));
  }

  private static Result result(Case asked, Answer answer) {
    return switch (answer) {
      case Answer.Accepted(String reason) ->
          new Result(asked, standing(asked.accepted()), "accept", Optional.empty(), reason);
      case Answer.Rejected(Fault fault, String reason) ->
          new Result(
              asked, standing(!asked.accepted()), "reject", Optional.of(fault.word()), reason);
      case Answer.Unsupported(String reason) ->
          new Result(asked, Standing.UNSUPPORTED, "unsupported", Optional.empty(), reason);
    };
  }

  private static Standing standing(boolean agrees) {
    return agrees ? Standing.AGREES : Standing.DISAGREES;
  }
}
