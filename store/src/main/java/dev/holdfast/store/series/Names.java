package dev.holdfast.store.series;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One table of names with numbers that stand for them. */
final class Names {
  private static final int PART = 64;

  private final Connection connection;
  private final String table;

  Names(Connection connection, String table) {
    this.connection = connection;
    this.table = table;
  }

  /** The numbers of those that there are. */
  Map<String, Long> find(Set<String> names) throws SQLException {
    Map<String, Long> ids = new HashMap<>();
    if (names.isEmpty()) {
      return ids;
    }
    List<String> all = new ArrayList<>(names);
    String places = String.join(", ", Collections.nCopies(Math.min(PART, all.size()), "?"));
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT name, id FROM " + table + " WHERE name IN (" + places + ")")) {
      for (int from = 0; from < all.size(); from += PART) {
        for (int i = 0; i < Math.min(PART, all.size()); i++) {
          query.setString(1 + i, all.get(Math.min(from + i, all.size() - 1)));
        }
        try (ResultSet found = query.executeQuery()) {
          while (found.next()) {
            ids.put(found.getString(1), found.getLong(2));
          }
        }
      }
    }
    return ids;
  }

  /** The numbers of all, of which the new ones are put with the time that they are used at. */
  Map<String, Long> findOrPut(Set<String> names, String insert, long used) throws SQLException {
    Map<String, Long> ids = find(names);
    if (ids.size() == names.size()) {
      return ids;
    }
    try (PreparedStatement put = connection.prepareStatement(insert)) {
      for (String name : names) {
        if (!ids.containsKey(name)) {
          put.setString(1, name);
          put.setLong(2, used);
          put.addBatch();
        }
      }
      put.executeBatch();
    }
    return find(names);
  }

  /** The number of one that must be there. */
  static long id(Map<String, Long> ids, String name) throws SQLException {
    Long id = ids.get(name);
    if (id == null) {
      // Another transaction forgot it meanwhile.
      throw new SQLException("a name was forgotten meanwhile", "40001");
    }
    return id;
  }
}
