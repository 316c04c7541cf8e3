package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns, two spaces apart; the last column is as long as it is. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headers) {
    rows.add(List.of(headers));
  }

  /** Adds a row with one cell for each header. */
  Table row(String... cells) {
    if (cells.length != rows.getFirst().size()) {
      throw new IllegalArgumentException("a row needs " + rows.getFirst().size() + " cells");
    }
    rows.add(List.of(cells).stream().map(cell -> cell.replace('\n', ' ')).toList());
    return this;
  }

  @Override
  public String toString() {
    int columns = rows.getFirst().size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], length(row.get(i)));
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i));
        line.repeat(' ', i == columns - 1 ? 0 : width[i] - length(row.get(i)) + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
