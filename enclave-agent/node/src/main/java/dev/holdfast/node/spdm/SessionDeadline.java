package dev.holdfast.node.spdm;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection's time: it closes the connection, so that no slow other end keeps it,
 * whether by never sending, never reading, or one byte at a time.
 */
final class SessionDeadline implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);

  SessionDeadline(Closeable connection, Duration after) {
    Thread.ofVirtual()
        .name("spdm-deadline")
        .start(
            () -> {
              try {
                if (!done.await(after.toMillis(), TimeUnit.MILLISECONDS)) {
                  connection.close();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  @Override
  public void close() {
    done.countDown();
  }
}
