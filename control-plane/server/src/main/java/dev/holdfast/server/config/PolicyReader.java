package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.NodeName;
import dev.holdfast.attestation.Pcr;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.PolicyName;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.Verdict;
import dev.holdfast.attestation.eventlog.Demand;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventType;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.policy.Policy;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.policy.RoleRules;
import dev.holdfast.attestation.policy.TcbWaiver;
import dev.holdfast.attestation.policy.TeeRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads one revision of a zone's policy: its sections {@code policy} and {@code references}. */
final class PolicyReader {
  private static final String MEASUREMENTS = "measurements";
  private static final String DEVICES = "devices";
  private static final String FILE_LISTS = "fileLists";

  private PolicyReader() {}

  static Optional<PolicyRevision> revision(TrustZoneName zone, Section section, ImaReader ima) {
    return revision(zone, section, ima, List.of());
  }

  static Optional<PolicyRevision> revision(
      TrustZoneName zone, Section section, ImaReader ima, List<Manifest> manifests) {
    Section policy = section.section("policy");
    Map<Role, RoleRules> roles = new EnumMap<>(Role.class);
    Section roleSections = policy.section("roles");
    for (String key : roleSections.keys()) {
      Section role = roleSections.section(key);
      role(roleSections, key)
          .ifPresent(known -> roleRules(role, ima).ifPresent(r -> roles.put(known, r)));
    }
    Optional<PolicyName> name =
        policy.checked(
            "name",
            () ->
                new PolicyName(
                    policy.text("name", zone.trustZone()),
                    policy.integer("revision", 1, 1, Long.MAX_VALUE)));
    Duration skew =
        policy.duration(
            "clockSkewMax", Policy.CLOCK_SKEW_DEFAULT, Duration.ZERO, Duration.ofMinutes(5));
    boolean revocation = revocationRequired(section);
    ReferenceValues references = references(zone, section.section("references"), ima);
    return name.map(
        known ->
            new PolicyRevision(new Policy(known, roles, skew), references, manifests, revocation));
  }

  /** Whether revocation data must be at hand and current for every certificate. */
  static boolean revocationRequired(Section section) {
    return section.section("policy").flag("revocationRequired", true);
  }

  private static Optional<RoleRules> roleRules(Section section, ImaReader ima) {
    RoleRules usual = RoleRules.DEFAULT;
    Verdict worst = section.word("verdictMax", Verdict.class, usual.verdictMax());
    Set<EvidenceFormat> formats = new HashSet<>();
    for (String word : section.texts("formats")) {
      format(section, "formats", word).ifPresent(formats::add);
    }
    List<PcrSelection> selections = new ArrayList<>();
    Section registers = section.section("pcrs");
    for (String key : registers.keys()) {
      bank(registers, key)
          .ifPresent(bank -> selection(registers, key, bank).ifPresent(selections::add));
    }
    List<String> measurements = section.texts(MEASUREMENTS);
    Duration age =
        section.duration(
            "evidenceAgeMax", usual.evidenceAgeMax(), Duration.ofSeconds(10), Duration.ofHours(24));
    boolean events = section.flag("eventsRequired", usual.eventsRequired());
    EventLogRules eventLog = eventLog(section.section("eventLog"));
    Optional<ImaRules> files = ima.rules(section);
    if (files.isPresent() && !formats.isEmpty() && !formats.contains(EvidenceFormat.TPM2_QUOTE)) {
      section.complain("ima", "is about files measured beside TPM quotes: accept tpm2-quote");
    }
    Optional<TeeRules> tee = teeRules(section);
    return tee.flatMap(
        rules ->
            section.checked(
                "pcrs",
                () ->
                    new RoleRules(
                        worst,
                        formats.isEmpty() ? usual.formats() : formats,
                        selections.isEmpty() ? usual.pcrSelections() : selections,
                        measurements,
                        age,
                        events,
                        eventLog,
                        files,
                        rules)));
  }

  private static EventLogRules eventLog(Section section) {
    EventLogRules rules = EventLogRules.STRICT;
    for (String word : section.texts("waived")) {
      Optional<Demand> demand = Demand.of(word);
      if (demand.isPresent()) {
        rules = rules.without(demand.get());
      } else {
        section.complain(
            "waived",
            "is none of "
                + Arrays.stream(Demand.values())
                    .map(Demand::word)
                    .collect(Collectors.joining(", ")));
      }
    }
    Set<EventType> unchecked = EnumSet.noneOf(EventType.class);
    for (String word : section.texts("dataUnchecked")) {
      section.checked("dataUnchecked", () -> EventType.valueOf(word)).ifPresent(unchecked::add);
    }
    return unchecked.isEmpty() ? rules : rules.withDataUnchecked(unchecked);
  }

  private static Optional<TeeRules> teeRules(Section section) {
    TeeRules usual = TeeRules.STRICT;
    boolean debug = section.flag("debugAllowed", usual.debugAllowed());
    boolean vcek = section.flag("vcekRequired", usual.vcekRequired());
    boolean provisional =
        section.flag("provisionalFirmwareAllowed", usual.provisionalFirmwareAllowed());
    int vmpl = (int) section.integer("vmplMax", usual.vmplMax(), 0, 3);
    boolean site = section.flag("siteAttestationRequired", usual.siteAttestationRequired());
    List<TcbWaiver> waivers = new ArrayList<>();
    for (Section waiver : section.sections("tcbWaivers")) {
      String status = waiver.text("status");
      Set<String> advisories = new HashSet<>(waiver.texts("advisories"));
      String reason = waiver.text("reason");
      waiver
          .instant("until")
          .flatMap(
              until ->
                  waiver.checked("status", () -> new TcbWaiver(status, advisories, until, reason)))
          .ifPresent(waivers::add);
    }
    SortedMap<String, Long> floors = new TreeMap<>();
    Section versions = section.section("versionFloors");
    for (String name : versions.keys()) {
      floors.put(name, versions.integer(name, 0, 0, Long.MAX_VALUE));
    }
    Map<String, Set<String>> words = new TreeMap<>();
    Section demanded = section.section("words");
    for (String name : demanded.keys()) {
      words.put(name, Set.copyOf(demanded.texts(name)));
    }
    return section.checked(
        "tcbWaivers",
        () -> new TeeRules(debug, waivers, vcek, provisional, vmpl, site, floors).withWords(words));
  }

  private static Optional<PcrSelection> selection(Section section, String key, PcrBank bank) {
    return section.checked(
        key,
        () -> new PcrSelection(bank, section.texts(key).stream().map(Integer::valueOf).toList()));
  }

  private static ReferenceValues references(TrustZoneName zone, Section section, ImaReader ima) {
    Map<Role, Map<String, Set<Bytes>>> byRole = new EnumMap<>(Role.class);
    Map<NodeName, Map<String, Set<Bytes>>> byNode = new HashMap<>();
    Map<NodeName, Map<String, Bytes>> devices = new HashMap<>();
    Section roles = section.section("roles");
    for (String key : roles.keys()) {
      Section ofRole = roles.section(key);
      Map<String, Set<Bytes>> values = values(ofRole, Set.of(FILE_LISTS));
      ima.addLists(ofRole, FILE_LISTS, values);
      role(roles, key).ifPresent(role -> byRole.put(role, values));
    }
    Section nodes = section.section("nodes");
    for (String key : nodes.keys()) {
      Section node = nodes.section(key);
      Map<String, Bytes> keys = devices(node.section(DEVICES));
      Map<String, Set<Bytes>> values = values(node, Set.of(DEVICES, FILE_LISTS));
      ima.addLists(node, FILE_LISTS, values);
      nodes
          .checked(key, () -> new NodeName(zone.trustZone(), key))
          .ifPresent(
              name -> {
                byNode.put(name, values);
                devices.put(name, keys);
              });
    }
    return section
        .checked("roles", () -> new ReferenceValues(byRole, byNode, devices))
        .orElse(ReferenceValues.NONE);
  }

  private static Map<String, Bytes> devices(Section section) {
    Map<String, Bytes> keys = new HashMap<>();
    for (String component : section.keys()) {
      section
          .checked(component, () -> Bytes.fromHex(section.text(component)))
          .ifPresent(digest -> keys.put(component, digest));
    }
    return keys;
  }

  private static Map<String, Set<Bytes>> values(Section section, Set<String> beside) {
    Map<String, Set<Bytes>> values = new HashMap<>();
    for (String key : section.keys()) {
      if (beside.contains(key)) {
        continue;
      }
      Section named = section.section(key);
      Optional<PcrBank> bank = key.equals(MEASUREMENTS) ? Optional.empty() : bank(section, key);
      for (String name : named.keys()) {
        Optional<String> claim =
            key.equals(MEASUREMENTS)
                ? Optional.of(name)
                : bank.flatMap(
                    known ->
                        named.checked(name, () -> new Pcr(known, Integer.parseInt(name)).claim()));
        Optional<Set<Bytes>> allowed =
            named.checked(
                name,
                () -> named.texts(name).stream().map(Bytes::fromHex).collect(Collectors.toSet()));
        claim.ifPresent(known -> allowed.ifPresent(a -> values.put(known, a)));
      }
    }
    return values;
  }

  /** The format that a key of a section names. */
  static Optional<EvidenceFormat> format(Section section, String key) {
    return format(section, key, key);
  }

  private static Optional<EvidenceFormat> format(Section section, String key, String word) {
    Optional<EvidenceFormat> format = EvidenceFormat.of(word);
    if (format.isEmpty()) {
      List<String> known =
          Arrays.stream(EvidenceFormat.values()).map(EvidenceFormat::word).toList();
      section.complain(
          key,
          "names no format: "
              + word
              + Nearest.to(word, Set.copyOf(known))
                  .map(near -> "; did you mean " + near + "?")
                  .orElse(". Formats are " + String.join(", ", known)));
    }
    return format;
  }

  private static Optional<Role> role(Section section, String key) {
    return role(section, key, key);
  }

  static Optional<Role> role(Section section, String key, String word) {
    Map<String, Role> known = new LinkedHashMap<>();
    for (Role role : Role.values()) {
      known.put(role.name().toLowerCase(Locale.ROOT).replace('_', '-'), role);
    }
    Optional<Role> role = Optional.ofNullable(known.get(word));
    if (role.isEmpty()) {
      section.complain(
          key,
          "names no role: "
              + word
              + Nearest.to(word, known.keySet())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse(". Roles are " + String.join(", ", known.keySet())));
    }
    return role;
  }

  private static Optional<PcrBank> bank(Section section, String key) {
    for (PcrBank bank : PcrBank.values()) {
      if (bank.label().equals(key)) {
        return Optional.of(bank);
      }
    }
    section.complain(key, "is no bank: sha256, sha384 or sha512");
    return Optional.empty();
  }
}
