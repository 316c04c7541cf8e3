package dev.holdfast.store.series;

import dev.holdfast.attestation.Sha256;
import dev.holdfast.pam.model.ApiCalls;
import dev.holdfast.pam.model.HardwareCounters;
import dev.holdfast.pam.model.InputValue;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.UsageSample;
import dev.holdfast.pam.profile.ProfileKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes samples in one transaction: names first, then the samples, then which buckets they make
 * stale. Everything is done in one order, so that two writers wait for each other instead of
 * failing.
 */
final class SampleWriter {
  private static final long TOUCH_MILLIS = Duration.ofDays(1).toMillis();
  private static final String PROFILE = "series_profile";
  private static final String SUBJECT = "series_subject";
  private static final String INPUTS = "series_inputs";
  private static final String NEW_PROFILE =
      "INSERT INTO series_profile (name, tenant, image, user_name) VALUES (?, ?, ?, ?)"
          + " ON CONFLICT DO NOTHING";
  private static final String ADOPT =
      "INSERT INTO series_profile (name, tenant, image, user_name) VALUES (?, ?, ?, ?)"
          + " ON CONFLICT (name) DO UPDATE SET image = excluded.image,"
          + " user_name = excluded.user_name WHERE series_profile.image = ''";
  private static final String NEW_SUBJECT =
      "INSERT INTO series_subject (name, sequence, used) VALUES (?, 0, ?) ON CONFLICT DO NOTHING";
  private static final String NEW_INPUTS =
      "INSERT INTO series_inputs (name, used) VALUES (?, ?) ON CONFLICT DO NOTHING";
  private static final String NEW_INPUT =
      "INSERT INTO series_input (inputs, name, quantity, word, flag) VALUES (?, ?, ?, ?, ?)"
          + " ON CONFLICT DO NOTHING";

  private final Connection connection;
  private final boolean adopting;

  /**
   * A writer for one transaction.
   *
   * @param adopting whether there are profiles of which only the name is known
   */
  SampleWriter(Connection connection, boolean adopting) {
    this.connection = connection;
    this.adopting = adopting;
  }

  /**
   * A sample, and the profile that it counts for.
   *
   * @param key what that is about; empty where only its name is known
   */
  record Named(String profile, String tenant, Optional<ProfileKey> key, UsageSample sample) {
    static Named of(ProfiledSample sample) {
      ProfileKey key = sample.profile().key();
      return new Named(
          sample.profile().name(), key.tenant().tenant(), Optional.of(key), sample.sample());
    }
  }

  /** A sample with the numbers of its names. */
  private record Row(int place, long profile, long subject, long inputs, UsageSample sample) {
    long ended() {
      return sample.endedAt().toEpochMilli();
    }
  }

  /** A bucket of a profile. */
  private record Slot(long ended, long profile) {}

  /** Writes; the places in the batch of those that were new, in order. */
  List<Integer> write(List<Named> batch) throws SQLException {
    List<Row> rows = new ArrayList<>(rows(batch));
    rows.sort(
        Comparator.comparingLong(Row::profile)
            .thenComparingLong(Row::ended)
            .thenComparingLong(Row::subject)
            .thenComparingInt(Row::place));
    List<Row> added = insert(rows);
    insertCalls(added);
    mark(added);
    watermark(rows);
    return added.stream().map(Row::place).sorted().toList();
  }

  private List<Row> rows(List<Named> batch) throws SQLException {
    SortedMap<String, Named> profiles = new TreeMap<>();
    SortedSet<String> subjects = new TreeSet<>();
    SortedMap<String, Map<String, InputValue>> inputs = new TreeMap<>();
    Map<Map<String, InputValue>, String> digests = new HashMap<>();
    long latest = 0;
    for (Named one : batch) {
      profiles.merge(one.profile(), one, (a, b) -> a.key().isPresent() ? a : b);
      subjects.add(one.sample().subject());
      Map<String, InputValue> set = one.sample().inputs();
      if (!set.isEmpty()) {
        inputs.put(digests.computeIfAbsent(set, SampleWriter::digest), set);
      }
      latest = Math.max(latest, one.sample().endedAt().toEpochMilli());
    }
    Map<String, Long> profileIds = profileIds(profiles);
    Map<String, Long> subjectIds =
        new Names(connection, SUBJECT).findOrPut(subjects, NEW_SUBJECT, latest);
    Map<String, Long> inputIds = inputIds(inputs, latest);
    List<Row> rows = new ArrayList<>();
    for (Named one : batch) {
      UsageSample sample = one.sample();
      long set =
          sample.inputs().isEmpty()
              ? 0
              : Names.id(inputIds, digests.getOrDefault(sample.inputs(), ""));
      rows.add(
          new Row(
              rows.size(),
              Names.id(profileIds, one.profile()),
              Names.id(subjectIds, sample.subject()),
              set,
              sample));
    }
    return rows;
  }

  private Map<String, Long> profileIds(SortedMap<String, Named> profiles) throws SQLException {
    var names = new Names(connection, PROFILE);
    Map<String, Long> ids = names.find(profiles.keySet());
    if (ids.size() == profiles.size() && !adopting) {
      return ids;
    }
    try (PreparedStatement put = connection.prepareStatement(adopting ? ADOPT : NEW_PROFILE)) {
      for (Named one : profiles.values()) {
        put.setString(1, one.profile());
        put.setString(2, one.tenant());
        put.setString(3, one.key().map(key -> key.image().toString()).orElse(""));
        put.setString(4, one.key().flatMap(ProfileKey::user).orElse(""));
        put.addBatch();
      }
      put.executeBatch();
    }
    return names.find(profiles.keySet());
  }

  private Map<String, Long> inputIds(SortedMap<String, Map<String, InputValue>> inputs, long latest)
      throws SQLException {
    if (inputs.isEmpty()) {
      return Map.of();
    }
    touch(inputs.keySet(), latest);
    var names = new Names(connection, INPUTS);
    Set<String> known = names.find(inputs.keySet()).keySet();
    Map<String, Long> ids = names.findOrPut(inputs.keySet(), NEW_INPUTS, latest);
    try (PreparedStatement put = connection.prepareStatement(NEW_INPUT)) {
      for (var set : inputs.entrySet()) {
        if (!known.contains(set.getKey())) {
          for (var input : set.getValue().entrySet()) {
            put.setLong(1, Names.id(ids, set.getKey()));
            put.setString(2, input.getKey());
            value(put, input.getValue());
            put.addBatch();
          }
        }
      }
      put.executeBatch();
    }
    return ids;
  }

  private static void value(PreparedStatement put, InputValue value) throws SQLException {
    put.setNull(3, Types.DOUBLE);
    put.setNull(4, Types.VARCHAR);
    put.setNull(5, Types.BIGINT);
    switch (value) {
      case InputValue.Quantity(double quantity) -> put.setDouble(3, quantity);
      case InputValue.Text(String text) -> put.setString(4, text);
      case InputValue.Flag(boolean flag) -> put.setLong(5, flag ? 1 : 0);
    }
  }

  /**
   * Says that sets of inputs are in use, which keeps them from being forgotten: once a day is
   * enough.
   */
  private void touch(Set<String> digests, long latest) throws SQLException {
    try (PreparedStatement touch =
        connection.prepareStatement(
            "UPDATE series_inputs SET used = ? WHERE name = ? AND used < ?")) {
      for (String digest : digests) {
        touch.setLong(1, latest);
        touch.setString(2, digest);
        touch.setLong(3, latest - TOUCH_MILLIS);
        touch.addBatch();
      }
      touch.executeBatch();
    }
  }

  /** The same for the same inputs: names hold no zero, and texts come with their length. */
  private static String digest(Map<String, InputValue> inputs) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(inputs)
        .forEach(
            (name, value) -> {
              text.append(name).append('\0');
              switch (value) {
                case InputValue.Quantity(double quantity) -> text.append('q').append(quantity);
                case InputValue.Text(String word) ->
                    text.append('t').append(word.length()).append(':').append(word);
                case InputValue.Flag(boolean flag) -> text.append('f').append(flag);
              }
              text.append('\0');
            });
    return Sha256.of(text.toString()).hex();
  }

  private List<Row> insert(List<Row> rows) throws SQLException {
    try (PreparedStatement put = connection.prepareStatement(SeriesTables.insertSample())) {
      for (Row row : rows) {
        key(put, row);
        UsageSample sample = row.sample();
        put.setLong(5, sample.sequence());
        put.setLong(6, sample.period().toMillis());
        int at = 7;
        for (Resource resource : Resource.values()) {
          put.setDouble(at++, (double) sample.usage().get(resource));
        }
        counters(put, at, sample.counters());
        put.addBatch();
      }
      int[] counts = put.executeBatch();
      List<Row> added = new ArrayList<>();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          added.add(rows.get(i));
        }
      }
      return added;
    }
  }

  private static void key(PreparedStatement put, Row row) throws SQLException {
    put.setLong(1, row.profile());
    put.setLong(2, row.ended());
    put.setLong(3, row.subject());
    put.setLong(4, row.inputs());
  }

  private static void counters(PreparedStatement put, int at, Optional<HardwareCounters> counters)
      throws SQLException {
    if (counters.isEmpty()) {
      for (int i = 0; i < 4; i++) {
        put.setNull(at + i, Types.DOUBLE);
      }
      return;
    }
    put.setDouble(at, (double) counters.get().instructions());
    put.setDouble(at + 1, (double) counters.get().cycles());
    put.setDouble(at + 2, (double) counters.get().cacheMisses());
    put.setDouble(at + 3, (double) counters.get().branchMisses());
  }

  private void insertCalls(List<Row> rows) throws SQLException {
    if (rows.stream().allMatch(row -> row.sample().apiCalls().isEmpty())) {
      return;
    }
    try (PreparedStatement put = connection.prepareStatement(SeriesTables.insertCalls())) {
      for (Row row : rows) {
        for (Map.Entry<String, ApiCalls> calls : row.sample().apiCalls().entrySet()) {
          key(put, row);
          put.setString(5, calls.getKey());
          put.setDouble(6, (double) calls.getValue().ended());
          put.setDouble(7, (double) calls.getValue().failed());
          put.addBatch();
        }
      }
      put.executeBatch();
    }
  }

  /**
   * Locks a mark that is there already, so that whoever folds it meanwhile waits, and sees these
   * samples.
   */
  private void mark(List<Row> rows) throws SQLException {
    var slots =
        new TreeSet<>(Comparator.comparingLong(Slot::ended).thenComparingLong(Slot::profile));
    for (Row row : rows) {
      slots.add(new Slot(Grain.MINUTE.bucket(row.ended()), row.profile()));
    }
    try (PreparedStatement put = connection.prepareStatement(Folder.MARK)) {
      for (Slot slot : slots) {
        put.setLong(1, Grain.MINUTE.millis());
        put.setLong(2, slot.ended());
        put.setLong(3, slot.profile());
        put.addBatch();
      }
      put.executeBatch();
    }
  }

  private void watermark(List<Row> rows) throws SQLException {
    SortedMap<Long, long[]> marks = new TreeMap<>();
    for (Row row : rows) {
      long[] mark = marks.computeIfAbsent(row.subject(), _ -> new long[2]);
      mark[0] = Math.max(mark[0], row.sample().sequence());
      mark[1] = Math.max(mark[1], row.ended());
    }
    try (PreparedStatement put =
        connection.prepareStatement(
            "UPDATE series_subject SET sequence = CASE WHEN sequence < ? THEN ? ELSE sequence END,"
                + " used = CASE WHEN used < ? THEN ? ELSE used END WHERE id = ?")) {
      for (var mark : marks.entrySet()) {
        put.setLong(1, mark.getValue()[0]);
        put.setLong(2, mark.getValue()[0]);
        put.setLong(3, mark.getValue()[1]);
        put.setLong(4, mark.getValue()[1]);
        put.setLong(5, mark.getKey());
        put.addBatch();
      }
      for (int count : put.executeBatch()) {
        if (count != 1) {
          throw new SQLException("a subject was forgotten meanwhile", "40001");
        }
      }
    }
  }
}
