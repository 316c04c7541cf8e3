package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import dev.holdfast.server.config.ZoneRules;
import dev.holdfast.server.identity.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Configuration files: a configuration or complaints. It reads them below the working directory,
 * where it makes an anchor for them to name.
 */
final class ConfigTarget implements Target {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-03-01T12:00:00Z"));

  private static final String WHOLE =
      """
      trustDomain: a.example
      listen: {address: 127.0.0.1, port: 7443}
      profile: production
      data: data
      store: {kind: etcd, endpoints: [http://127.0.0.1:2379]}
      pace: {heartbeat: 10s, attest: 5m}
      tenants:
        acme: {quota: {cpuMillicores: 16_000}, trustZones: [edge]}
      trustZones:
        edge:
          anchors: maker/root.pem
          policy:
            revision: 2
            clockSkewMax: 30s
            roles:
              switch: {verdictMax: warning, pcrs: {sha256: [0, 7]}, eventsRequired: true}
          references:
            nodes: {sw-1: {sha256: {7: []}}}
          allocation: {quantile: p95, defaultAmount: {cpuMillicores: 500}, leadTime: 30s}
          control: {enabled: true, targetRatio: 0.8}
      """;

  private final Path folder = Path.of("").toAbsolutePath();

  @Override
  public Class<?> reader() {
    return ConfigReader.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8(WHOLE),
        Bytes.utf8("listen: &a {port: 1}\nstore: *a\n"),
        Bytes.utf8("trustZones: {? [edge] : {anchors: \"\\0\"}, ? b : !!int 1}\n"));
  }

  /** One file. */
  @Override
  public void read(byte[] data) throws IOException {
    Path maker = folder.resolve("maker");
    if (!Files.exists(maker)) {
      CertificateAuthority.open(maker, "maker.example", CLOCK);
    }
    Path file = folder.resolve("holdfast.yaml");
    Files.write(file, data);
    try {
      require(ConfigReader.read(file));
    } catch (ConfigException wrong) {
      if (wrong.complaints().isEmpty()) {
        throw new IllegalStateException("a configuration was refused without a word");
      }
    }
  }

  private void require(ServerConfig config) {
    if (!config.data().isAbsolute()
        || config.listen().port() < 0
        || config.listen().port() > 65_535
        || config.pace().heartbeat().toSeconds() < 1) {
      throw new IllegalStateException("a configuration out of range was accepted");
    }
    for (ZoneRules zone : config.zones().values()) {
      if (zone.trust().endorsement().certificates().isEmpty()
          && zone.trust().evidence().isEmpty()) {
        throw new IllegalStateException("a zone that trusts nothing was accepted");
      }
    }
  }
}
