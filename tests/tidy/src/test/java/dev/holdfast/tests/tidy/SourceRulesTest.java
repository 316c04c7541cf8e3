package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the house style says and text alone shows. */
final class SourceRulesTest {
  private static final int LINES_MAX = 500;

  private static final Set<String> TOP_LEVEL =
      Set.of(
          ".ci",
          ".editorconfig",
          ".gitattributes",
          ".gitignore",
          ".mvn",
          "CHANGELOG.md",
          "CONTRIBUTING.md",
          "LICENSE",
          "NOTICE",
          "README.md",
          "SECURITY.md",
          "attestation-chain",
          "control-plane",
          "enclave-agent",
          "holdfast",
          "ops",
          "pam",
          "pom.xml",
          "proto",
          "store",
          "tests");

  private static final Pattern PUBLIC_TYPE =
      Pattern.compile(
          "^public (?:(?:final|abstract|sealed|non-sealed|static|strictfp) )*"
              + "(?:class|interface|record|enum|@interface) (\\w+)",
          Pattern.MULTILINE);

  private static final Pattern BAD_NAME =
      Pattern.compile(
          "(Manager|Helper|Util|Utils|Impl)\\.java$|^(Abstract|I[A-Z][a-z])\\w*\\.java$");

  /** Split, so that this file keeps the rules that it states. */
  private static final Pattern LEFT_BEHIND =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  private static final Pattern MACHINE_PATH =
      Pattern.compile("(?<![\\w.}])/(ro" + "ot|wo" + "rk|ho" + "me/[a-z]+)/");

  private static final Pattern SLEEP = Pattern.compile("\\bThread\\s*\\.\\s*sl" + "eep\\b");

  private static final Pattern MOCKING =
      Pattern.compile(
          "org\\.(mock" + "ito|easy" + "mock|power" + "mock|jm" + "ock)\\b|io\\.mo" + "ckk\\b");

  private final Repository repository = new Repository();

  @Test
  void noFileIsLongerThanItMayBe() {
    none(
        repository.sources(),
        file -> repository.read(file).lines().count() > LINES_MAX,
        "more than " + LINES_MAX + " lines");
  }

  @Test
  void everyPackageIsNullMarkedAndSaysWhatItIs() {
    List<Path> folders = repository.sources().stream().map(Path::getParent).distinct().toList();
    none(
        folders,
        folder -> {
          Path info = folder.resolve("package-info.java");
          if (Files.notExists(repository.root().resolve(info))) {
            return !inherited(info);
          }
          String text = repository.read(info);
          return !text.contains("@NullMarked") || !text.contains("/**");
        },
        "a package without a documented, @NullMarked package-info.java");
  }

  /** Tests of a package are in that package; its package-info is among the main sources. */
  private boolean inherited(Path info) {
    String main = info.toString().replaceFirst("src/(test|fuzz|jmh)/java", "src/main/java");
    return !main.equals(info.toString()) && Files.exists(repository.root().resolve(main));
  }

  @Test
  void testsDoNotSleepAndNothingIsMocked() {
    none(
        repository.sources(),
        file -> file.toString().contains("src/test/") && found(SLEEP, file),
        "sleeps");
    none(repository.files(), file -> text(file) && found(MOCKING, file), "uses a mocking library");
  }

  @Test
  void nothingIsLeftBehind() {
    none(repository.files(), file -> text(file) && found(LEFT_BEHIND, file), "unfinished work");
  }

  @Test
  void noFileKnowsWhereItWasWritten() {
    none(repository.files(), file -> text(file) && found(MACHINE_PATH, file), "a machine's path");
  }

  @Test
  void everyPublicTypeSaysWhatItIs() {
    none(
        repository.sources().stream()
            .filter(file -> file.toString().contains("src/main/"))
            .toList(),
        file -> {
          String text = repository.read(file);
          var type = PUBLIC_TYPE.matcher(text);
          return type.find() && !text.substring(0, type.start()).contains("/**");
        },
        "a public type without a sentence");
  }

  @Test
  void namesSayWhatThingsAre() {
    none(
        repository.sources(),
        file -> BAD_NAME.matcher(file.getFileName().toString()).find(),
        "a name that says nothing");
  }

  @Test
  void whatBeginsAsAScriptCanBeRun() {
    none(
        repository.files(),
        file ->
            text(file)
                && repository.read(file).startsWith("#!")
                && !Files.isExecutable(repository.root().resolve(file)),
        "a script that is not executable");
  }

  @Test
  void textEndsInALineBreakAndHasNoneOfAnotherKind() {
    none(
        repository.files(),
        file -> {
          if (!text(file)) {
            return false;
          }
          String text = repository.read(file);
          return !text.isEmpty() && (!text.endsWith("\n") || text.contains("\r\n"));
        },
        "line breaks");
  }

  @Test
  void theTopHoldsWhatItShouldAndNothingElse() {
    none(
        repository.files().stream().map(file -> file.getName(0)).distinct().toList(),
        entry -> !TOP_LEVEL.contains(entry.toString()),
        "not meant for the top");
  }

  @Test
  void theRulesSeeWhatTheyForbid() {
    assertTrue(LEFT_BEHIND.matcher("// TO" + "DO later").find());
    assertTrue(MACHINE_PATH.matcher("open \"/ro" + "ot/x\"").find());
    assertFalse(MACHINE_PATH.matcher("https://example.org/ro" + "ot/x").find());
    assertTrue(SLEEP.matcher("Thread.sl" + "eep(1)").find());
    assertTrue(BAD_NAME.matcher("QuoteHelper.java").find());
    assertTrue(PUBLIC_TYPE.matcher("public sealed interface A {}").find());
    assertFalse(repository.sources().isEmpty());
  }

  private boolean found(Pattern pattern, Path file) {
    return pattern.matcher(repository.read(file)).find();
  }

  /** Vectors, keys and pictures are not read as text. */
  private static boolean text(Path file) {
    String name = file.getFileName().toString();
    return !name.contains(".")
        || name.matches(
            ".*\\.(java|proto|xml|md|yaml|yml|json|properties|sh|conf|ts|css|html|service|toml)");
  }

  private static void none(List<Path> files, Predicate<Path> wrong, String what) {
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      if (wrong.test(file)) {
        found.add(file.toString());
      }
    }
    assertEquals("", String.join("\n", found), what);
  }
}
