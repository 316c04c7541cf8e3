package dev.holdfast.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONArrayUtils;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.holdfast.attestation.result.Ear;
import dev.holdfast.attestation.x509.CertificatePath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Cases of other projects, run where the set lies beside the checkout. */
public class VectorsTest {
  private static final Path VECTORS =
      Path.of(System.getProperty("holdfast.root", "."), "..", "shared", "vectors").normalize();

  /** One case: its inputs, and its folder. */
  public record Case(Path folder, Map<String, Object> members) {
    public String text(String member) {
      return String.valueOf(members.get(member));
    }

    @SuppressWarnings("unchecked")
    public Map<String, Object> object(String name) {
      Object value = inputs().get(name);
      return value == null ? Map.of() : (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    public Map<String, Object> inputs() {
      return (Map<String, Object>) members.getOrDefault("inputs", Map.of());
    }

    public boolean has(String name) {
      return inputs().containsKey(name);
    }

    public Instant at() {
      return Instant.parse(text("at"));
    }

    public Bytes bytes(String name) throws Exception {
      return value(inputs().getOrDefault(name, ""));
    }

    public List<Bytes> list(String name) throws Exception {
      List<Bytes> values = new ArrayList<>();
      if (inputs().get(name) instanceof List<?> items) {
        for (Object item : items) {
          values.add(value(item));
        }
      }
      return values;
    }

    private Bytes value(Object value) throws Exception {
      if (!(value instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException("no byte value in " + text("case"));
      }
      if (map.get("file") instanceof String file) {
        return Bytes.of(Files.readAllBytes(folder.resolve(file)));
      }
      if (map.get("hex") instanceof String hex) {
        return Bytes.fromHex(hex);
      }
      return Bytes.utf8(String.valueOf(map.get("text")));
    }
  }

  @Test
  void theSetIsThere() {
    assumeTrue(Files.isDirectory(VECTORS), "no vectors beside the checkout: cases not run");
  }

  @TestFactory
  Stream<DynamicTest> everyCaseAgrees() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    if (!Files.isDirectory(VECTORS)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(VECTORS)) {
      for (Path folder : files.sorted().toList()) {
        Path cases = folder.resolve("CASES.json");
        if (!Files.exists(cases)) {
          continue;
        }
        for (Object item : JSONArrayUtils.parse(Files.readString(cases))) {
          @SuppressWarnings("unchecked")
          Case one = new Case(folder, (Map<String, Object>) item);
          runner(one)
              .ifPresent(
                  runner ->
                      tests.add(
                          DynamicTest.dynamicTest(
                              one.text("case"),
                              () -> assertEquals(one.text("expect"), runner.verdict(one)))));
        }
      }
    }
    return tests.stream();
  }

  /** Judges one case: accept or reject. */
  public interface Runner {
    String verdict(Case one) throws Exception;
  }

  private static Optional<Runner> runner(Case one) {
    return switch (one.text("format")) {
      case "x509-path" -> Optional.of(VectorsTest::path);
      case "ear" -> Optional.of(VectorsTest::ear);
      default -> Optional.empty();
    };
  }

  private static String path(Case one) throws Exception {
    List<Bytes> certificates = new ArrayList<>(List.of(one.bytes("certificate")));
    certificates.addAll(one.list("certificates"));
    CertificatePath.Anchors anchors =
        CertificatePath.Anchors.parse(one.list("anchors"), one.list("crls"));
    return CertificatePath.find(certificates, anchors, one.at()) instanceof CertificatePath.Sound
        ? "accept"
        : "reject";
  }

  private static String ear(Case one) throws Exception {
    Ear.Outcome outcome;
    if (one.has("claims")) {
      outcome = Ear.checkClaims(text(one.bytes("claims")));
    } else {
      PublicKey key =
          JWK.parse(JSONObjectUtils.parse(text(one.bytes("key")))).toECKey().toPublicKey();
      outcome = Ear.verify(text(one.bytes("result")).strip(), key);
    }
    return outcome instanceof Ear.Genuine ? "accept" : "reject";
  }

  private static String text(Bytes bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }
}
