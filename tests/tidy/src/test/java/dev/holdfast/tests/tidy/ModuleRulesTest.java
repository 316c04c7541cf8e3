package dev.holdfast.tests.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which module may use which, and what the pure ones never touch; read from the class files. */
final class ModuleRulesTest {
  private static final Repository REPOSITORY = new Repository();
  private static final Set<String> PURE = Set.of("attestation-chain", "pam");

  /** What each module's own code may use of ours, besides itself; a last "/" means all below. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("proto", Set.of()),
          Map.entry("attestation-chain", Set.of()),
          Map.entry("pam", Set.of("attestation-chain")),
          Map.entry("pam/spark", Set.of()),
          Map.entry("pam/lstm", Set.of("pam", "attestation-chain")),
          Map.entry("store", Set.of("pam", "attestation-chain")),
          Map.entry("control-plane/server", Set.of("store", "pam", "attestation-chain", "proto")),
          Map.entry(
              "control-plane/cli",
              Set.of("control-plane/server", "store", "pam", "attestation-chain", "proto")),
          Map.entry("enclave-agent/client", Set.of("attestation-chain", "proto")),
          Map.entry("enclave-agent/openenclave", Set.of("attestation-chain")),
          Map.entry(
              "enclave-agent/node",
              Set.of(
                  "attestation-chain",
                  "proto",
                  "enclave-agent/client",
                  "enclave-agent/openenclave")),
          Map.entry(
              "enclave-agent/enclave", Set.of("attestation-chain", "proto", "enclave-agent/")),
          Map.entry(
              "enclave-agent/infrastructure",
              Set.of("attestation-chain", "proto", "enclave-agent/")),
          Map.entry("ops/peers", Set.of("attestation-chain", "proto")),
          Map.entry("ops/quickstart", Set.of("")));

  /** Clocks, chance, the outside world, threads and logs. */
  private static final Pattern IMPURE_TYPE =
      Pattern.compile(
          "java\\.time\\.Clock|java\\.util\\.(Random|SplittableRandom|Timer)"
              + "|java\\.util\\.concurrent\\.(ThreadLocalRandom|Executor.*|ForkJoin.*|Thread.*)"
              + "|java\\.security\\.SecureRandom|java\\.lang\\.(Thread|ThreadLocal|Process.*)(\\$.*)?"
              + "|java\\.net\\.(Socket|ServerSocket|DatagramSocket|URL|URLConnection|http\\..*)"
              + "|java\\.nio\\.(file|channels)\\..*"
              + "|java\\.io\\.(File.*|RandomAccessFile|PrintStream)"
              + "|java\\.util\\.logging\\..*|org\\.slf4j\\..*");

  private static final Set<String> IMPURE_CALL =
      Set.of(
          "java.time.Instant.now",
          "java.time.InstantSource.system",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.ZonedDateTime.now",
          "java.time.OffsetDateTime.now",
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.getenv",
          "java.lang.Math.random",
          "java.util.UUID.randomUUID",
          "java.util.random.RandomGenerator.of",
          "java.util.random.RandomGenerator.getDefault");

  private static JavaClasses classes = new ClassFileImporter().importPaths(List.of());
  private static final Map<String, String> MODULE_OF = new HashMap<>();

  @BeforeAll
  static void readClassFiles() {
    List<Path> folders = new ArrayList<>();
    for (Path module : REPOSITORY.modules()) {
      Path folder = REPOSITORY.root().resolve(module).resolve("target/classes");
      if (Files.isDirectory(folder)) {
        folders.add(folder);
      }
    }
    classes = new ClassFileImporter().importPaths(folders);
    for (JavaClass type : classes) {
      type.getSource()
          .ifPresent(source -> MODULE_OF.put(type.getName(), module(Path.of(source.getUri()))));
    }
    assertFalse(MODULE_OF.isEmpty(), "no class files were found below " + REPOSITORY.root());
  }

  @Test
  void everyModuleUsesOnlyWhatItMay() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : classes) {
      String from = moduleOf(type).orElseThrow();
      if (!MAY_USE.containsKey(from) && !from.startsWith("tests/")) {
        wrong.add(from + " has no line in the table of module rules");
        continue;
      }
      for (Dependency use : type.getDirectDependenciesFromSelf()) {
        moduleOf(use.getTargetClass().getBaseComponentType())
            .filter(to -> !mayUse(from, to))
            .ifPresent(to -> wrong.add(from + " uses " + to + ": " + use.getDescription()));
      }
    }
    none(wrong);
  }

  @Test
  void pureModulesReadNoClockDrawNoChanceAndDoNoInputOrOutput() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : classes) {
      boolean free = type.getPackageName().endsWith(".forecast.xgboost");
      if (!PURE.contains(moduleOf(type).orElseThrow()) || free) {
        continue;
      }
      for (Dependency use : type.getDirectDependenciesFromSelf()) {
        if (IMPURE_TYPE.matcher(use.getTargetClass().getBaseComponentType().getName()).matches()) {
          wrong.add(use.getDescription());
        }
      }
      for (JavaAccess<?> access : type.getAccessesFromSelf()) {
        String call = access.getTargetOwner().getName() + "." + access.getName();
        if (IMPURE_CALL.contains(call)) {
          wrong.add(access.getDescription());
        }
      }
    }
    none(wrong);
  }

  @Test
  void nativeForecastersStayInTheirPackages() {
    none(
        users(
            "ml.dmlc.",
            type ->
                type.getPackageName().endsWith(".forecast.xgboost")
                    || type.getPackageName().equals("dev.holdfast.spark")));
    none(users("ai.djl.", type -> type.getPackageName().endsWith(".forecast.lstm")));
  }

  @Test
  void noProgramHasTheLstmOnItsClassPathUnasked() {
    Set<String> wrong = new TreeSet<>();
    for (Path module : REPOSITORY.modules()) {
      String pom = REPOSITORY.read(module.resolve("pom.xml"));
      boolean free = module.startsWith("tests") || module.equals(Path.of("pam/lstm"));
      if (!free && (pom.contains("holdfast-lstm") || pom.contains("ai.djl"))) {
        wrong.add(module.toString());
      }
    }
    none(wrong);
  }

  @Test
  void nativeCallsThroughJnaStayInTheirPackage() {
    none(
        users(
            "com.sun.jna.",
            type -> type.getPackageName().equals("dev.holdfast.agent.openenclave")));
  }

  @Test
  void thePackagesOfAProgramDependOneWay() {
    for (String program : List.of("server", "store", "pam", "node", "infrastructure")) {
      SlicesRuleDefinition.slices()
          .matching("dev.holdfast." + program + ".(*)..")
          .should()
          .beFreeOfCycles()
          .check(classes);
    }
  }

  @Test
  void onlyTheStoresAdaptersSeeDatabases() {
    Predicate<JavaClass> adapter =
        type ->
            moduleOf(type).filter("store"::equals).isPresent()
                && (type.getPackageName().endsWith(".store.kv")
                    || type.getPackageName().endsWith(".store.series"));
    none(users("io.etcd.", adapter));
    none(users("org.sqlite.", adapter));
    none(users("java.sql.", adapter));
  }

  @Test
  void onlyVerifiersMakeClaims() {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : classes) {
      type.getConstructorCallsFromSelf().stream()
          .filter(
              call -> call.getTargetOwner().getName().startsWith("dev.holdfast.attestation.Claim$"))
          // A fuzz target makes claims up, to have manifests look at them.
          .filter(
              call ->
                  !Set.of("attestation-chain", "tests/fuzz").contains(moduleOf(type).orElseThrow()))
          .forEach(call -> wrong.add(call.getDescription()));
    }
    none(wrong);
  }

  @Test
  void theRulesSeeWhatTheyForbid() {
    JavaClass probe = new ClassFileImporter().importClass(ModuleRulesTest.class);
    assertFalse(
        probe.getDirectDependenciesFromSelf().stream()
            .noneMatch(use -> IMPURE_TYPE.matcher(use.getTargetClass().getName()).matches()),
        "this class uses java.nio.file, and the rule must see it");
    assertFalse(mayUse("pam", "proto"));
    assertFalse(mayUse("enclave-agent/node", "store"));
    assertFalse(mayUse("ops/peers", "control-plane/server"));
    assertTrue(mayUse("ops/quickstart", "control-plane/cli"));
  }

  private static Set<String> users(String prefix, Predicate<JavaClass> allowed) {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : classes) {
      if (!allowed.test(type) && !moduleOf(type).orElseThrow().startsWith("tests/")) {
        type.getDirectDependenciesFromSelf().stream()
            .filter(use -> use.getTargetClass().getName().startsWith(prefix))
            .forEach(use -> wrong.add(use.getDescription()));
      }
    }
    return wrong;
  }

  private static boolean mayUse(String from, String to) {
    return from.equals(to)
        || from.startsWith("tests/")
        || MAY_USE.getOrDefault(from, Set.of()).stream()
            .anyMatch(
                ok -> ok.equals(to) || ok.isEmpty() || (ok.endsWith("/") && to.startsWith(ok)));
  }

  private static Optional<String> moduleOf(JavaClass type) {
    return Optional.ofNullable(MODULE_OF.get(type.getName()));
  }

  private static String module(Path classFile) {
    String path = REPOSITORY.root().relativize(classFile).toString();
    return path.substring(0, path.indexOf("/target/"));
  }

  private static void none(Set<String> wrong) {
    assertEquals("", String.join("\n", wrong), wrong.size() + " breaches");
  }
}
