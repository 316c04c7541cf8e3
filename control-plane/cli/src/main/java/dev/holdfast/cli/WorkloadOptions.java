package dev.holdfast.cli;

import dev.holdfast.proto.resource.v1.InputValue;
import dev.holdfast.proto.resource.v1.Workload;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Whose workload, and which, as options. */
final class WorkloadOptions {
  // Not marked as required: commands below one that has these may need neither.
  @Option(names = "--tenant", paramLabel = "TENANT", description = "Whose: acme. Required.")
  private String tenant = "";

  @Option(
      names = "--image",
      paramLabel = "SHA256",
      description = "What will run: the SHA-256 of the image's manifest. Required.")
  private String image = "";

  @Option(names = "--user", paramLabel = "USER", description = "Who runs it, as the tenant says.")
  private String user = "";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "What kind of work it is. Default: the image's.")
  private String type = "";

  @Option(
      names = "--input",
      paramLabel = "KEY=VALUE",
      description = {
        "A parameter that bears on demand: rows=5000000, mode=full, cold=true.",
        "In double quotes, a value is text whatever it looks like."
      })
  private Map<String, String> inputs = new LinkedHashMap<>();

  /** The tenant's full name. */
  String parent() {
    require();
    return Names.TENANT.full(tenant);
  }

  /** The workload. */
  Workload workload() {
    require();
    Workload.Builder workload =
        Workload.newBuilder().setImage(Names.image(image)).setUser(user).setWorkloadType(type);
    inputs.forEach((key, value) -> workload.putInputs(key, input(value)));
    return workload.build();
  }

  private void require() {
    if (tenant.isEmpty() || image.isEmpty()) {
      throw CommandException.usage("Say whose workload, and which: --tenant and --image.");
    }
  }

  /** A number, a switch, or else a word. */
  static InputValue input(String text) {
    if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
      return InputValue.newBuilder().setText(text.substring(1, text.length() - 1)).build();
    }
    if (text.equals("true") || text.equals("false")) {
      return InputValue.newBuilder().setFlag(text.equals("true")).build();
    }
    if (text.matches("[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d{1,3})?")) {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return InputValue.newBuilder().setNumber(number).build();
      }
    }
    return InputValue.newBuilder().setText(text).build();
  }
}
