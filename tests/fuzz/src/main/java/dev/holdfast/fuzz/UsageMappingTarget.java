package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.server.config.ConfigException;
import dev.holdfast.server.config.MappingReader;
import dev.holdfast.server.config.UsageMapping;
import java.nio.file.Path;
import java.util.List;

/** Mappings from Prometheus to usage: one that the server takes, or complaints. */
final class UsageMappingTarget implements Target {
  private static final String WHOLE =
      """
      name: a
      source: https://prometheus.example
      tokenFile: token
      step: 1m
      tenant: {label: namespace}
      image: {label: image, digests: {"orders:1": %s}}
      user: {value: ada}
      by: [pod]
      resources: {cpuMillicores: "sum(rate(x[1m]))"}
      inputs: {rows: {query: rows}, region: {value: eu}}
      """
          .formatted("ab".repeat(32));

  @Override
  public Class<?> reader() {
    return MappingReader.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.utf8(WHOLE));
  }

  /** One file. */
  @Override
  public void read(byte[] data) {
    try {
      UsageMapping mapping = MappingReader.read("m", Bytes.of(data), Path.of("."));
      if (!mapping.id().matches("[a-z][a-z0-9-]{0,62}") || mapping.resources().isEmpty()) {
        throw new IllegalStateException("a mapping that is none was accepted");
      }
    } catch (ConfigException wrong) {
      if (wrong.complaints().isEmpty()) {
        throw new IllegalStateException("a mapping was refused without a word");
      }
    }
  }
}
