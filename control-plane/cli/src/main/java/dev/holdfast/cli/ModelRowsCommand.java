package dev.holdfast.cli;

import com.google.gson.JsonObject;
import dev.holdfast.pam.forecast.series.RowHeader;
import dev.holdfast.pam.forecast.xgboost.RowFolder;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsRequest;
import dev.holdfast.proto.forecast.v1.ExportTrainingRowsResponse;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Fetches the rows that a server trains on, to be trained on elsewhere. */
@Command(
    name = "rows",
    description = {
      "Fetches the rows of one resource that the usage of this server gives to train on.",
      "ops/docs/fleet.md describes the files, and how to train on those of many servers."
    })
final class ModelRowsCommand implements Callable<Integer> {
  private final Holdfast root;

  @Option(
      names = "--resource",
      required = true,
      paramLabel = "RESOURCE",
      description = "What they are about: cpu, memory, disk-read, disk-write, network, storage, …")
  private String resource = "";

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "About how many rows at most. Default: as many as the server trains on.")
  private long wanted;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where they go.")
  private Path out = Path.of("");

  ModelRowsCommand(Holdfast root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    ExportTrainingRowsRequest request =
        ExportTrainingRowsRequest.newBuilder()
            .setResource(AmountOptions.resource(resource))
            .setRowCount(wanted)
            .build();
    long rows = root.call(remote -> fetched(remote.forecastStreams().exportTrainingRows(request)));
    JsonObject summary = new JsonObject();
    summary.addProperty("resource", resource);
    summary.addProperty("rows", rows);
    summary.addProperty("folder", out.toString());
    root.print(summary, () -> rows + " rows in " + out + "\n");
    return Exit.OK.code();
  }

  /** Nothing is touched before rows come, and only all of them make a folder whole. */
  private long fetched(BlockingClientCall<?, ExportTrainingRowsResponse> call) {
    try (Folder folder = new Folder()) {
      Watching.End end =
          Watching.read(
              call,
              false,
              next -> {
                folder.take(next);
                return false;
              });
      if (end != Watching.End.CLOSED) {
        throw new CommandException(Exit.REFUSED, "Stopped: " + out + " is not whole.");
      }
      return folder.finish();
    } catch (IOException | UncheckedIOException e) {
      throw CommandException.usage(out + " cannot be written: " + Refusal.deepest(e) + ".");
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          Exit.REFUSED, "PAM sent no rows of this release: " + Refusal.deepest(e) + ".");
    }
  }

  /** The folder, from the first message on. */
  private final class Folder implements AutoCloseable {
    private Optional<RowFolder.Writer> writer = Optional.empty();

    void take(ExportTrainingRowsResponse next) {
      try {
        if (writer.isEmpty()) {
          RowHeader header = RowHeader.read(next.getHeader());
          writer =
              Optional.of(
                  new RowFolder.Writer(
                      out, new RowHeader(resource, 0, header.rounds(), header.parameters())));
        }
        writer.get().copy(next.getRecords().toByteArray());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    long finish() throws IOException {
      RowFolder.Writer whole =
          writer.orElseThrow(() -> new IllegalArgumentException("the stream was empty"));
      whole.finish();
      return whole.rows();
    }

    @Override
    public void close() throws IOException {
      if (writer.isPresent()) {
        writer.get().close();
      }
    }
  }
}
