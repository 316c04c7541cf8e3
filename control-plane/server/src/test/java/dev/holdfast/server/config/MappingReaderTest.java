package dev.holdfast.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MappingReaderTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

  private static UsageMapping read(String text) {
    return MappingReader.read("mapping.yaml", Bytes.utf8(text), Path.of("folder"));
  }

  private static String example() throws IOException {
    Path page = Path.of(System.getProperty("holdfast.root"), "ops/docs/usage-series.md");
    Matcher example = EXAMPLE.matcher(Files.readString(page));
    assertTrue(example.find(), "the page has an example");
    return example.group(1);
  }

  @Test
  void theDocumentedExampleIsReadAsItIsMeant() throws IOException {
    UsageMapping mapping = read(example());
    assertEquals("cluster-a", mapping.name());
    assertEquals(Optional.of(Path.of("folder/prometheus.token")), mapping.tokenFile());
    assertEquals(Duration.ofMinutes(1), mapping.step());
    assertEquals(new UsageMapping.Part.Label("namespace"), mapping.tenant());
    assertEquals(new UsageMapping.Part.Label("image"), mapping.image());
    assertEquals(1, mapping.digests().size());
    assertEquals(Optional.of(new UsageMapping.Part.Label("user")), mapping.user());
    assertEquals(
        Set.of(Resource.CPU_MILLICORES, Resource.MEMORY_BYTES), mapping.resources().keySet());
    assertEquals(
        Set.of("image", "namespace", "pod", "user"), Set.copyOf(mapping.labels()), "to join by");
    assertEquals(new UsageMapping.Part.Value("eu"), mapping.inputs().get("region"));
  }

  @Test
  void anotherMappingIsAnotherImport() throws IOException {
    assertEquals(read(example()).id(), read(example()).id());
    assertNotEquals(read(example()).id(), read(example() + "\n# more").id());
    assertTrue(read(example()).id().matches("[a-z][a-z0-9-]{0,62}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: cluster-a | name: A b | name is 1 to 40",
        "https://prometheus.example | http://prometheus.example | plain http only to this host",
        "step: 1m | step: 1500ms | in whole seconds",
        "step: 1m | step: 2h | step is a span",
        "tenant: {label: namespace} | tenant: {} | tenant.label or value is required",
        "tenant: {label: namespace} | tenant: {label: a, value: b} | and not both",
        "cpuMillicores | cpuMillicore | did you mean",
        "by: [pod] | by: ['a b'] | names of labels",
        "region | Region | is no key of an input"
      })
  void whatIsWrongIsSaidWithItsPlace(String part, String instead, String complaint)
      throws IOException {
    String text = example();
    assertTrue(text.contains(part), part);
    List<String> found =
        assertThrows(ConfigException.class, () -> read(text.replace(part, instead))).complaints();
    assertTrue(found.stream().anyMatch(line -> line.contains(complaint)), found.toString());
    assertTrue(found.getFirst().startsWith("mapping.yaml:"), found.toString());
  }
}
