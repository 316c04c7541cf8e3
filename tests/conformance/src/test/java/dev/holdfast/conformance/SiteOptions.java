package dev.holdfast.conformance;

import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.rpc.Limits;
import dev.holdfast.store.kv.KeyValueStore;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * What differs between sites.
 *
 * @param limits of every call
 * @param around what stands between the server and its store
 * @param attest how often the server attests every pathway by itself
 * @param grants how grants are issued
 * @param zone what becomes of the rules of the zone
 */
record SiteOptions(
    Limits limits,
    UnaryOperator<KeyValueStore> around,
    Duration attest,
    GrantRules grants,
    UnaryOperator<ZoneRules> zone) {
  /** Short, as silence is waited for. */
  static final Limits LIMITS =
      new Limits(
          Limits.DEFAULT.messageBytesMax(),
          Duration.ofSeconds(30),
          Duration.ofMillis(5),
          Duration.ofSeconds(2));

  static final SiteOptions USUAL = new SiteOptions(LIMITS, UnaryOperator.identity());

  /** Options of a server that attests nothing by itself while the test goes on. */
  SiteOptions(Limits limits, UnaryOperator<KeyValueStore> around) {
    this(limits, around, Duration.ofHours(12), GrantRules.DEFAULT, UnaryOperator.identity());
  }

  /** These, but attesting by itself that often. */
  SiteOptions attesting(Duration interval) {
    return new SiteOptions(limits, around, interval, grants, zone);
  }

  /** These, but issuing grants so. */
  SiteOptions granting(GrantRules rules) {
    return new SiteOptions(limits, around, attest, rules, zone);
  }

  /** These, but in a zone with other rules. */
  SiteOptions ruling(UnaryOperator<ZoneRules> rules) {
    return new SiteOptions(limits, around, attest, grants, rules);
  }
}
