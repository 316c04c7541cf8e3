package dev.holdfast.quickstart;

import dev.holdfast.client.HoldfastClient;
import dev.holdfast.client.Lease;
import dev.holdfast.client.ResourcesRefused;
import dev.holdfast.client.ResourcesWanted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An application with a daily rhythm, run faster than life: it asks its agent for resources, works
 * only while it has them, and says on standard output what it got. One line each: {@code granted
 * MILLIS MILLICORES BYTES}, {@code limits MILLICORES BYTES}, {@code ended REASON}, {@code done
 * ROUNDS}.
 *
 * <p>Arguments: socket, image, user, seconds, rows, surge, content. {@code rows} is a production
 * input that the work grows with; from {@code surge} seconds on the work doubles (0: never); {@code
 * content} is the digest of what it reads, in hex.
 */
public final class DailyRhythm {
  /** A day, in milliseconds of life run fast. */
  private static final long DAY_MILLIS = 2_500;

  /** A slice in which some part is worked and the rest is slept. */
  private static final long SLICE_NANOS = 10_000_000;

  private static final double BUSY_MEAN = 0.16;
  private static final double BUSY_SWING = 0.10;
  private static final double ROWS_USUAL = 1000;

  private final String image;
  private final String user;
  private final double rows;
  private final long surgeNanos;
  private final byte[] content;
  private final AtomicBoolean usable = new AtomicBoolean();
  private final byte[] memory = new byte[24 * 1024 * 1024];

  private DailyRhythm(String image, String user, double rows, double surgeSeconds, byte[] content) {
    this.image = image;
    this.user = user;
    this.rows = rows;
    this.content = content.clone();
    this.surgeNanos = (long) (surgeSeconds * 1e9);
  }

  /** Runs it. */
  public static void main(String[] arguments) throws InterruptedException {
    DailyRhythm rhythm =
        new DailyRhythm(
            arguments[1],
            arguments[2],
            Double.parseDouble(arguments[4]),
            Double.parseDouble(arguments[5]),
            HexFormat.of().parseHex(arguments[6]));
    try (HoldfastClient client = HoldfastClient.connect(Path.of(arguments[0]))) {
      rhythm.run(client, Double.parseDouble(arguments[3]));
    }
  }

  private void run(HoldfastClient client, double seconds) throws InterruptedException {
    // Until the first grant no work is done: what it takes to get one does not count.
    long began = 0;
    long until = Long.MAX_VALUE;
    String reservation = "";
    long rounds = 0;
    while (System.nanoTime() < until) {
      ResourcesWanted wanted =
          ResourcesWanted.forImage(image)
              .user(user)
              .workloadType("daily-rhythm")
              .input("rows", rows)
              .reads(content, 0)
              .workDuration(Duration.ofSeconds(60));
      long asked = System.nanoTime();
      try {
        Lease lease =
            client.request(
                reservation.isEmpty() ? wanted : wanted.reservation(reservation),
                Duration.ofSeconds(20));
        say(
            "granted",
            (System.nanoTime() - asked) / 1_000_000,
            lease.limits().getCpuMillicores(),
            lease.limits().getMemoryBytes());
        reservation = lease.reservation();
        if (began == 0) {
          began = System.nanoTime();
          until = began + (long) (seconds * 1e9);
        }
        usable.set(true);
        lease.onChange(this::changed);
        rounds += work(began, until);
        if (usable.get()) {
          lease.close();
        }
      } catch (ResourcesRefused refused) {
        say("refused", refused.reason());
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
    say("done", rounds);
  }

  private void changed(Lease.State state) {
    switch (state) {
      case Lease.State.Usable(var limits) ->
          say("limits", limits.getCpuMillicores(), limits.getMemoryBytes());
      case Lease.State.Ended(String reason, _) -> {
        usable.set(false);
        say("ended", reason);
      }
    }
  }

  /** Works until time is up or the grant has ended; returns the rounds done. */
  private long work(long began, long until) throws InterruptedException {
    long rounds = 0;
    while (System.nanoTime() < until && usable.get()) {
      long now = System.nanoTime();
      double day = (now - began) / 1e6 / DAY_MILLIS;
      double busy = (BUSY_MEAN + BUSY_SWING * Math.sin(2 * Math.PI * day)) * rows / ROWS_USUAL;
      if (surgeNanos > 0 && now - began > surgeNanos) {
        busy *= 3;
      }
      long end = now + (long) (SLICE_NANOS * Math.clamp(busy, 0, 1));
      while (System.nanoTime() < end) {
        memory[(int) (rounds++ % memory.length)]++;
      }
      TimeUnit.NANOSECONDS.sleep(now + SLICE_NANOS - System.nanoTime());
    }
    return rounds;
  }

  private static synchronized void say(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    System.out.println(line);
  }
}
