package dev.holdfast.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.eventlog.Demand;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.server.identity.CertificateAuthority;
import dev.holdfast.store.kv.EtcdTls;
import dev.holdfast.store.seal.Pkcs11Token;
import dev.holdfast.store.series.PostgresOptions;
import dev.holdfast.store.series.Retention;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX500NameUtil;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigReaderTest {
  private static final Pattern EXAMPLE = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final TrustZoneName EDGE = new TrustZoneName("edge");
  private static final Instant NOW = Instant.parse("2026-03-02T12:00:00Z");

  @TempDir private Path directory;

  @BeforeEach
  void makeAnAnchor() throws Exception {
    var authority =
        CertificateAuthority.open(
            directory.resolve("maker"), "maker.example", InstantSource.fixed(NOW));
    Path anchors = Files.createDirectories(directory.resolve("anchors"));
    Files.copy(directory.resolve("maker/root.pem"), anchors.resolve("tpm-maker-root.pem"));
    Files.writeString(anchors.resolve("host.sha256"), "ab".repeat(32) + "  /bin/sh\n");
    X500Name issuer = JcaX500NameUtil.getSubject(authority.root());
    byte[] crl =
        new X509v2CRLBuilder(issuer, Date.from(NOW))
            .setNextUpdate(Date.from(NOW.plus(Duration.ofDays(30))))
            .addCRLEntry(BigInteger.TWO, Date.from(NOW), 0)
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(authority.signer().privateKey()))
            .getEncoded();
    Files.write(anchors.resolve("tpm-maker.crl"), crl);
  }

  @BeforeEach
  void makeSecrets() throws IOException {
    secret("etcd/holdfast.key", "rw-------");
    secret("keys/pin", "r--------");
  }

  private void secret(String name, String permissions) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(directory.resolve(name).resolveSibling(""));
    Files.writeString(file, "a secret");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private ServerConfig read(String text) throws IOException {
    Path file = directory.resolve("holdfast.yaml");
    Files.writeString(file, text);
    return ConfigReader.read(file);
  }

  private List<String> complaints(String text) {
    return assertThrows(ConfigException.class, () -> read(text)).complaints();
  }

  @Test
  void theDocumentedExampleIsReadAsItIsMeant() throws IOException {
    Path page = Path.of(System.getProperty("holdfast.root"), "ops/docs/configuration.md");
    Matcher example = EXAMPLE.matcher(Files.readString(page));
    assertTrue(example.find(), "the page has an example");
    ServerConfig config = read(example.group(1));

    assertEquals("capacity.example", config.trustDomain());
    assertEquals(
        new ServerConfig.Listen(
            "127.0.0.1", 7443, Optional.of(new ServerAddress("pam-1.example", 7443))),
        config.listen());
    assertEquals(Optional.of(new ServerConfig.MetricsAddress("127.0.0.1", 9464)), config.metrics());
    assertEquals(ServerConfig.Profile.PRODUCTION, config.profile());
    assertEquals(directory.toAbsolutePath().resolve("data"), config.data());
    Path etcd = directory.toAbsolutePath().resolve("etcd");
    assertEquals(
        new ServerConfig.Store.Etcd(
            List.of(URI.create("https://127.0.0.1:2379")),
            Optional.of(
                new EtcdTls(
                    etcd.resolve("ca.pem"),
                    etcd.resolve("holdfast.pem"),
                    etcd.resolve("holdfast.key"))),
            "main",
            Duration.ofSeconds(5)),
        config.store());
    assertEquals(
        new ServerConfig.Keys.Token(
            new Pkcs11Token(
                Path.of("/usr/lib/softhsm/libsofthsm2.so"),
                new Pkcs11Token.Slot.Label("holdfast"),
                directory.toAbsolutePath().resolve("keys/pin"),
                "holdfast")),
        config.keys());
    assertEquals(ServerConfig.Pace.DEFAULT, config.pace(), "the example shows the defaults");
    assertEquals(Retention.DEFAULT, config.series().retention(), "here too");
    assertEquals(ServerConfig.Training.DEFAULT, config.models(), "and here");
    assertEquals(
        new PostgresOptions(
            URI.create("postgresql://127.0.0.1:5432/holdfast"),
            "holdfast",
            Optional.of(directory.toAbsolutePath().resolve("database-password")),
            Optional.of(directory.toAbsolutePath().resolve("anchors/database-root.pem")),
            4),
        config.series().database().orElseThrow());
    ServerConfig.TenantRules acme = config.tenant(new TenantName("acme"));
    assertEquals(Optional.of(ModelKind.XGBOOST), acme.modelKind());
    assertEquals(16_000, acme.quota().get(Resource.CPU_MILLICORES));
    assertEquals(17_179_869_184L, acme.quota().get(Resource.GPU_MEMORY_BYTES));
    assertEquals(1, acme.trustZones().size());
    ZoneRules edge = config.zone(EDGE);
    assertEquals(12, edge.policy().name().revision());
    assertEquals(
        List.of(PcrSelection.of(PcrBank.SHA256, 0, 4, 7)),
        edge.policy().rules(Role.HYPERVISOR).orElseThrow().pcrSelections());
    assertEquals(
        List.of(PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        edge.asked(Role.HYPERVISOR).selections(),
        "where files are judged");
    assertTrue(edge.policy().rules(Role.HYPERVISOR).orElseThrow().ima().orElseThrow().required());
    assertEquals(
        Set.of("/usr/bin/env", "/bin/sh"),
        edge.references().files(Role.HYPERVISOR, new NodeName("edge", "h1")).keySet());
    assertEquals(List.of(), edge.asked(Role.SWITCH).selections());
    assertEquals(
        List.of(EvidenceFormat.TPM2_QUOTE, EvidenceFormat.SEV_SNP_REPORT),
        edge.asked(Role.ENCLAVE).formats());
    RoleRules enclave = edge.policy().rules(Role.ENCLAVE).orElseThrow();
    assertEquals(List.of("snp/measurement"), enclave.measurements());
    assertTrue(enclave.tee().vcekRequired() && enclave.tee().siteAttestationRequired());
    assertTrue(enclave.tee().provisionalFirmwareAllowed());
    assertEquals("mitigated in the image", enclave.tee().tcbWaivers().getFirst().reason());
    assertEquals(Map.of("snp/tcb/reported/snp", 22L), enclave.tee().versionFloors());
    assertFalse(enclave.eventLog().demands(Demand.SEPARATOR_ONCE));
    assertTrue(enclave.eventLog().demands(Demand.DATA_HASHED));
    assertEquals(Set.of("nic-0"), edge.references().devices(new NodeName("edge", "h1")).keySet());
    assertEquals(11, edge.outgoing().orElseThrow().revision().policy().name().revision());
    assertEquals(Instant.parse("2027-01-31T00:00:00Z"), edge.outgoing().orElseThrow().until());
    assertTrue(edge.present().revocationRequired());
    assertEquals(Set.of(new NodeName("edge", "h1")), edge.trust().attestedSites());
    NodeName h1 = new NodeName("edge", "h1");
    assertEquals(2, edge.references().allowed(Role.HYPERVISOR, h1, "pcr/sha256/7").size());
    NodeName h2 = new NodeName("edge", "h2");
    assertEquals(0, edge.references().allowed(Role.HYPERVISOR, h2, "pcr/sha256/7").size());
    assertEquals(Optional.of(Quantile.P90), edge.allocation().quantile());
    assertEquals(0.5, edge.allocation().grants().safeLimitsRatio());
    assertTrue(edge.control().enabled());
    assertEquals(ControlRules.DEFAULT.gains(), edge.control().gains());
    assertEquals(100, edge.control().minimum().get(Resource.CPU_MILLICORES));
    assertEquals(Remedy.ISOLATE, edge.signals().remedies().get(Finding.Kind.COUNTER_MISMATCH));
    assertEquals(Remedy.ALERT, edge.signals().remedies().get(Finding.Kind.LEAK));
    assertTrue(edge.signals().dryRun());
  }

  @Test
  void metricsAreServedWhereAPortIsNamedAndNowhereElse() throws IOException {
    assertEquals(Optional.empty(), read("profile: production").metrics());
    assertEquals(
        Optional.of(new ServerConfig.MetricsAddress("127.0.0.1", 0)),
        read("metrics: {port: 0}").metrics());
    assertEquals(
        List.of("holdfast.yaml:1: metrics.port is required with address: 9464 is usual"),
        complaints("metrics: {address: 10.0.0.1}"));
    assertEquals(
        List.of("holdfast.yaml:1: metrics.prot is not known; did you mean port?"),
        complaints("metrics: {prot: 9464}"));
    assertEquals(
        List.of("holdfast.yaml:1: metrics.port is a whole number from 0 to 65535"),
        complaints("metrics: {port: 65536}"));
  }

  @Test
  void aFormatOrWaiverThatDoesNotExistIsAnErrorWithTheNearestOne() throws IOException {
    String zone =
        """
        trustZones:
          edge:
            anchors: anchors/tpm-maker-root.pem
            policy:
              roles:
                enclave:
                  formats: [tdx-qoute]
                  debugAlowed: true
                  eventLog:
                    waived: [everything]
                  tcbWaivers:
                    - status: Revoked
                      until: 2027-01-31T00:00:00Z
                      reason: never
                    - status: OutOfDate
                      until: tomorrow
        """;
    String all = String.join("\n", complaints(zone));
    assertTrue(all.contains("tdx-qoute; did you mean tdx-quote?"), all);
    assertTrue(all.contains("debugAlowed is not known; did you mean debugAllowed?"), all);
    assertTrue(all.contains("waived is none of data-hashed"), all);
    assertTrue(all.contains("a revoked platform cannot be waived"), all);
    assertTrue(all.contains("tcbWaivers[1].reason is required"), all);
    assertTrue(all.contains("tcbWaivers[1].until is not possible"), all);
  }

  @Test
  void whatFilesMayBeIsRefusedWithWhatIsWrong() throws IOException {
    Files.writeString(directory.resolve("short.pem"), "no key");
    Files.writeString(directory.resolve("list"), "no digest");
    String zone =
        """
        trustZones:
          edge:
            anchors: anchors/tpm-maker-root.pem
            policy:
              roles:
                hypervisor:
                  ima:
                    require: true
                    keys: [short.pem, missing.pem]
                    excludes: ["/tmp/("]
                enclave:
                  formats: sev-snp-report
                  ima: {}
                switch:
                  imma: {}
            references:
              roles:
                hypervisor:
                  fileLists: list
        """;
    String all = String.join("\n", complaints(zone));
    assertTrue(all.contains("hypervisor.ima.require is not known; did you mean required?"), all);
    assertTrue(all.contains("ima.keys cannot be read: a key is neither DER, PEM nor JWK"), all);
    assertTrue(all.contains("missing.pem is no file of at most 16384 bytes"), all);
    assertTrue(
        all.contains("ima.excludes is not possible: \"/tmp/(\" is no expression of RE2"), all);
    assertTrue(all.contains("enclave.ima is about files measured beside TPM quotes"), all);
    assertTrue(all.contains("switch.imma is not known; did you mean ima?"), all);
    assertTrue(all.contains("fileLists cannot be read: list: line 1 is not a digest"), all);
  }

  @Test
  void aPolicyByItselfHoldsItsKeysAndNamesNoFiles() throws IOException {
    String pem = Files.readString(directory.resolve("anchors/tpm-maker-root.pem"));
    String policy =
        """
        policy:
          roles:
            hypervisor:
              ima:
                keys:
                  - |
        """
            + pem.indent(12);
    PolicyRevision revision = PolicyDocument.read(EDGE, policy.getBytes(StandardCharsets.UTF_8));
    assertTrue(revision.policy().rules(Role.HYPERVISOR).orElseThrow().ima().isPresent());
    String named =
        "policy: {roles: {hypervisor: {ima: {keys: "
            + directory.resolve("anchors/tpm-maker-root.pem")
            + "}}}}";
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> PolicyDocument.read(EDGE, named.getBytes(StandardCharsets.UTF_8)));
    assertTrue(
        refused.complaints().getFirst().contains("names no files"), refused.complaints()::toString);
  }

  @Test
  void trainingTakesTheShareOfACoreThatItIsGiven() throws IOException {
    assertEquals(
        new ServerConfig.Training(0.5, Duration.ofHours(6), Set.of(ModelKind.LSTM)),
        read("models:\n  cpuShare: 0.5\n  interval: 6h\n  kinds: lstm\n").models());
    assertEquals(
        Set.of(ModelKind.XGBOOST, ModelKind.LSTM),
        read("models:\n  kinds: [lstm, xgboost]\n").models().kinds());
    for (String share : List.of("0", "1.1", "half")) {
      assertTrue(
          complaints("models:\n  cpuShare: " + share + "\n")
              .getFirst()
              .startsWith("holdfast.yaml:2: models.cpuShare"));
    }
  }

  @Test
  void aTenantMayNameTheKindOfModelThatForecastsForIt() throws IOException {
    TenantName acme = new TenantName("acme");
    assertEquals(
        Optional.of(ModelKind.LSTM),
        read("tenants:\n  acme:\n    modelKind: lstm\n").tenant(acme).modelKind());
    assertEquals(
        Optional.empty(), read("tenants:\n  acme:\n    trustZones: []\n").tenant(acme).modelKind());
    assertEquals(
        List.of("holdfast.yaml:3: tenants.acme.modelKind is one of xgboost, lstm"),
        complaints("tenants:\n  acme:\n    modelKind: oracle\n"));
  }

  @Test
  void anEmptyFileIsAllDefaults() throws IOException {
    ServerConfig config = read("profile: production\n");
    assertEquals("holdfast.example", config.trustDomain());
    assertEquals(new ServerConfig.Listen("127.0.0.1", 7443), config.listen());
    assertEquals(new ServerConfig.Store.Embedded(), config.store());
    assertEquals(ServerConfig.Pace.DEFAULT, config.pace());
    assertEquals(ServerConfig.Training.DEFAULT, config.models());
    assertTrue(config.tenants().isEmpty() && config.zones().isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "lisen,listen",
    "trustDomian,trustDomain",
    "trustzones,trustZones",
    "tenant,tenants",
  })
  void anUnknownKeySuggestsTheNearest(String written, String meant) {
    assertEquals(
        List.of("holdfast.yaml:1: " + written + " is not known; did you mean " + meant + "?"),
        complaints(written + ": 1\n"));
  }

  @Test
  void anUnknownKeyFarFromAllSuggestsNothing() {
    assertEquals(
        List.of("holdfast.yaml:2: pace.metronome is not known"),
        complaints("pace:\n  metronome: 1s\n"));
  }

  @Test
  void allProblemsAreReportedTogetherEachWithItsLine() {
    List<String> found =
        complaints(
            """
            listen:
              port: 70000
            profile: staging
            store:
              kind: etcd
            pace:
              heartbeat: soon
              hartbeat: 10s
            tenants:
              acme:
                trustZones: [edge]
            trustZones:
              core:
                policy:
                  roles:
                    router: {}
            """);
    String all = String.join("\n", found);
    assertTrue(all.contains("holdfast.yaml:2: listen.port is a whole number from 0 to 65535"), all);
    assertTrue(all.contains("holdfast.yaml:3: profile is one of development, production"), all);
    assertTrue(all.contains("store.endpoints is required with kind etcd"), all);
    assertTrue(all.contains("holdfast.yaml:7: pace.heartbeat is a span such as 500ms"), all);
    assertTrue(
        all.contains("holdfast.yaml:8: pace.hartbeat is not known; did you mean heartbeat?"), all);
    assertTrue(
        all.contains(
            "holdfast.yaml:11: tenants.acme.trustZones names a trust zone that is not configured"),
        all);
    assertTrue(all.contains("trustZones.core.anchors is required"), all);
    assertTrue(
        all.contains("holdfast.yaml:16: trustZones.core.policy.roles.router names no role"), all);
    assertEquals(8, found.size(), all);
  }

  @ParameterizedTest
  @CsvSource({"heartbeat,999ms", "heartbeat,61s", "orphan,59s", "attest,13h", "sample,99ms"})
  void aSpanOutOfItsRangeIsRefused(String key, String span) {
    List<String> found = complaints("pace:\n  " + key + ": " + span + "\n");
    assertEquals(1, found.size());
    assertTrue(found.getFirst().startsWith("holdfast.yaml:2: pace." + key), found.getFirst());
  }

  @Test
  void whatIsNoYamlIsRefusedWithItsLine() {
    String found = complaints("listen:\n  port: [1\n").getFirst();
    assertTrue(found.matches("holdfast\\.yaml:\\d+: .+"), found);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen: &a {port: 1}\nstore: *a\n",
        "trustDomain: &a a.example\ndata: *a\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n",
        "profile: \u0007\n",
        "? [profile]\n: production\n",
        "data: \"\\0\"\n",
        "--- a\n--- b\n"
      })
  void whatNoConfigurationNeedsIsRefused(String text) {
    String found = complaints(text).getFirst();
    assertTrue(found.startsWith("holdfast.yaml:"), found);
  }

  @Test
  void aFileInAnotherEncodingIsRefused() throws IOException {
    Path file = directory.resolve("holdfast.yaml");
    Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff, '\n'});
    ConfigException wrong = assertThrows(ConfigException.class, () -> ConfigReader.read(file));
    assertTrue(wrong.complaints().getFirst().contains("UTF-8"), wrong::toString);
  }

  @Test
  void anAnchorThatIsNoFileIsRefused() {
    String found = String.join("\n", complaints("trustZones:\n  edge:\n    anchors: anchors\n"));
    assertTrue(found.contains("anchors is no file"), found);
  }

  @Test
  void aKeyThatStandsTwiceIsRefused() {
    String found = String.join("\n", complaints("profile: production\nprofile: development\n"));
    assertTrue(found.contains("profile"), found);
  }

  @Test
  void aPolicyThatRestsOnNothingIsRefused() {
    String zone =
        """
        trustZones:
          edge:
            anchors: anchors/tpm-maker-root.pem
            policy:
              roles:
                hypervisor: {%s}
        """;
    String none = String.join("\n", complaints(zone.formatted("pcrs: {sha256: []}")));
    assertTrue(none.contains("a quote must cover at least one register"), none);
    String sha1 = String.join("\n", complaints(zone.formatted("pcrs: {sha1: [0]}")));
    assertTrue(sha1.contains("SHA-1 is never enough"), sha1);
    String any = String.join("\n", complaints(zone.formatted("verdictMax: contraindicated")));
    assertTrue(any.contains("contraindicated"), any);
  }

  @Test
  void aFileOfMoreThanAMebibyteIsNotRead() {
    String found = complaints("#".repeat(1024 * 1024 + 1)).getFirst();
    assertTrue(found.contains("1 MiB"), found);
  }
}
