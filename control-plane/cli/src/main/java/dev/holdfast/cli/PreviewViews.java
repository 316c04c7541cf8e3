package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse;
import dev.holdfast.proto.attestation.v1.PreviewPolicyResponse.Change;
import dev.holdfast.proto.policy.v1.Collateral;
import java.time.Instant;
import java.util.List;

/** What would change, and what is held to judge by, for people. */
final class PreviewViews {
  private PreviewViews() {}

  static String preview(PreviewPolicyResponse preview) {
    StringBuilder text = new StringBuilder();
    if (preview.getChangesCount() > 0) {
      Table table = new Table("NODE", "NOW", "THEN");
      for (Change change : preview.getChangesList()) {
        table.row(
            Text.orDash(change.getPresent().getNode()),
            Text.word(change.getPresent().getVerdict()),
            Text.word(change.getPreview().getVerdict()));
      }
      text.append(table).append('\n');
    }
    for (Change change : preview.getChangesList()) {
      boolean refused = change.getPreview().getFindingsCount() > 0;
      text.append(Text.clean(change.getPresent().getNode()))
          .append(refused ? ", then:\n" : ", now, and no more then:\n");
      text.append(
          Findings.blocks(
              refused
                  ? change.getPreview().getFindingsList()
                  : change.getPresent().getFindingsList(),
              "  "));
      text.append('\n');
    }
    text.append(counted(preview.getChangesCount(), "node")).append(" would change, ");
    text.append(preview.getUnchangedNodeCount()).append(" would not");
    if (preview.getUnknownNodeCount() > 0) {
      text.append(", ")
          .append(preview.getUnknownNodeCount())
          .append(" without retained evidence cannot be told");
    }
    return text.append(".\n").toString();
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  static String collateral(List<Collateral> held, Instant now) {
    Table table = new Table("EXPIRES", "STATE", "ZONE", "KIND", "NUMBER", "SUBJECT", "DIGEST");
    for (Collateral item : held) {
      table.row(
          Spans.until(item.hasExpireTime(), item.getExpireTime(), now),
          Text.word(item.getState()),
          Text.last(item.getTrustZone()),
          Text.word(item.getKind()),
          item.getIssueNumber() == 0 ? "-" : Long.toString(item.getIssueNumber()),
          Text.orDash(item.getSubject()),
          Text.shortHex(item.getDigest()));
    }
    return table.toString();
  }
}
