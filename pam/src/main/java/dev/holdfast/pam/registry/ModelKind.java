package dev.holdfast.pam.registry;

/** How a model learns. */
public enum ModelKind {
  /** Gradient-boosted trees with quantile loss. */
  XGBOOST("xgb"),
  /** A long short-term memory network with quantile loss. */
  LSTM("lstm");

  private final String prefix;

  ModelKind(String prefix) {
    this.prefix = prefix;
  }

  /** What ids of its models begin with. */
  public String prefix() {
    return prefix;
  }
}
