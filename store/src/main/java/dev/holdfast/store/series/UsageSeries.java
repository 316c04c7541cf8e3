package dev.holdfast.store.series;

import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.store.kv.StoreUnavailable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was really used: samples as they were metered, and buckets of one second to one hour folded
 * from them. Times are kept to the millisecond, counts exactly up to 2^53.
 *
 * <p>What {@link #append} has returned for survives the death of the process, and of the machine.
 * It may be called from any thread; whatever cannot be done within its deadline fails with {@link
 * StoreUnavailable}, and may be tried again: nothing counts twice.
 */
public interface UsageSeries extends AutoCloseable {
  /** The most samples appended at once. */
  int BATCH_MAX = 1000;

  /** The most rows read at once. */
  int LIMIT_MAX = 10_000;

  /** The most rows that one call of {@link #forget} deletes. */
  int FORGET_MAX = 10_000;

  /** The most buckets' ends that one call of {@link #fold} looks at. */
  int SLOTS_MAX = 1000;

  /**
   * Opens the series in one SQLite file, and makes it when there is none; only its owner can read a
   * new one. A file of an older schema is brought to the present one first, a part at a time; if
   * that is interrupted, it goes on at the next opening.
   *
   * @throws StoreUnavailable when the file cannot be opened, or is of a newer schema
   */
  static UsageSeries open(Path path) {
    return new SqlUsageSeries(Database.sqlite(path));
  }

  /**
   * Opens the series in a PostgreSQL database, in the schema that its user finds first, and makes
   * the tables that are missing; hypertables, where the database has TimescaleDB. Several servers
   * may use one database.
   *
   * @throws StoreUnavailable when it cannot be reached, or is of a newer schema
   */
  static UsageSeries connect(PostgresOptions options) {
    return new SqlUsageSeries(Database.postgresql(options));
  }

  /**
   * Keeps samples, all or none. One that is known already (its profile, subject, inputs and end)
   * changes nothing.
   *
   * @param batch up to {@link #BATCH_MAX}, of any subjects
   * @return those that were new, in the order given
   */
  List<ProfiledSample> append(List<ProfiledSample> batch);

  /** The highest sequence kept of a subject, forgotten samples included; 0: none ever was. */
  long acknowledged(String subject);

  /**
   * Reads rows.
   *
   * @param after where the page before ended
   * @param limit 1 to {@link #LIMIT_MAX}
   */
  UsagePage read(UsageQuery query, Optional<UsagePage.Place> after, int limit);

  /**
   * Reads the newest samples of a profile, by its name, oldest first.
   *
   * @param limit 1 to {@link #LIMIT_MAX}
   */
  default List<UsageSample> latest(String profile, int limit) {
    return latest(profile, Grain.SAMPLE, Instant.ofEpochMilli(Long.MAX_VALUE), limit);
  }

  /**
   * Reads the newest rows of a profile at one grain as samples, oldest first.
   *
   * @param until the latest end, included
   * @param limit 1 to {@link #LIMIT_MAX}
   */
  List<UsageSample> latest(String profile, Grain grain, Instant until, int limit);

  /**
   * Lists the profiles that samples were kept of, in the order of their names.
   *
   * @param after a name, to begin behind it; or empty text
   * @param limit 1 to {@link #LIMIT_MAX}
   */
  List<SeriesProfile> profiles(String after, int limit);

  /**
   * Folds what has changed into buckets that ended by a time: of a minute and less from samples, of
   * five minutes from minutes, of an hour from five minutes. A late sample has its buckets folded
   * anew. Folding again gives the same; a bucket never gives way to one of fewer samples, so that
   * what is left of forgotten samples is kept.
   *
   * @param slots 1 to {@link #SLOTS_MAX}: how many to fold in one transaction
   * @return how many were folded; as many as asked means that there may be more
   */
  int fold(Instant until, int slots);

  /**
   * Forgets the oldest rows of a grain that ended before a time, {@link #FORGET_MAX} at most, and
   * none that is not folded yet. Watermarks stay.
   *
   * @return how many were forgotten; 0 means that there are no more
   */
  int forget(Grain grain, Instant before);

  /**
   * Forgets subjects and inputs that no row can be of any more: those last used before a time,
   * {@link #FORGET_MAX} of each at most.
   *
   * @param before earlier than any row that is kept
   * @return how many were forgotten
   */
  int forgetNames(Instant before);

  /** Until when an import says that it is complete; empty for one that never said. */
  Optional<Instant> importedThrough(String name);

  /** Notes until when an import is complete; an earlier time than is known changes nothing. */
  void importedThrough(String name, Instant through);

  @Override
  void close();
}
