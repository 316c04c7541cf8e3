package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of attacks names tests that exist. */
final class AttackPageTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| ([A-F]\\d\\d) \\|.*\\|$", Pattern.MULTILINE);
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  /** All of groups A to C; of E and F what is refused today. */
  private static final int ATTACKS = 24 + 17 + 13 + 17 + 2;

  private final Repository repository = new Repository();

  @Test
  void everyTestThatThePageNamesExists() {
    List<String> rows =
        ROW.matcher(repository.read(Path.of("ops", "docs", "attacks.md")))
            .results()
            .map(MatchResult::group)
            .toList();
    assertEquals(ATTACKS, rows.size(), "rows");
    assertEquals(ATTACKS, rows.stream().map(row -> row.substring(0, 6)).distinct().count(), "once");
    List<String> missing = new ArrayList<>();
    for (String row : rows) {
      List<MatchResult> tests = TEST.matcher(row).results().toList();
      if (tests.isEmpty()) {
        missing.add(row);
      }
      tests.stream()
          .filter(test -> !exists(test.group(1), test.group(2)))
          .forEach(test -> missing.add(test.group()));
    }
    assertEquals(List.of(), missing);
  }

  private boolean exists(String type, String method) {
    return repository.files().stream()
        .filter(file -> file.getFileName().toString().equals(type + ".java"))
        .anyMatch(file -> repository.read(file).contains("void " + method + "("));
  }
}
