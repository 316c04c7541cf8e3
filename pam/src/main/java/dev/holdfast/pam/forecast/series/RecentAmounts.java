package dev.holdfast.pam.forecast.series;

/** The latest amounts of a series. */
final class RecentAmounts {
  private final AmountArray amounts;
  private int next;
  private int size;

  RecentAmounts(int capacity) {
    amounts = new AmountArray(capacity);
  }

  int size() {
    return size;
  }

  void add(double amount) {
    amounts.set(next, amount);
    next = next + 1 == amounts.size() ? 0 : next + 1;
    size = Math.min(size + 1, amounts.size());
  }

  /** Copies the amounts, the latest first; {@code into} holds at least {@link #size}. */
  void copyLatestFirst(float[] into) {
    int at = next;
    for (int i = 0; i < size; i++) {
      at = at == 0 ? amounts.size() - 1 : at - 1;
      into[i] = amounts.get(at);
    }
  }
}
