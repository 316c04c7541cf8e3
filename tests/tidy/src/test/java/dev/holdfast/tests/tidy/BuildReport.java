package dev.holdfast.tests.tidy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The last word of a build: every test that did not run, with its reason, and the total.
 *
 * @param passed tests that ran and held
 * @param failed tests that ran and did not
 * @param notRun a line for each test that was skipped
 */
record BuildReport(int passed, int failed, List<String> notRun) {
  private static final int DEPTH_MAX = 6;
  private static final int REASON_CHARACTERS_MAX = 300;

  BuildReport {
    notRun = List.copyOf(notRun);
  }

  /** Prints the report on a checkout; arguments: its top folder, and when the build began. */
  public static void main(String[] arguments) throws IOException {
    BuildReport report = of(Path.of(arguments[0]), Instant.parse(arguments[1]));
    System.out.print(report.print());
    System.exit(report.holds("true".equals(System.getenv("CI"))) ? 0 : 1);
  }

  /** Reads the reports of every module that are not older than the build. */
  static BuildReport of(Path root, Instant began) throws IOException {
    int passed = 0;
    int failed = 0;
    List<String> notRun = new ArrayList<>();
    try (Stream<Path> all = Files.find(root, DEPTH_MAX, (file, of) -> isReport(file))) {
      for (Path file : all.sorted().toList()) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(began)) {
          continue;
        }
        NodeList cases = parse(file).getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
          Element test = (Element) cases.item(i);
          if (has(test, "failure") || has(test, "error")) {
            failed++;
          } else if (has(test, "skipped")) {
            notRun.add(skipped(test));
          } else {
            passed++;
          }
        }
      }
    }
    return new BuildReport(passed, failed, notRun);
  }

  /** Every skipped test on a line of its own, and the total on the last. */
  String print() {
    StringBuilder text = new StringBuilder();
    notRun.stream().sorted().forEach(line -> text.append("NOT RUN: ").append(line).append('\n'));
    return text.append(passed + " passed, " + failed + " failed, " + notRun.size() + " skipped\n")
        .toString();
  }

  /** Whether the build may pass; under continuous integration everything must have run. */
  boolean holds(boolean everythingMustRun) {
    return failed == 0 && passed > 0 && (notRun.isEmpty() || !everythingMustRun);
  }

  private static boolean isReport(Path file) {
    return file.toString().matches(".*/target/surefire-reports/TEST-[^/]*\\.xml");
  }

  private static boolean has(Element test, String child) {
    return test.getElementsByTagName(child).getLength() > 0;
  }

  private static String skipped(Element test) {
    Element skipped = (Element) test.getElementsByTagName("skipped").item(0);
    String message = skipped.getAttribute("message").replaceAll("\\s+", " ").strip();
    String reason = message.replaceFirst("^Assumption failed: ", "");
    String name = test.getAttribute("name");
    String type = test.getAttribute("classname");
    return type
        + (name.isEmpty() || name.equals(type) ? "" : "." + name)
        + ": "
        + (reason.isEmpty()
            ? "no reason was given"
            : reason.substring(0, Math.min(reason.length(), REASON_CHARACTERS_MAX)));
  }

  private static Element parse(Path file) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      return factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(file + " cannot be read", e);
    }
  }
}
