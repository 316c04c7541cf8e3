package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.Finding;
import dev.holdfast.proto.reservation.v1.Cause;
import java.util.List;

/** Why something is as it is, for the person who must act on it. */
final class Findings {
  private Findings() {}

  /** A cause in one line. */
  static String cause(Cause cause) {
    if (cause.getReason().isEmpty() && cause.getMessage().isEmpty()) {
      return "no cause was given";
    }
    String subject = cause.getSubject().isEmpty() ? "" : " (" + cause.getSubject() + ")";
    return Text.clean((cause.getReason() + ": " + cause.getMessage() + subject).replace('\n', ' '));
  }

  /** Every finding as a block: reason, what it is about, expected, found, remedy. */
  static String blocks(List<Finding> findings, String indent) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(indent).append(Text.word(finding.getVerdict())).append(' ');
      text.append(Text.clean(finding.getReason())).append('\n');
      String inner = indent + "  ";
      for (String line : finding.getMessage().lines().toList()) {
        text.append(inner).append(Text.clean(line)).append('\n');
      }
      line(text, inner, "component", finding.getComponent());
      line(text, inner, subject(finding.getClaim()), finding.getClaim());
      for (String expected : finding.getExpectedList()) {
        line(text, inner, "expected", expected);
      }
      line(text, inner, "found", finding.getFound());
      line(text, inner, "remedy", finding.getRemedy());
    }
    return text.toString();
  }

  /** A claim is named by a path, whose first part says what kind of thing it is. */
  private static String subject(String claim) {
    return claim.startsWith("pcr/") ? "register" : claim.startsWith("event/") ? "event" : "claim";
  }

  private static void line(StringBuilder text, String indent, String label, String value) {
    if (!value.isEmpty()) {
      text.append(indent).append(String.format("%-10s", label)).append(Text.clean(value));
      text.append('\n');
    }
  }
}
