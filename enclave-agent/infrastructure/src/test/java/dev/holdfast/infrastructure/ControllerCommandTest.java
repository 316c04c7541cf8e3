package dev.holdfast.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.node.NodeParts;
import dev.holdfast.proto.attestation.v1.NodeRole;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line makes the parts of a node. */
final class ControllerCommandTest {
  @TempDir Path folder;
  private final List<NodeParts> ran = new ArrayList<>();

  @Test
  void aStorageControllerAllotsWhatItIsTold() throws IOException {
    Path origin = Files.createDirectory(folder.resolve("origin"));
    int code =
        run(
            "storage",
            "--state=" + folder,
            "--server=127.0.0.1:1",
            "--node=trustZones/z/nodes/s",
            "--cache=" + folder.resolve("cache"),
            "--origin=" + origin,
            "--cache-bytes=1000",
            "--storage-bytes=77");
    assertEquals(0, code);
    assertEquals(NodeRole.NODE_ROLE_STORAGE_CONTROLLER, ran.getFirst().allocator().role());
    assertEquals(77, ran.getFirst().allocator().capacity().getStorageBytes());
    assertTrue(ran.getFirst().allocator().prefetches());
  }

  @Test
  void nothingRunsWithoutWhatIsRequired() {
    assertEquals(CommandLine.ExitCode.USAGE, run("switch", "--device=port0"));
    assertEquals(CommandLine.ExitCode.USAGE, run("hypervisor"));
    assertTrue(ran.isEmpty());
  }

  private int run(String... arguments) {
    return ControllerCommand.commandLine((_, parts) -> ran.add(parts) ? 0 : 1)
        .setErr(new PrintWriter(new StringWriter()))
        .execute(arguments);
  }
}
