package dev.holdfast.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.conformance.Case;
import dev.holdfast.attestation.conformance.CaseException;
import dev.holdfast.attestation.conformance.CaseFile;
import dev.holdfast.attestation.conformance.Conformance;
import dev.holdfast.attestation.conformance.Conformance.FormatResults;
import dev.holdfast.attestation.conformance.Conformance.Result;
import dev.holdfast.attestation.conformance.Conformance.Standing;
import dev.holdfast.attestation.conformance.Judges;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Runs cases that say what the verifiers must accept and refuse. */
@Command(
    name = "conformance",
    description = {
      "Runs every case of the CASES.json files below a folder against the verifiers built in.",
      "Ends with 1 if one disagrees or is unsupported, with 2 if a case cannot be read.",
      "The form of cases is described in ops/docs/conformance.md."
    })
final class ConformanceCommand implements Callable<Integer> {
  private static final String CASES = "CASES.json";
  private static final int FILE_BYTES_MAX = 64 << 20;
  private static final int DEPTH_MAX = 8;

  private final Holdfast root;

  @Parameters(paramLabel = "DIR", description = "The folder: of groups, or of one group.")
  private Path folder = Path.of("");

  ConformanceCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    List<FormatResults> formats;
    try {
      List<Case> cases = new ArrayList<>();
      for (Path file : caseFiles()) {
        cases.addAll(cases(file));
      }
      formats = Conformance.run(cases, Judges.all());
    } catch (CaseException e) {
      throw CommandException.usage(Text.clean(e.words()));
    }
    root.print(tree(formats), () -> table(formats));
    boolean clean =
        formats.stream()
            .allMatch(f -> f.count(Standing.DISAGREES) == 0 && f.count(Standing.UNSUPPORTED) == 0);
    return (clean ? Exit.OK : Exit.REFUSED).code();
  }

  /** In the order of their groups' names. */
  private List<Path> caseFiles() {
    try (Stream<Path> files = Files.walk(folder, DEPTH_MAX)) {
      List<Path> found =
          files.filter(file -> file.endsWith(CASES) && Files.isRegularFile(file)).sorted().toList();
      if (found.isEmpty()) {
        throw CommandException.usage("There is no " + CASES + " below " + folder + ".");
      }
      return found;
    } catch (IOException e) {
      throw CommandException.usage(folder + " cannot be read: " + Refusal.deepest(e));
    }
  }

  private static List<Case> cases(Path file) {
    Path group = file.toAbsolutePath().resolveSibling("").normalize();
    try {
      return CaseFile.parse(read(file), path -> read(within(group, path)));
    } catch (CaseException e) {
      throw new CaseException(file + ": " + e.words());
    }
  }

  /** A case reads files of its own group and of those beside it, and no others. */
  private static Path within(Path group, String path) {
    try {
      Path file = group.resolve(path).normalize();
      Path beside = group.getParent();
      if (file.startsWith(beside == null ? group : beside)) {
        return file;
      }
      throw new CaseException(path + " lies outside of the cases");
    } catch (InvalidPathException e) {
      throw new CaseException(path + " is no path");
    }
  }

  private static Bytes read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new CaseException(file + " is longer than 64 MiB");
      }
      return Bytes.of(bytes);
    } catch (IOException e) {
      throw new CaseException(file + " cannot be read: " + Refusal.deepest(e));
    }
  }

  private static String table(List<FormatResults> formats) {
    Table summary = new Table("FORMAT", "AGREE", "DISAGREE", "OTHER FAULT", "UNSUPPORTED");
    Table wrong = new Table("CASE", "EXPECTED", "VERDICT", "FAULT", "REASON");
    boolean anyWrong = false;
    for (FormatResults format : formats) {
      summary.row(
          Text.clean(format.format()),
          Integer.toString(format.count(Standing.AGREES)),
          Integer.toString(format.count(Standing.DISAGREES)),
          Integer.toString(format.otherFaults()),
          Integer.toString(format.count(Standing.UNSUPPORTED)));
      for (Result result : format.results()) {
        if (result.standing() != Standing.AGREES || result.otherFault()) {
          anyWrong = true;
          wrong.row(
              Text.clean(result.asked().name()),
              expected(result.asked()),
              result.verdict(),
              result.fault().orElse("-"),
              Text.clean(result.reason()));
        }
      }
    }
    return anyWrong ? summary + "\n" + wrong : summary.toString();
  }

  private static String expected(Case asked) {
    return expect(asked) + asked.fault().map(fault -> " " + fault.word()).orElse("");
  }

  private static String expect(Case asked) {
    return asked.accepted() ? "accept" : "reject";
  }

  /** The output that the page on cases describes, member by member in its order. */
  private static JsonObject tree(List<FormatResults> formats) {
    JsonArray list = new JsonArray();
    for (FormatResults format : formats) {
      JsonArray cases = new JsonArray();
      for (Result result : format.results()) {
        JsonObject one = new JsonObject();
        one.addProperty("case", result.asked().name());
        one.addProperty("verdict", result.verdict());
        one.add(
            "fault", result.fault().<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
        one.addProperty("expect", expect(result.asked()));
        one.addProperty("reason", result.reason());
        cases.add(one);
      }
      JsonObject one = new JsonObject();
      one.addProperty("format", format.format());
      one.addProperty("agree", format.count(Standing.AGREES));
      one.addProperty("disagree", format.count(Standing.DISAGREES));
      one.addProperty("otherFault", format.otherFaults());
      one.addProperty("unsupported", format.count(Standing.UNSUPPORTED));
      one.add("cases", cases);
      list.add(one);
    }
    JsonObject tree = new JsonObject();
    tree.add("formats", list);
    return tree;
  }
}
