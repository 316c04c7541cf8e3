package dev.holdfast.store.ledger;

/** What became of a pathway's newest chain. Whether it has expired is a question of time alone. */
public enum ChainState {
  /** It may be rested on until it expires. */
  LIVE,
  /** A link or the whole was refused. */
  REFUSED,
  /** It was taken back, such as when a hop was revoked or the pathway was changed. */
  REVOKED
}
