package dev.holdfast.server.learn;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was noted last of each key; beyond a number of keys the one least recently touched goes. Not
 * for several threads at once.
 */
public final class LatestOf<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  private final int most;

  /** Nothing is noted. */
  public LatestOf(int most) {
    super(16, 0.75f, true);
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
