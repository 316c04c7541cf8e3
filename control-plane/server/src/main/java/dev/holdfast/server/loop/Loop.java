package dev.holdfast.server.loop;

import dev.holdfast.pam.model.Refusal;
import dev.holdfast.store.kv.StoreFailure;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that the server does again and again, on a thread of its own. A pass that fails is
 * logged and tried again at the next turn: every pass compares what is with what should be, and
 * begins anew.
 */
public final class Loop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final String name;
  private final Thread thread;

  /** One pass. */
  @FunctionalInterface
  public interface Pass {
    /** Does it. */
    void run() throws InterruptedException;
  }

  /** How a loop waits for its next turn. */
  @FunctionalInterface
  public interface Turn {
    /** Returns when the next pass is due. */
    void await() throws InterruptedException;
  }

  private Loop(String name, Turn turn, Pass pass) {
    this.name = name;
    this.thread = Thread.ofVirtual().name("holdfast-" + name).unstarted(() -> repeat(turn, pass));
  }

  /** Starts a loop that takes its turns as {@code turn} says. */
  public static Loop start(String name, Turn turn, Pass pass) {
    Loop loop = new Loop(name, turn, pass);
    loop.thread.start();
    return loop;
  }

  /** Starts a loop with a pause between passes. */
  public static Loop every(String name, Duration pause, Pass pass) {
    return start(name, () -> Thread.sleep(pause), pass);
  }

  private void repeat(Turn turn, Pass pass) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        turn.await();
        try {
          pass.run();
        } catch (Refusal refused) {
          LOG.warn("{}: {}", name, refused.getMessage());
        } catch (StoreFailure away) {
          LOG.warn("{}: the store did not answer: {}", name, away.getMessage());
        } catch (RuntimeException bug) {
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          LOG.error("{} failed", name, bug);
        }
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(CLOSE_MAX);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
