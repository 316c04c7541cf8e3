package dev.holdfast.attestation.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.conformance.Conformance.Result;
import dev.holdfast.attestation.conformance.Conformance.Standing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Cases made of other projects' evidence, run where the set lies beside the checkout. */
class VectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("holdfast.root", "."), "..", "shared", "vectors").normalize();

  @Test
  void theSetIsThere() {
    assumeTrue(Files.isDirectory(VECTORS), "no vectors beside the checkout: cases not run");
  }

  @TestFactory
  Stream<DynamicTest> everyCaseAgreesForTheRightReason() throws IOException {
    if (!Files.isDirectory(VECTORS)) {
      return Stream.empty();
    }
    Set<String> formats = Judges.all().stream().map(Judge::format).collect(Collectors.toSet());
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> groups = Files.list(VECTORS)) {
      for (Path group : groups.sorted().toList()) {
        Path file = group.resolve("CASES.json");
        if (Files.exists(file)) {
          cases.addAll(
              CaseFile.parse(
                  Bytes.of(Files.readAllBytes(file)), path -> read(group.resolve(path))));
        }
      }
    }
    return cases.stream()
        .filter(one -> formats.contains(one.question().format()))
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> agrees(one)));
  }

  private static void agrees(Case one) {
    Result result = Conformance.run(List.of(one), Judges.all()).getFirst().results().getFirst();
    assertEquals(Standing.AGREES, result.standing(), result.reason());
    one.fault()
        .ifPresent(fault -> assertEquals(fault.word(), result.fault().orElse(""), result.reason()));
  }

  private static Bytes read(Path file) {
    try {
      return Bytes.of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
