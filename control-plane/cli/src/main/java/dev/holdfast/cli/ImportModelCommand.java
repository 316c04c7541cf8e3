package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.proto.forecast.v1.ImportModelRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Hands a model to PAM that was trained elsewhere. */
@Command(
    name = "import",
    description = {
      "Hands over a model of one resource that was trained elsewhere, such as on Spark.",
      "It is examined beside the champion on usage that was held out; see ops/docs/fleet.md."
    })
final class ImportModelCommand implements Callable<Integer> {
  private static final int FILE_BYTES_MAX = 64 << 20;

  private final Holdfast root;

  @Parameters(paramLabel = "FILE", description = "The model, as XGBoost's UBJSON or JSON.")
  private Path file = Path.of("");

  @Option(
      names = "--resource",
      required = true,
      paramLabel = "RESOURCE",
      description = "What it forecasts: cpu, memory, disk-read, disk-write, network, storage, …")
  private String resource = "";

  @Option(names = "--activate", description = "Use it at once if it is better.")
  private boolean activate;

  @Option(names = "--wait", description = "Wait until it was examined.")
  private boolean wait;

  ImportModelCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    ImportModelRequest request =
        ImportModelRequest.newBuilder()
            .setResource(AmountOptions.resource(resource))
            .setContent(content())
            .setActivateIfBetter(activate)
            .build();
    return root.call(
        remote ->
            ModelCommands.shown(
                root, remote, remote.forecasts().importModel(request).getTraining(), wait));
  }

  private ByteString content() {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] read = in.readNBytes(FILE_BYTES_MAX + 1);
      if (read.length > FILE_BYTES_MAX) {
        throw CommandException.usage(file + " is larger than any model.");
      }
      return ByteString.copyFrom(read);
    } catch (IOException e) {
      throw CommandException.usage(file + " cannot be read: " + Refusal.deepest(e) + ".");
    }
  }
}
