package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The list of the formats names every page once, and no page that is not there. */
final class FormatPagesTest {
  private static final Path FOLDER = Path.of("ops", "docs", "formats");
  private static final Pattern ROW =
      Pattern.compile("^\\| ([^|]+) \\| \\[([^]]+)]\\(([^)]+)\\) \\|$", Pattern.MULTILINE);

  private final Repository repository = new Repository();
  private final List<MatchResult> rows = rows(repository.read(FOLDER.resolve("README.md")));

  private static List<MatchResult> rows(String text) {
    Matcher matcher = ROW.matcher(text);
    return matcher.results().toList();
  }

  @Test
  void everyPageIsListedOnceAndEveryPageListedIsThere() {
    List<String> pages =
        repository.files().stream()
            .filter(file -> FOLDER.equals(file.getParent()))
            .map(file -> file.getFileName().toString())
            .filter(name -> !name.equals("README.md"))
            .sorted()
            .toList();
    assertFalse(pages.isEmpty());
    assertEquals(pages, rows.stream().map(row -> row.group(3)).sorted().toList());
  }

  @Test
  void everyRowShowsThePageThatItLeadsTo() {
    for (MatchResult row : rows) {
      assertEquals(row.group(3), row.group(2));
    }
  }

  @Test
  void theListIsSorted() {
    List<String> names = rows.stream().map(row -> row.group(1)).toList();
    assertEquals(names.stream().sorted(String.CASE_INSENSITIVE_ORDER).toList(), names);
  }
}
