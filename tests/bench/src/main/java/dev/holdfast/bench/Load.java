package dev.holdfast.bench;

/** Work that can be repeated for as long as it is to be measured. */
@FunctionalInterface
interface Load {
  /**
   * Works until a moment has passed.
   *
   * @param endNanos as {@link System#nanoTime} counts
   * @return how many operations were done, at least 1
   */
  long run(long endNanos) throws Exception;

  /** One operation. */
  @FunctionalInterface
  interface Operation {
    /** Does it once. */
    void run() throws Exception;
  }

  /** One operation after the other, on the calling thread. */
  static Load serial(Operation operation) {
    return endNanos -> {
      long count = 0;
      do {
        operation.run();
        count++;
      } while (System.nanoTime() - endNanos < 0);
      return count;
    };
  }
}
