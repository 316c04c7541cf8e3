package dev.holdfast.bench;

import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.ImageName;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import dev.holdfast.store.series.ProfiledSample;
import dev.holdfast.store.series.SeriesProfile;
import dev.holdfast.store.series.UsageSeries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.sqlite.SQLiteConfig;

/**
 * Usage of 10,000 series, one sample each for every 10 seconds, kept in the embedded series in
 * reports of 500; beside it, rows of as many bytes under a key of the same columns, inserted into a
 * plain SQLite table by batches of the same size, with the same durability.
 */
final class SeriesBench {
  private static final int SERIES = 10_000;
  private static final int ROUNDS = 60;
  private static final int REPORT = 500;
  private static final int WINDOW = 60;
  private static final int FOLD_SLOTS = 200;
  private static final double NEEDED = SERIES / 10.0;
  private static final long SEED = 7;
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  /** As SQLite writes the values of such a sample: five amounts, four counters, two more. */
  private static final int BODY_BYTES = 38;

  private static final String BESIDE = "rows of as many bytes in a plain SQLite table";

  private final Duration total;
  private final Consumer<Figure> report;
  private final Path scratch;
  private final Random random = new Random(SEED);
  private final List<SeriesProfile> profiles = new ArrayList<>();

  SeriesBench(Duration total, Consumer<Figure> report, Path scratch) {
    this.total = total;
    this.report = report;
    this.scratch = scratch;
    var tenant = new TenantName("acme");
    for (int i = 0; i < SERIES; i++) {
      var key =
          new ProfileKey(
              tenant, new ImageName("%064x".formatted(i / 10)), Optional.of("user-" + i % 10));
      profiles.add(new SeriesProfile("tenants/acme/resourceProfiles/p%032x".formatted(i), key));
    }
  }

  /** One report after the other, as the clock goes on. */
  private final class Reports {
    private long next;

    List<ProfiledSample> next() {
      List<ProfiledSample> samples = new ArrayList<>(REPORT);
      for (int i = 0; i < REPORT; i++) {
        samples.add(sample((int) (next % SERIES), 1 + next / SERIES));
        next++;
      }
      return samples;
    }

    Instant now() {
      return START.plus(PERIOD.multipliedBy(next / SERIES));
    }

    long count() {
      return next;
    }
  }

  private ProfiledSample sample(int series, long round) {
    ResourceVector usage =
        ResourceVector.of(
            Map.of(
                Resource.CPU_MILLICORES, (long) random.nextInt(4000),
                Resource.MEMORY_BYTES, (long) random.nextInt(1 << 30),
                Resource.DISK_READ_BYTES_PER_SECOND, (long) random.nextInt(1 << 20),
                Resource.DISK_WRITE_BYTES_PER_SECOND, (long) random.nextInt(1 << 20),
                Resource.NETWORK_BYTES_PER_SECOND, (long) random.nextInt(1 << 20)));
    var counters =
        new HardwareCounters(
            random.nextLong(1L << 36),
            random.nextLong(1L << 36),
            random.nextInt(1 << 28),
            random.nextInt(1 << 28));
    return new ProfiledSample(
        profiles.get(series),
        new UsageSample(
            "tenants/acme/reservations/r" + series + "/grants/g1",
            round,
            START.plus(PERIOD.multipliedBy(round)),
            PERIOD,
            usage,
            Optional.of(counters),
            Map.of("rows", new InputValue.Quantity(series % 100))));
  }

  void run() throws Exception {
    Path file = scratch.resolve("usage.db");
    Path plainFile = scratch.resolve("plain.db");
    try (UsageSeries series = UsageSeries.open(file);
        Plain plain = new Plain(plainFile)) {
      var reports = new Reports();
      while (reports.count() < (long) SERIES * ROUNDS) {
        series.append(reports.next());
      }
      plain.fill(reports.count());
      report.accept(
          new Figure(
              "series-bytes-per-sample",
              (double) Files.size(file) / reports.count(),
              "B",
              BESIDE,
              (double) Files.size(plainFile) / reports.count()));
      window(series, plain);
      ingest(series, reports, plain);
    }
  }

  private void ingest(UsageSeries series, Reports reports, Plain plain) throws Exception {
    String stored = "series-ingest";
    String folded = "series-ingest-folded";
    Map<String, Double> rates =
        Duel.ofOneThread(total.multipliedBy(2))
            .with(stored, Load.serial(() -> series.append(reports.next())))
            .with(
                folded,
                Load.serial(
                    () -> {
                      series.append(reports.next());
                      // As many marks as there are new ones, so that they do not pile up.
                      series.fold(reports.now(), FOLD_SLOTS);
                    }))
            .with("plain", Load.serial(() -> plain.insert(REPORT)))
            .rates();
    double plainRate = REPORT * rates.getOrDefault("plain", 0.0);
    double storedRate = REPORT * rates.getOrDefault(stored, 0.0);
    double foldedRate = REPORT * rates.getOrDefault(folded, 0.0);
    report.accept(new Figure(stored, storedRate, "rows/s", BESIDE, plainRate));
    report.accept(
        new Figure(folded, foldedRate, "rows/s", "10000 series at one sample per 10 s", NEEDED));
  }

  private void window(UsageSeries series, Plain plain) throws SQLException {
    List<Double> own = new ArrayList<>();
    List<Double> raw = new ArrayList<>();
    long end = System.nanoTime() + total.toNanos();
    while (System.nanoTime() - end < 0) {
      int one = random.nextInt(SERIES);
      long began = System.nanoTime();
      int samples = series.latest(profiles.get(one).name(), WINDOW).size();
      long between = System.nanoTime();
      int rows = plain.latest(one, WINDOW);
      raw.add((System.nanoTime() - between) / 1000.0);
      own.add((between - began) / 1000.0);
      if (samples != WINDOW || rows != WINDOW) {
        throw new IllegalStateException("a window of " + samples + ", beside " + rows);
      }
    }
    int warm = own.size() / 3;
    report.accept(
        new Figure(
            "series-window-p50",
            Duel.quantile(own.subList(warm, own.size()), 0.5),
            "us",
            "the same rows from a plain SQLite table",
            Duel.quantile(raw.subList(warm, raw.size()), 0.5)));
  }

  /** Rows under the same key, whose values are one blob. */
  private final class Plain implements AutoCloseable {
    private final Connection connection;
    private final PreparedStatement put;
    private final PreparedStatement window;
    private final byte[] body = new byte[BODY_BYTES];
    private long next;

    Plain(Path file) throws SQLException {
      var config = new SQLiteConfig();
      config.setJournalMode(SQLiteConfig.JournalMode.WAL);
      config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
      config.setCacheSize(-32 * 1024);
      connection = config.createConnection("jdbc:sqlite:" + file);
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE plain (series BIGINT, ended BIGINT, subject BIGINT, inputs BIGINT,"
                + " body BLOB, PRIMARY KEY (series, ended, subject, inputs)) WITHOUT ROWID");
      }
      random.nextBytes(body);
      connection.setAutoCommit(false);
      put = connection.prepareStatement("INSERT INTO plain VALUES (?, ?, ?, ?, ?)");
      window =
          connection.prepareStatement(
              "SELECT ended, body FROM plain WHERE series = ? ORDER BY ended DESC LIMIT ?");
    }

    void fill(long rows) throws SQLException {
      while (next < rows) {
        insert(REPORT);
      }
    }

    void insert(int rows) throws SQLException {
      for (int i = 0; i < rows; i++) {
        long series = next % SERIES;
        put.setLong(1, series);
        put.setLong(2, START.plus(PERIOD.multipliedBy(next / SERIES)).toEpochMilli());
        put.setLong(3, series);
        put.setLong(4, series % 100);
        put.setBytes(5, body);
        put.addBatch();
        next++;
      }
      put.executeBatch();
      connection.commit();
    }

    int latest(int series, int rows) throws SQLException {
      window.setLong(1, series);
      window.setInt(2, rows);
      int count = 0;
      try (ResultSet found = window.executeQuery()) {
        while (found.next()) {
          count += found.getLong(1) > 0 && found.getBytes(2).length == body.length ? 1 : 0;
        }
      }
      connection.commit();
      return count;
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
