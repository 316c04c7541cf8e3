package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every source is as google-java-format writes it. */
final class FormatTest {
  @TempDir private Path folder = Path.of("");

  private record Ended(int code, String said) {}

  @Test
  void everySourceIsFormatted() {
    Repository repository = new Repository();
    List<String> files = new ArrayList<>();
    repository.sources().forEach(file -> files.add(repository.root().resolve(file).toString()));
    assertEquals(new Ended(0, ""), check(files), "run ops/format");
  }

  @Test
  void theFormatterSeesWhatIsNot() throws IOException {
    Path file = Files.writeString(folder.resolve("A.java"), "class A{int a ;}");
    assertEquals(1, check(List.of(file.toString())).code());
  }

  private static Ended check(List<String> files) {
    List<String> arguments = new ArrayList<>(List.of("--dry-run", "--set-exit-if-changed"));
    arguments.addAll(files);
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said, true);
    int code =
        ToolProvider.findFirst("google-java-format")
            .orElseThrow()
            .run(out, out, arguments.toArray(String[]::new));
    return new Ended(code, said.toString());
  }
}
