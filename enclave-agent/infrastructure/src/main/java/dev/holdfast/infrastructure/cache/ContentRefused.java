package dev.holdfast.infrastructure.cache;

import java.io.IOException;

/** Content that is not served, or not taken in, and why. */
public final class ContentRefused extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The bytes are not those that the digest names. */
    CONTENT_MISMATCH,
    /** It is longer than it may be. */
    CONTENT_TOO_LONG,
    /** The cache is full of what allocations name. */
    CACHE_FULL,
    /** It lies where this cache may not fetch from. */
    ORIGIN_FORBIDDEN,
    /** It is not in the cache. */
    CONTENT_ABSENT
  }

  private final Reason reason;

  ContentRefused(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
