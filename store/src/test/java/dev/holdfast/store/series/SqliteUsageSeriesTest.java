package dev.holdfast.store.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import dev.holdfast.store.proto.AmountsRow;
import dev.holdfast.store.proto.CountersRow;
import dev.holdfast.store.proto.InputRow;
import dev.holdfast.store.proto.SampleRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The series in a file. */
class SqliteUsageSeriesTest extends UsageSeriesContract {
  @TempDir Path folder;

  @Override
  UsageSeries openSeries() {
    return UsageSeries.open(folder.resolve("usage.db"));
  }

  @Test
  void onlyItsOwnerReadsTheFile() throws Exception {
    assertEquals(
        PosixFilePermissions.fromString("rw-------"),
        Files.getPosixFilePermissions(folder.resolve("usage.db")));
  }

  @Test
  void aFileOfTheFirstSchemaIsBroughtToThisOne() throws Exception {
    Path file = folder.resolve("old.db");
    List<UsageSample> plain =
        samples("tenants/acme/reservations/r/grants/g", 1, 1201).stream()
            .map(SqliteUsageSeriesTest::withoutCalls)
            .toList();
    writeFirstSchema(file, plain);
    for (int opening = 0; opening < 2; opening++) {
      try (UsageSeries moved = UsageSeries.open(file)) {
        assertEquals(plain.subList(200, 1200), moved.latest(ADA.name(), 1000));
        assertEquals(9000, moved.acknowledged("gone"), "its samples were forgotten before");
        assertEquals(1200, moved.acknowledged(plain.getFirst().subject()));
        assertEquals(List.of(), moved.profiles("", 10), "a name alone does not say what it is of");
      }
    }
    try (UsageSeries moved = UsageSeries.open(file)) {
      assertEquals(1, moved.append(of(ADA, samples("s", 9999, 10_000))).size());
      assertEquals(List.of(ADA), moved.profiles("", 10), "its next sample does");
      assertEquals(1201, moved.read(query(Grain.SAMPLE), Optional.empty(), 10_000).rows().size());
      while (moved.fold(END, 1000) > 0) {
        // The next part.
      }
      assertEquals(
          1201,
          moved.read(query(Grain.HOUR), Optional.empty(), 10_000).rows().stream()
              .mapToLong(UsageRow::samples)
              .sum());
    }
  }

  private static UsageSample withoutCalls(UsageSample sample) {
    return new UsageSample(
        sample.subject(),
        sample.sequence(),
        sample.endedAt(),
        sample.period(),
        sample.usage(),
        sample.counters(),
        sample.inputs());
  }

  /** As the first release wrote it. */
  private static void writeFirstSchema(Path file, List<UsageSample> samples) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String sql :
          List.of(
              "CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
              "CREATE TABLE watermark (subject INTEGER PRIMARY KEY, sequence INTEGER NOT NULL)",
              "CREATE TABLE sample (subject INTEGER NOT NULL, sequence INTEGER NOT NULL,"
                  + " profile INTEGER NOT NULL, ended INTEGER NOT NULL, period INTEGER NOT NULL,"
                  + " body BLOB NOT NULL, PRIMARY KEY (subject, sequence)) WITHOUT ROWID",
              "CREATE INDEX sample_by_profile ON sample (profile, ended)",
              "CREATE INDEX sample_by_time ON sample (ended)",
              "INSERT INTO name VALUES (1, '" + ADA.name() + "'), (3, 'gone')",
              "INSERT INTO name VALUES (2, '" + samples.getFirst().subject() + "')",
              "INSERT INTO watermark VALUES (2, 1200), (3, 9000)")) {
        statement.execute(sql);
      }
      try (PreparedStatement put =
          connection.prepareStatement("INSERT INTO sample VALUES (2, ?, 1, ?, ?, ?)")) {
        for (UsageSample sample : samples) {
          put.setLong(1, sample.sequence());
          put.setLong(2, sample.endedAt().toEpochMilli());
          put.setLong(3, sample.period().toMillis());
          put.setBytes(4, body(sample));
          put.executeUpdate();
        }
      }
      connection.commit();
    }
  }

  private static byte[] body(UsageSample sample) {
    AmountsRow.Builder usage = AmountsRow.newBuilder();
    for (Resource resource : sample.usage().present()) {
      usage.putByName(resource.name(), sample.usage().get(resource));
    }
    SampleRow.Builder row = SampleRow.newBuilder().setUsage(usage);
    sample
        .counters()
        .ifPresent(
            counters ->
                row.setCounters(
                    CountersRow.newBuilder()
                        .setInstructions(counters.instructions())
                        .setCycles(counters.cycles())
                        .setCacheMisses(counters.cacheMisses())
                        .setBranchMisses(counters.branchMisses())));
    for (Map.Entry<String, InputValue> input : sample.inputs().entrySet()) {
      InputRow.Builder value = InputRow.newBuilder();
      switch (input.getValue()) {
        case InputValue.Quantity(double quantity) -> value.setQuantity(quantity);
        case InputValue.Text(String text) -> value.setText(text);
        case InputValue.Flag(boolean flag) -> value.setFlag(flag);
      }
      row.putInputs(input.getKey(), value.build());
    }
    return row.build().toByteArray();
  }

  @Test
  void aNewerSchemaIsNotTouched() throws Exception {
    series.close();
    Path file = folder.resolve("usage.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE series_schema SET version = 3");
    }
    var refused = assertThrows(StoreUnavailable.class, this::openSeries);
    assertTrue(String.valueOf(refused.getMessage()).contains("newer release"), "says what to do");
  }
}
