package dev.holdfast.attestation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The appraisals of a whole pathway, made in one round, each link binding the one before. */
public final class AttestationChain {
  private final Pathway pathway;
  private final Epoch epoch;
  private final List<Link> links;
  private final List<Finding> findings;
  private final Instant createdAt;

  private AttestationChain(
      Pathway pathway, Epoch epoch, List<Link> links, List<Finding> findings, Instant createdAt) {
    this.pathway = pathway;
    this.epoch = epoch;
    this.links = List.copyOf(links);
    this.findings = List.copyOf(findings);
    this.createdAt = createdAt;
  }

  /**
   * Makes a chain of the appraisals of one round, whatever comes of it.
   *
   * @param pathway the nodes that must be there
   * @param epoch what their nonces were derived from
   * @param appraisals one of each node, in any order
   * @param rules what the policy asks of the whole
   * @param at the time of making it
   */
  public static AttestationChain of(
      Pathway pathway, Epoch epoch, List<Appraisal> appraisals, ChainRules rules, Instant at) {
    List<Finding> findings = new ArrayList<>();
    Map<NodeName, Appraisal> byNode = sorted(pathway, appraisals, findings);
    for (Role role : rules.verdictMaxByRole().keySet().stream().sorted().toList()) {
      if (pathway.hops().stream().noneMatch(hop -> hop.role() == role)) {
        findings.add(
            Finding.against(
                    Reason.CHAIN_INCOMPLETE,
                    "the policy asks for a " + role + ", and the pathway has none")
                .at("role/" + role.number())
                .expecting(role.name())
                .remedy("Add a " + role + " to the pathway."));
      }
    }
    List<Link> links = new ArrayList<>();
    Bytes previous = Link.root(epoch, pathway.name());
    for (int i = 0; i < pathway.hops().size(); i++) {
      Hop hop = pathway.hops().get(i);
      Appraisal appraisal = byNode.get(hop.node());
      if (appraisal == null) {
        findings.add(
            Finding.against(
                    Reason.CHAIN_INCOMPLETE, "node \"" + hop.node() + "\" was not appraised")
                .at("hop/" + i)
                .remedy("Attest the node, then the pathway again."));
        continue;
      }
      judge(hop, i, appraisal, new Round(epoch, rules, at), findings);
      Link link = Link.after(previous, appraisal);
      previous = link.digest();
      links.add(link);
    }
    return new AttestationChain(pathway, epoch, links, findings, at);
  }

  private record Round(Epoch epoch, ChainRules rules, Instant at) {}

  private static Map<NodeName, Appraisal> sorted(
      Pathway pathway, List<Appraisal> appraisals, List<Finding> findings) {
    Map<NodeName, Appraisal> byNode = new LinkedHashMap<>();
    for (Appraisal appraisal : appraisals) {
      NodeName node = appraisal.node();
      if (pathway.hops().stream().noneMatch(hop -> hop.node().equals(node))) {
        findings.add(
            Finding.against(
                    Reason.CHAIN_SPLICE,
                    "an appraisal of node \""
                        + node
                        + "\", which is not on the pathway, was put in")
                .remedy("Attest the nodes of this pathway."));
      } else if (byNode.putIfAbsent(node, appraisal) != null) {
        findings.add(
            Finding.against(Reason.CHAIN_ORDER, "node \"" + node + "\" was appraised twice")
                .remedy("Use one appraisal of each node."));
      }
    }
    return byNode;
  }

  private static void judge(
      Hop hop, int position, Appraisal appraisal, Round round, List<Finding> findings) {
    String claim = "hop/" + position;
    String node = "node \"" + hop.node() + "\"";
    if (appraisal.role() != hop.role()) {
      findings.add(
          Finding.against(Reason.CHAIN_ORDER, node + " was appraised for another role")
              .at(claim)
              .expecting(hop.role().name())
              .finding(appraisal.role().name())
              .remedy("Appraise the node as a " + hop.role() + "."));
    }
    Nonce wanted = round.epoch().nonceFor(hop.role(), hop.node());
    if (appraisal.answered().isPresent() && !appraisal.answered().get().equals(wanted)) {
      findings.add(
          Finding.against(
                  Reason.CHAIN_SPLICE,
                  node + " answered a challenge that is not of this pathway's round")
              .at(claim)
              .remedy("Attest the pathway again, all nodes in one round."));
    }
    if (!appraisal.expiresAt().isAfter(round.at())) {
      findings.add(
          Finding.against(
                  Reason.EVIDENCE_STALE,
                  "the appraisal of " + node + " ended at " + appraisal.expiresAt())
              .at(claim)
              .expecting("after " + round.at())
              .finding(appraisal.expiresAt().toString())
              .remedy("Attest the node again."));
    }
    if (appraisal.appraisedAt().isAfter(round.at().plus(round.rules().clockSkewMax()))) {
      findings.add(
          Finding.against(
                  Reason.CLOCK_SKEW,
                  "the appraisal of " + node + " comes from the future: " + appraisal.appraisedAt())
              .at(claim)
              .expecting("at most " + round.rules().clockSkewMax() + " after " + round.at())
              .finding(appraisal.appraisedAt().toString())
              .remedy("Set the clocks of the machines that appraise."));
    }
    Verdict limit = round.rules().verdictMaxByRole().getOrDefault(hop.role(), Verdict.AFFIRMING);
    if (appraisal.verdict() == Verdict.WARNING && limit == Verdict.AFFIRMING) {
      findings.add(
          Finding.against(
                  Reason.VERDICT_LIMIT,
                  node + " has a warning, and the policy rests only on affirmed nodes of its role")
              .at(claim)
              .expecting(limit.name())
              .finding(appraisal.verdict().name())
              .remedy("Resolve the warning, or allow WARNING for the role in a policy revision."));
    }
  }

  /** The nodes that it speaks for. */
  public Pathway pathway() {
    return pathway;
  }

  /** What the nodes' nonces were derived from; disclose it only with the finished chain. */
  public Epoch epoch() {
    return epoch;
  }

  /** The links in pathway order; fewer than hops if one is missing. */
  public List<Link> links() {
    return links;
  }

  /** What is wrong with the whole, such as CHAIN_INCOMPLETE; each link's appraisal has its own. */
  public List<Finding> findings() {
    return findings;
  }

  /** When it was made. */
  public Instant createdAt() {
    return createdAt;
  }

  /** That of the weakest link, or of the worst finding about the whole. */
  public Verdict verdict() {
    Verdict verdict =
        findings.stream().map(Finding::verdict).reduce(Verdict.AFFIRMING, Verdict::worse);
    for (Link link : links) {
      verdict = verdict.worse(link.appraisal().verdict());
    }
    return verdict;
  }

  /** When its first link expires; empty without links. */
  public Optional<Instant> expiresAt() {
    return links.stream().map(link -> link.appraisal().expiresAt()).min(Instant::compareTo);
  }

  /** Whether grants may rest on it at a time: complete, not contraindicated, not expired. */
  public boolean trustedAt(Instant time) {
    return verdict() != Verdict.CONTRAINDICATED
        && links.size() == pathway.hops().size()
        && expiresAt().filter(end -> end.isAfter(time)).isPresent();
  }
}
