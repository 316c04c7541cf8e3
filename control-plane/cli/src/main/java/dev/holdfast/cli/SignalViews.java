package dev.holdfast.cli;

import dev.holdfast.proto.forecast.v1.Signal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Signals for people. */
final class SignalViews {
  private SignalViews() {}

  static String one(Signal signal, Instant now) {
    return new Facts("Signal " + signal.getName())
        .fact("kind", Text.word(signal.getKind()))
        .fact("message", signal.getMessage())
        .fact("profile", signal.getResourceProfile())
        .fact("subject", signal.getSubject())
        .fact("score", String.format(Locale.ROOT, "%.2f", signal.getScore()))
        .fact("threshold", String.format(Locale.ROOT, "%.2f", signal.getThreshold()))
        .fact("remedy", Text.word(signal.getRemedyAction()))
        .fact("state", Text.word(signal.getRemedyState()))
        .fact("age", Spans.age(signal.hasCreateTime(), signal.getCreateTime(), now))
        .toString();
  }

  static String list(List<Signal> signals, Instant now) {
    Table table = new Table("NAME", "AGE", "KIND", "SCORE", "REMEDY", "STATE", "MESSAGE");
    for (Signal signal : signals) {
      table.row(
          Text.orDash(signal.getName()),
          Spans.age(signal.hasCreateTime(), signal.getCreateTime(), now),
          Text.word(signal.getKind()),
          String.format(Locale.ROOT, "%.1f", signal.getScore()),
          Text.word(signal.getRemedyAction()),
          Text.word(signal.getRemedyState()),
          Text.orDash(signal.getMessage()));
    }
    return table.toString();
  }

  /** One signal, on one line. */
  static String line(Signal signal) {
    return String.format(
        "%s  %-16s  %s %s  %s  %s%n",
        Instant.ofEpochSecond(signal.getCreateTime().getSeconds()),
        Text.word(signal.getKind()),
        Text.word(signal.getRemedyAction()),
        Text.word(signal.getRemedyState()),
        Text.clean(signal.getName()),
        Text.clean(signal.getMessage()));
  }
}
