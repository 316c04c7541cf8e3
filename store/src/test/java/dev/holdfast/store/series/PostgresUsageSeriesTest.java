package dev.holdfast.store.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.peers.Postgres;
import dev.holdfast.store.kv.StoreUnavailable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** The series in a real PostgreSQL server, spoken to by TLS. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresUsageSeriesTest extends UsageSeriesContract {
  private Path folder = Path.of("");
  private Optional<Postgres> server = Optional.empty();
  private int schemas;
  private String database = "postgres";

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    assumeTrue(Postgres.installed(), "PostgreSQL is not installed");
    folder = directory;
    PaperTls.write(folder.resolve("server"), "localhost");
    PaperTls.write(folder.resolve("other"), "localhost");
    server =
        Optional.of(
            Postgres.start(
                Optional.of(
                    new Postgres.Tls(
                        folder.resolve("server/cert.pem"), folder.resolve("server/key.pem")))));
  }

  @AfterAll
  void stop() {
    server.ifPresent(Postgres::close);
  }

  private Postgres server() {
    return server.orElseThrow();
  }

  private Connection connect(String name) throws SQLException, IOException {
    var source = new PGSimpleDataSource();
    source.setPortNumbers(new int[] {server().port()});
    source.setDatabaseName(name);
    source.setUser(Postgres.USER);
    source.setPassword(Files.readString(server().passwordFile()));
    return source.getConnection();
  }

  private void execute(String name, String sql) {
    try (Connection connection = connect(name);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Override
  @BeforeEach
  void open() {
    String schema = "t" + ++schemas;
    execute("postgres", "CREATE SCHEMA " + schema);
    execute("postgres", "ALTER ROLE " + Postgres.USER + " SET search_path = " + schema);
    super.open();
  }

  @Override
  UsageSeries openSeries() {
    return UsageSeries.connect(options("localhost", folder.resolve("server/cert.pem")));
  }

  private PostgresOptions options(String host, Path roots) {
    return new PostgresOptions(
        URI.create("postgresql://" + host + ":" + server().port() + "/" + database),
        Postgres.USER,
        Optional.of(server().passwordFile()),
        Optional.of(roots),
        4);
  }

  @Override
  @Test
  void allSurvivesARestart() {
    append(ADA, samples("s", 1, 6));
    server().process().kill();
    server().restart();
    series.close();
    series = openSeries();
    assertEquals(samples("s", 1, 6), series.latest(ADA.name(), 10));
    assertEquals(5, series.acknowledged("s"));
  }

  @Test
  void aDatabaseThatIsNotTheOneMeantIsNotSpokenTo() {
    Path roots = folder.resolve("other/cert.pem");
    assertThrows(
        StoreUnavailable.class, () -> UsageSeries.connect(options("localhost", roots)).close());
    Path right = folder.resolve("server/cert.pem");
    assertThrows(
        StoreUnavailable.class,
        () -> UsageSeries.connect(options("127.0.0.1", right)).close(),
        "its certificate is of another name");
  }

  @Test
  void noMessageHoldsThePassword() throws Exception {
    Path wrong = Files.writeString(folder.resolve("wrong"), "open-sesame-9\n");
    var options =
        new PostgresOptions(
            URI.create("postgresql://localhost:" + server().port() + "/" + database),
            Postgres.USER,
            Optional.of(wrong),
            Optional.of(folder.resolve("server/cert.pem")),
            1);
    var refused = assertThrows(StoreUnavailable.class, () -> UsageSeries.connect(options).close());
    var trace = new StringWriter();
    refused.printStackTrace(new PrintWriter(trace));
    assertFalse(trace.toString().contains("open-sesame-9"), "in " + trace);
    assertFalse(options.toString().contains("open-sesame-9"));
  }

  @Test
  void twoServersShareOneDatabase() {
    try (UsageSeries other = openSeries()) {
      append(ADA, samples("s", 1, 31));
      assertEquals(30, other.append(of(ADA, samples("s", 1, 61))).size());
      foldAll();
      while (other.fold(END, 10) > 0) {
        // The next part.
      }
      assertEquals(60, read(query(Grain.HOUR)).stream().mapToLong(UsageRow::samples).sum());
    }
  }

  /**
   * Debian has no TimescaleDB. A stand-in for its one function that is called notes what it is
   * given; that shows which tables would become hypertables, not what TimescaleDB does with them.
   */
  @Test
  void withTimescaleEveryTableOfUsageBecomesAHypertable() throws Exception {
    execute("postgres", "ALTER ROLE " + Postgres.USER + " SET search_path = public");
    execute("postgres", "CREATE DATABASE scaled");
    execute("scaled", "CREATE TABLE handed (name TEXT, dimension TEXT, chunk BIGINT)");
    execute(
        "scaled",
        "CREATE FUNCTION create_hypertable(relation REGCLASS, time_column_name NAME,"
            + " chunk_time_interval BIGINT, if_not_exists BOOLEAN, migrate_data BOOLEAN)"
            + " RETURNS VOID LANGUAGE SQL AS $$ INSERT INTO handed VALUES"
            + " (relation::TEXT, time_column_name, chunk_time_interval) $$");
    database = "scaled";
    try (UsageSeries scaled = openSeries();
        Connection connection = connect("scaled");
        Statement statement = connection.createStatement();
        ResultSet count =
            statement.executeQuery(
                "SELECT count(DISTINCT name), min(dimension), min(chunk), max(chunk) FROM"
                    + " handed")) {
      assertEquals(5, scaled.append(of(ADA, samples("s", 1, 6))).size());
      assertEquals(true, count.next());
      assertEquals(2L * Grain.values().length, count.getLong(1));
      assertEquals("ended", count.getString(2));
      assertEquals(86_400_000L, count.getLong(3));
      assertEquals(30 * 86_400_000L, count.getLong(4));
    } finally {
      database = "postgres";
    }
  }
}
