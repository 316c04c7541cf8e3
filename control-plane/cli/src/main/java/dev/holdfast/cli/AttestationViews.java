package dev.holdfast.cli;

import dev.holdfast.proto.attestation.v1.Appraisal;
import dev.holdfast.proto.attestation.v1.AttestationChain;
import dev.holdfast.proto.attestation.v1.Claim;
import dev.holdfast.proto.attestation.v1.Link;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Appraisals and chains for people. */
final class AttestationViews {
  private AttestationViews() {}

  static String chains(List<AttestationChain> chains, Instant now) {
    Table table = new Table("NAME", "STATE", "VERDICT", "LINKS", "EXPIRES", "AGE");
    for (AttestationChain chain : chains) {
      table.row(
          Text.orDash(chain.getName()),
          Text.word(chain.getState()),
          Text.word(chain.getVerdict()),
          Integer.toString(chain.getLinksCount()),
          Spans.until(chain.hasExpireTime(), chain.getExpireTime(), now),
          Spans.age(chain.hasCreateTime(), chain.getCreateTime(), now));
    }
    return table.toString();
  }

  /** A chain link by link, each with the digest of the one before. */
  static String chain(AttestationChain chain, Instant now) {
    StringBuilder text =
        new StringBuilder(
            new Facts("Chain " + chain.getName())
                .fact("state", Text.word(chain.getState()))
                .fact("verdict", Text.word(chain.getVerdict()))
                .fact("expires", Spans.until(chain.hasExpireTime(), chain.getExpireTime(), now))
                .fact("age", Spans.age(chain.hasCreateTime(), chain.getCreateTime(), now))
                .fact("epoch", Text.hex(chain.getEpoch()))
                .toString());
    text.append(Findings.blocks(chain.getFindingsList(), "  ")).append('\n');
    Table table =
        new Table("LINK", "ROLE", "NODE", "VERDICT", "PREVIOUS", "DIGEST", "EXPIRES", "POLICY");
    int number = 1;
    for (Link link : chain.getLinksList()) {
      Appraisal appraisal = link.getAppraisal();
      table.row(
          Integer.toString(number++),
          Text.word(appraisal.getRole()),
          Text.last(appraisal.getNode()),
          Text.word(appraisal.getVerdict()),
          Text.shortHex(link.getPreviousDigest()),
          Text.shortHex(link.getDigest()),
          Spans.until(appraisal.hasExpireTime(), appraisal.getExpireTime(), now),
          Text.orDash(appraisal.getPolicy()));
    }
    text.append(table);
    for (Link link : chain.getLinksList()) {
      if (link.getAppraisal().getFindingsCount() > 0) {
        text.append('\n').append(Text.clean(link.getAppraisal().getNode())).append('\n');
        text.append(Findings.blocks(link.getAppraisal().getFindingsList(), "  "));
      }
    }
    return text.toString();
  }

  static String appraisal(Appraisal appraisal, Instant now) {
    StringBuilder text =
        new StringBuilder(
            new Facts("Appraisal " + Text.orDash(appraisal.getName()))
                .fact("node", appraisal.getNode())
                .fact("role", Text.word(appraisal.getRole()))
                .fact("verdict", Text.word(appraisal.getVerdict()))
                .fact(
                    "formats",
                    appraisal.getFormatsList().stream()
                        .map(Text::word)
                        .collect(Collectors.joining(", ")))
                .fact("policy", appraisal.getPolicy())
                .fact("evidence", Text.hex(appraisal.getEvidenceDigest()))
                .fact(
                    "metrics",
                    appraisal.hasRuntimeMetrics()
                        ? AmountOptions.print(appraisal.getRuntimeMetrics().getUsage())
                        : "not proven")
                .fact("age", Spans.age(appraisal.hasCreateTime(), appraisal.getCreateTime(), now))
                .fact(
                    "expires",
                    Spans.until(appraisal.hasExpireTime(), appraisal.getExpireTime(), now))
                .toString());
    text.append(appraisal.getFindingsCount() == 0 ? "  no findings\n" : "\n");
    text.append(Findings.blocks(appraisal.getFindingsList(), "  "));
    if (appraisal.getClaimsCount() > 0) {
      Table table = new Table("CLAIM", "COMPONENT", "VALUE");
      for (Claim claim : appraisal.getClaimsList()) {
        table.row(Text.orDash(claim.getName()), Text.orDash(claim.getComponent()), value(claim));
      }
      text.append('\n').append(table);
    }
    return text.toString();
  }

  private static String value(Claim claim) {
    return switch (claim.getValueCase()) {
      case DIGEST -> Text.hex(claim.getDigest());
      case NUMBER -> Long.toString(claim.getNumber());
      case FLAG -> claim.getFlag() ? "yes" : "no";
      case TEXT -> Text.orDash(claim.getText());
      case VALUE_NOT_SET -> "-";
    };
  }
}
