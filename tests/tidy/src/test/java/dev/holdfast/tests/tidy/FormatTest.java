package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.googlejavaformat.java.Main;
import com.google.googlejavaformat.java.UsageException;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every source is as google-java-format writes it. */
final class FormatTest {
  @Test
  void everySourceIsFormatted() throws UsageException {
    Repository repository = new Repository();
    List<String> arguments = new ArrayList<>(List.of("--dry-run", "--set-exit-if-changed"));
    repository.sources().forEach(file -> arguments.add(repository.root().resolve(file).toString()));
    StringWriter changed = new StringWriter();
    StringWriter errors = new StringWriter();
    format(changed, errors, "", arguments);
    assertEquals("", changed + "" + errors, "run ops/format");
  }

  @Test
  void theFormatterSeesWhatIsNot() throws UsageException {
    StringWriter changed = new StringWriter();
    int code =
        format(
            changed, new StringWriter(), "class A{int a ;}", List.of("--set-exit-if-changed", "-"));
    assertEquals(1, code);
    assertEquals("class A {\n  int a;\n}\n", changed.toString());
  }

  private static int format(
      StringWriter out, StringWriter err, String input, List<String> arguments)
      throws UsageException {
    var in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    return new Main(new PrintWriter(out, true), new PrintWriter(err, true), in)
        .format(arguments.toArray(String[]::new));
  }
}
