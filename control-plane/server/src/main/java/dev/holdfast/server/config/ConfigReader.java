package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.pam.control.ControlRules;
import dev.holdfast.pam.control.Gains;
import dev.holdfast.pam.grant.GrantRules;
import dev.holdfast.pam.model.Quantile;
import dev.holdfast.pam.model.Resource;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.plan.AllocationRules;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.pam.signal.Finding;
import dev.holdfast.pam.signal.Remedy;
import dev.holdfast.pam.signal.SignalRules;
import dev.holdfast.proto.replica.ServerAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads the configuration file: YAML, at most 1 MiB. Every key has a default, a range and a
 * sentence in the documentation; an unknown key is an error that suggests the nearest known one;
 * all problems are reported together, with file and line.
 */
public final class ConfigReader {
  private static final long FILE_BYTES_MAX = 1024 * 1024;
  private static final long NAMED_FILE_BYTES_MAX = 16 * 1024 * 1024;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration MONTH = Duration.ofDays(31);

  private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::");

  private final Path file;
  private final Complaints complaints;

  private ConfigReader(Path file) {
    this.file = file;
    this.complaints = new Complaints(String.valueOf(file.getFileName()));
  }

  /**
   * Reads a file.
   *
   * @throws ConfigException with everything that is wrong with it
   */
  public static ServerConfig read(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new ConfigException(List.of(file + " has more than 1 MiB"));
    }
    ConfigReader reader = new ConfigReader(file);
    @Nullable Node root = YamlText.root(String.valueOf(file.getFileName()), text(file));
    Section top = new Section("", root, reader.complaints);
    ServerConfig config = reader.server(top);
    top.finish();
    if (!reader.complaints.found().isEmpty()) {
      throw new ConfigException(reader.complaints.found());
    }
    return config;
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException malformed) {
      throw new ConfigException(List.of(file.getFileName() + " is not in UTF-8"));
    }
  }

  private ServerConfig server(Section top) {
    Section listenSection = top.section("listen");
    Map<TrustZoneName, ZoneRules> zones = new HashMap<>();
    Section zoneSections = top.section("trustZones");
    for (String id : zoneSections.keys()) {
      Section zone = zoneSections.section(id);
      zoneSections
          .checked(id, () -> new TrustZoneName(id))
          .flatMap(name -> zone(name, zone))
          .ifPresent(rules -> zones.put(rules.name(), rules));
    }
    Map<TenantName, ServerConfig.TenantRules> tenants = new HashMap<>();
    Section tenantSections = top.section("tenants");
    for (String id : tenantSections.keys()) {
      Section tenant = tenantSections.section(id);
      ServerConfig.TenantRules rules = tenant(tenant, zones.keySet());
      tenantSections
          .checked(id, () -> new TenantName(id))
          .ifPresent(name -> tenants.put(name, rules));
    }
    Path data =
        top.checked("data", () -> resolve(top.text("data", "data"))).orElse(resolve("data"));
    StoreReader stores = new StoreReader(this::resolve);
    ServerConfig.Listen listen = listen(listenSection);
    ServerConfig.Store store = stores.store(top.section("store"));
    if (store instanceof ServerConfig.Store.Etcd
        && EVERY_ADDRESS.contains(listen.address())
        && !listenSection.has("advertise")) {
      listenSection.complain(
          "advertise", "is required with store.kind etcd where address is every one of the host's");
    }
    return new ServerConfig(
        top.text("trustDomain", "holdfast.example"),
        listen,
        top.word("profile", ServerConfig.Profile.class, ServerConfig.Profile.PRODUCTION),
        data,
        store,
        stores.keys(top.section("keys"), data),
        pace(top.section("pace")),
        tenants,
        zones,
        SeriesReader.series(top.section("series"), this::resolve),
        metrics(top.section("metrics")),
        training(top.section("models")));
  }

  private static ServerConfig.Listen listen(Section section) {
    String advertise = section.text("advertise", "");
    return new ServerConfig.Listen(
        section.text("address", "127.0.0.1"),
        (int) section.integer("port", 7443, 0, 65535),
        advertise.isEmpty()
            ? Optional.empty()
            : section.checked("advertise", () -> ServerAddress.parse(advertise)));
  }

  private static Optional<ServerConfig.MetricsAddress> metrics(Section section) {
    String address = section.text("address", "127.0.0.1");
    if (section.has("port")) {
      int port = (int) section.integer("port", 0, 0, 65535);
      return Optional.of(new ServerConfig.MetricsAddress(address, port));
    }
    if (section.has("address")) {
      section.complain("port", "is required with address: 9464 is usual");
    }
    return Optional.empty();
  }

  private static ServerConfig.Pace pace(Section section) {
    ServerConfig.Pace usual = ServerConfig.Pace.DEFAULT;
    Duration hour = Duration.ofHours(1);
    return new ServerConfig.Pace(
        section.duration("heartbeat", usual.heartbeat(), SECOND, MINUTE),
        section.duration("sample", usual.sample(), Duration.ofMillis(100), hour),
        section.duration("report", usual.report(), Duration.ofMillis(100), hour),
        section.duration("attest", usual.attest(), SECOND, Duration.ofHours(12)),
        section.duration("train", usual.train(), SECOND, Duration.ofHours(24)),
        section.duration("orphan", usual.orphan(), MINUTE, MONTH));
  }

  private static ServerConfig.Training training(Section section) {
    ServerConfig.Training usual = ServerConfig.Training.DEFAULT;
    return new ServerConfig.Training(
        section.number("cpuShare", usual.cpuShare(), 0.01, 1),
        section.duration("interval", usual.interval(), MINUTE, MONTH),
        section.words("kinds", ModelKind.class, usual.kinds()));
  }

  private static ServerConfig.TenantRules tenant(Section section, Set<TrustZoneName> known) {
    Set<TrustZoneName> zones = new HashSet<>();
    for (String id : section.texts("trustZones")) {
      Optional<TrustZoneName> zone =
          known.stream().filter(name -> name.trustZone().equals(id)).findFirst();
      zone.ifPresent(zones::add);
      if (zone.isEmpty()) {
        section.complain("trustZones", "names a trust zone that is not configured");
      }
    }
    int priorityMax =
        (int) section.integer("priorityMax", Reservation.PRIORITY_MAX, 0, Reservation.PRIORITY_MAX);
    return new ServerConfig.TenantRules(
        amount(section.section("quota")),
        zones,
        priorityMax,
        section.word("modelKind", ModelKind.class));
  }

  private Optional<ZoneRules> zone(TrustZoneName name, Section section) {
    List<String> lists = section.texts("revocationLists");
    Map<EvidenceFormat, CertificatePath.Anchors> evidence = new EnumMap<>(EvidenceFormat.class);
    Section evidenceSection = section.section("evidenceAnchors");
    for (String key : evidenceSection.keys()) {
      CertificatePath.Anchors anchors =
          anchors(evidenceSection, key, evidenceSection.texts(key), lists);
      PolicyReader.format(evidenceSection, key).ifPresent(format -> evidence.put(format, anchors));
    }
    List<String> endorsement = section.texts("anchors");
    boolean keysOnly = section.has("platformKeys") || section.has("manifests");
    if (endorsement.isEmpty() && evidence.isEmpty() && !keysOnly) {
      section.complain("anchors", "is required: files with the certificates to trust, PEM or DER");
    }
    CertificatePath.Anchors anchors = anchors(section, "anchors", endorsement, lists);
    TrustFiles files = new TrustFiles(this::resolve);
    Set<NodeName> sites = new HashSet<>();
    for (String id : section.texts("attestedSites")) {
      section
          .checked("attestedSites", () -> new NodeName(name.trustZone(), id))
          .ifPresent(sites::add);
    }
    List<Manifest> manifests =
        files.manifests(section, manifest -> signers(section, manifest, lists), Instant.now());
    ImaReader ima = new ImaReader(this::resolve);
    Optional<PolicyRevision> policy = PolicyReader.revision(name, section, ima, manifests);
    Optional<ZoneRules.Outgoing> outgoing =
        section.has("outgoing")
            ? outgoing(name, section.section("outgoing"), ima, manifests)
            : Optional.empty();
    Optional<AllocationRules> allocation = allocation(section.section("allocation"));
    Optional<ControlRules> control = control(section.section("control"));
    SignalRules signals = signals(section.section("signals"));
    if (policy.isEmpty() || allocation.isEmpty() || control.isEmpty()) {
      return Optional.empty();
    }
    Map<Bytes, PublicKey> keys = files.platformKeys(section.section("platformKeys"));
    TrustFiles.requireFewKeys(section, keys, manifests);
    return Optional.of(
        new ZoneRules(
            name,
            new ZoneTrust(
                anchors,
                evidence,
                keys,
                files.collateral(section, evidence),
                sites,
                files.source(section)),
            policy.get(),
            outgoing,
            allocation.get(),
            control.get(),
            signals));
  }

  /** What the certificates of a manifest's signer must lead to; revoked ones count as elsewhere. */
  private CertificatePath.Anchors signers(Section zone, Section manifest, List<String> lists) {
    CertificatePath.Anchors anchors =
        anchors(manifest, "anchors", manifest.texts("anchors"), lists);
    return PolicyReader.revocationRequired(zone) ? anchors.requiringRevocation() : anchors;
  }

  private static Optional<ZoneRules.Outgoing> outgoing(
      TrustZoneName zone, Section section, ImaReader ima, List<Manifest> manifests) {
    Optional<Instant> until = section.instant("until");
    Optional<PolicyRevision> revision = PolicyReader.revision(zone, section, ima, manifests);
    return until.flatMap(end -> revision.map(r -> new ZoneRules.Outgoing(r, end)));
  }

  private CertificatePath.Anchors anchors(
      Section section, String key, List<String> certificateFiles, List<String> crlFiles) {
    List<Bytes> certificates = new ArrayList<>();
    List<Bytes> crls = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (String anchor : certificateFiles) {
        InputStream in = new ByteArrayInputStream(content(anchor));
        for (Certificate certificate : factory.generateCertificates(in)) {
          certificates.add(Bytes.of(certificate.getEncoded()));
        }
      }
      for (String crl : crlFiles) {
        crls.add(Bytes.of(content(crl)));
      }
      return CertificatePath.Anchors.parse(certificates, crls);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException unreadable) {
      section.complain(key, "cannot be read: " + unreadable.getMessage());
      return CertificatePath.Anchors.parse(List.of(), List.of());
    }
  }

  /** A pipe or a device would never end. */
  private byte[] content(String named) throws IOException {
    Path path = resolve(named);
    if (!Files.isRegularFile(path) || Files.size(path) > NAMED_FILE_BYTES_MAX) {
      throw new IOException(path + " is no file of at most 16 MiB");
    }
    return Files.readAllBytes(path);
  }

  private static Optional<AllocationRules> allocation(Section section) {
    ResourceVector amount = amount(section.section("defaultAmount"));
    if (amount.isZero()) {
      amount =
          ResourceVector.of(
              Map.of(Resource.CPU_MILLICORES, 500L, Resource.MEMORY_BYTES, 256L << 20));
    }
    AllocationRules usual = AllocationRules.of(amount);
    GrantRules grants =
        new GrantRules(
            section.duration(
                "grantLifetime",
                usual.grants().lifetime(),
                Duration.ofSeconds(5),
                Duration.ofHours(1)),
            section.number("safeLimitsRatio", usual.grants().safeLimitsRatio(), 0, 1));
    Optional<Quantile> quantile = section.word("quantile", Quantile.class);
    Duration interval = section.duration("intervalDefault", usual.intervalDefault(), MINUTE, MONTH);
    Duration lead =
        section.duration("leadTime", usual.leadTime(), Duration.ZERO, Duration.ofHours(1));
    ResourceVector chosen = amount;
    return section.checked(
        "defaultAmount", () -> new AllocationRules(quantile, chosen, interval, lead, grants));
  }

  private static Optional<ControlRules> control(Section section) {
    ControlRules usual = ControlRules.DEFAULT;
    boolean enabled = section.flag("enabled", usual.enabled());
    Duration period = section.duration("period", usual.period(), SECOND, Duration.ofMinutes(10));
    double target = section.number("targetRatio", usual.targetRatio(), 0.01, 1);
    Gains gains =
        new Gains(
            section.number("proportionalGain", usual.gains().proportional(), 0, 10),
            section.number("integralGain", usual.gains().integral(), 0, 1),
            section.number("derivativeGain", usual.gains().derivative(), 0, 100));
    double step = section.number("stepRatioMax", usual.stepRatioMax(), 0.01, 1);
    double hysteresis = section.number("hysteresisRatio", usual.hysteresisRatio(), 0, 1);
    double reattest = section.number("reattestRatio", usual.reattestRatio(), 0.01, 10);
    ResourceVector minimum = amount(section.section("minimum"));
    return Optional.of(
        new ControlRules(enabled, period, target, gains, step, hysteresis, reattest, minimum));
  }

  private static SignalRules signals(Section section) {
    SignalRules usual = SignalRules.DEFAULT;
    Map<Finding.Kind, Remedy> remedies = new EnumMap<>(Finding.Kind.class);
    Section kinds = section.section("remedies");
    for (Finding.Kind kind : Finding.Kind.values()) {
      remedies.put(kind, kinds.word(key(kind), Remedy.class, Remedy.ALERT));
    }
    return new SignalRules(
        remedies,
        section.flag("dryRun", usual.dryRun()),
        (int) section.integer("remediesPerHour", usual.perHourMax(), 0, SignalRules.PER_HOUR_MOST),
        section.number("throttleRatio", usual.throttleRatio(), 0.01, 0.99));
  }

  private static ResourceVector amount(Section section) {
    ResourceVector amount = ResourceVector.ZERO;
    for (Resource resource : Resource.values()) {
      amount =
          amount.with(resource, section.integer(key(resource), 0, 0, ResourceVector.AMOUNT_MAX));
    }
    return amount;
  }

  /** CPU_MILLICORES as {@code cpuMillicores}. */
  static String key(Enum<?> constant) {
    StringBuilder key = new StringBuilder();
    for (String word : constant.name().toLowerCase(Locale.ROOT).split("_", -1)) {
      key.append(key.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return key.toString();
  }

  private Path resolve(String path) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? Path.of(path) : parent.resolve(path).normalize();
  }
}
