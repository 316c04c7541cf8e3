package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of attacks names tests that exist. */
final class AttackPageTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| [ABC]\\d\\d \\|.*\\| `(\\w+)\\.(\\w+)` \\|$", Pattern.MULTILINE);

  private final Repository repository = new Repository();

  @Test
  void everyTestThatThePageNamesExists() {
    List<MatchResult> rows =
        ROW.matcher(repository.read(Path.of("ops", "docs", "attacks.md"))).results().toList();
    assertTrue(rows.size() > 50, "the page lists the attacks");
    List<String> missing =
        rows.stream()
            .filter(row -> !exists(row.group(1), row.group(2)))
            .map(row -> row.group(1) + "." + row.group(2))
            .toList();
    assertEquals(List.of(), missing);
  }

  private boolean exists(String type, String method) {
    return repository.files().stream()
        .filter(file -> file.getFileName().toString().equals(type + ".java"))
        .anyMatch(file -> repository.read(file).contains("void " + method + "("));
  }
}
