package dev.holdfast.node.tpm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tss.Tpm;

/**
 * The way to one TPM: opened for each use and closed behind it, as a software TPM serves one
 * connection at a time. One platform thread makes all calls, and so is the lock as well.
 */
final class TpmConnection implements AutoCloseable {
  /** How long one use may take; making an RSA key is the slowest. */
  static final Duration USE_TIMEOUT = Duration.ofSeconds(60);

  /** Uses that may wait at once. */
  static final int WAITING_MAX = 64;

  private final TpmAddress address;
  private final ThreadPoolExecutor thread;

  TpmConnection(TpmAddress address) {
    this.address = address;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("tpm").factory());
  }

  /** Work on an open TPM. */
  @FunctionalInterface
  interface Use<T> {
    T with(Tpm tpm, CommandChannel channel) throws IOException;
  }

  /**
   * Does some work on the TPM.
   *
   * @param what the work, in words that follow "the TPM cannot"
   */
  <T> T use(String what, Use<T> work) throws TpmFailure {
    Future<T> result;
    try {
      result = thread.submit(() -> open(work));
    } catch (RejectedExecutionException e) {
      throw new TpmFailure("the TPM at " + address + " is closed or has too much to do", e);
    }
    try {
      return result.get(USE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failure(what, e.getCause());
    } catch (TimeoutException e) {
      result.cancel(true);
      throw new TpmFailure("the TPM at " + address + " did not " + what + " in time", e);
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw new TpmFailure("interrupted while the TPM was to " + what, e);
    }
  }

  private TpmFailure failure(String what, @Nullable Throwable cause) {
    String sentence = "the TPM at " + address + " cannot " + what;
    return switch (cause) {
      case CommandChannel.Refusal refusal -> new TpmFailure(sentence, refusal.code());
      case TpmFailure failure -> failure;
      case UncheckedIOException io -> new TpmFailure(sentence + ": " + io.getCause(), io);
      case null, default -> new TpmFailure(sentence + ": " + cause, cause);
    };
  }

  private <T> T open(Use<T> work) throws IOException {
    try (CommandChannel channel = CommandChannel.open(address)) {
      // Closing the library's object would close the channel a second time.
      var tpm = new Tpm();
      tpm._setDevice(channel);
      return work.with(tpm, channel);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
