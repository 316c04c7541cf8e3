package dev.holdfast.cli;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
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
    root.print(message(formats), () -> table(formats));
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

  private static Struct message(List<FormatResults> formats) {
    ListValue.Builder list = ListValue.newBuilder();
    for (FormatResults format : formats) {
      ListValue.Builder cases = ListValue.newBuilder();
      for (Result result : format.results()) {
        Struct.Builder one = Struct.newBuilder();
        one.putFields("case", text(result.asked().name()));
        one.putFields("verdict", text(result.verdict()));
        one.putFields("fault", result.fault().map(ConformanceCommand::text).orElse(nothing()));
        one.putFields("expect", text(expect(result.asked())));
        one.putFields("reason", text(result.reason()));
        cases.addValues(Value.newBuilder().setStructValue(one));
      }
      Struct.Builder one = Struct.newBuilder();
      one.putFields("format", text(format.format()));
      one.putFields("agree", number(format.count(Standing.AGREES)));
      one.putFields("disagree", number(format.count(Standing.DISAGREES)));
      one.putFields("otherFault", number(format.otherFaults()));
      one.putFields("unsupported", number(format.count(Standing.UNSUPPORTED)));
      one.putFields("cases", Value.newBuilder().setListValue(cases).build());
      list.addValues(Value.newBuilder().setStructValue(one));
    }
    return Struct.newBuilder()
        .putFields("formats", Value.newBuilder().setListValue(list).build())
        .build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  private static Value nothing() {
    return Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
  }
}
