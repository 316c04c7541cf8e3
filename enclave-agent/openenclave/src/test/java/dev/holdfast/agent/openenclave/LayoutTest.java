package dev.holdfast.agent.openenclave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our offsets against those of a compiler. */
final class LayoutTest {
  @TempDir private Path directory;

  @Test
  void everyFieldLiesWhereACompilerPutsIt() throws IOException {
    Path program = Compiler.compile("layout.c", directory.resolve("layout"));
    Map<String, Integer> theirs = new TreeMap<>();
    for (String line : Compiler.run(List.of(program.toString())).strip().split("\n", -1)) {
      int space = line.indexOf(' ');
      theirs.put(line.substring(0, space), Integer.parseInt(line.substring(space + 1)));
    }
    Map<String, Integer> ours =
        new TreeMap<>(
            Map.ofEntries(
                Map.entry("size_t", Native.SIZE_T_SIZE),
                Map.entry("oe_result_t", Integer.BYTES),
                Map.entry("oe_uuid_t", Layout.UUID_BYTES),
                Map.entry("oe_claim_t", Layout.CLAIM_BYTES),
                Map.entry("oe_claim_t.name", Layout.CLAIM_NAME),
                Map.entry("oe_claim_t.value", Layout.CLAIM_VALUE),
                Map.entry("oe_claim_t.value_size", Layout.CLAIM_VALUE_SIZE),
                Map.entry("oe_policy_t", Layout.POLICY_BYTES),
                Map.entry("oe_policy_t.type", Layout.POLICY_TYPE),
                Map.entry("oe_policy_t.policy", Layout.POLICY_CONTENT),
                Map.entry("oe_policy_t.policy_size", Layout.POLICY_CONTENT_SIZE),
                Map.entry("oe_policy_type_t", Integer.BYTES),
                Map.entry("oe_datetime_t", Layout.DATETIME_BYTES),
                Map.entry("oe_datetime_t.seconds", Layout.DATETIME_BYTES - Integer.BYTES)));
    assertEquals(ours, theirs);
  }
}
