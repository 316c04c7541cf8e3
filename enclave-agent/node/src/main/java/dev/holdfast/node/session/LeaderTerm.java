package dev.holdfast.node.session;

import dev.holdfast.node.state.StateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The highest leader term that a node has seen, over all sessions and restarts. */
final class LeaderTerm {
  private static final String FILE = "leader-term";

  private final StateFiles state;
  private long highest;

  LeaderTerm(StateFiles state) throws IOException {
    this.state = state;
    this.highest =
        state
            .read(FILE)
            .filter(content -> content.length == Long.BYTES)
            .map(content -> ByteBuffer.wrap(content).getLong())
            .orElse(0L);
  }

  synchronized long highest() {
    return highest;
  }

  /** Whether a message of this term counts: a deposed leader's does not. */
  synchronized boolean accepts(long term) throws IOException {
    if (term < highest) {
      return false;
    }
    if (term > highest) {
      state.write(FILE, ByteBuffer.allocate(Long.BYTES).putLong(term).array());
      highest = term;
    }
    return true;
  }
}
