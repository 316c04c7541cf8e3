package dev.holdfast.server.config;

import dev.holdfast.store.series.Grain;
import dev.holdfast.store.series.PostgresOptions;
import dev.holdfast.store.series.Retention;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads where usage is kept, and how long. */
final class SeriesReader {
  private static final int CONNECTIONS = 4;

  private SeriesReader() {}

  static ServerConfig.Series series(Section section, Function<String, Path> resolve) {
    Retention retention = retention(section.section("retention"));
    return switch (section.text("kind", "embedded")) {
      case "embedded" -> new ServerConfig.Series(Optional.empty(), retention);
      case "postgresql" -> new ServerConfig.Series(database(section, resolve), retention);
      default -> {
        section.complain("kind", "is one of embedded, postgresql");
        yield ServerConfig.Series.DEFAULT;
      }
    };
  }

  private static Optional<PostgresOptions> database(
      Section section, Function<String, Path> resolve) {
    String address = section.text("database");
    String user = section.text("user");
    int connections =
        (int) section.integer("connections", CONNECTIONS, 1, PostgresOptions.CONNECTIONS_MAX);
    Optional<Path> password = file(section, "passwordFile", resolve);
    Optional<Path> roots = file(section, "trustRoots", resolve);
    if (address.isEmpty() || user.isEmpty()) {
      return Optional.empty();
    }
    return section.checked(
        "database",
        () -> new PostgresOptions(URI.create(address), user, password, roots, connections));
  }

  private static Optional<Path> file(Section section, String key, Function<String, Path> resolve) {
    String name = section.text(key, "");
    return name.isEmpty() ? Optional.empty() : section.checked(key, () -> resolve.apply(name));
  }

  private static Retention retention(Section section) {
    Map<Grain, Duration> spans = new EnumMap<>(Grain.class);
    for (Grain grain : Grain.values()) {
      spans.put(
          grain,
          section.duration(
              key(grain), Retention.DEFAULT.of(grain), Retention.least(grain), Retention.MOST));
    }
    return new Retention(spans);
  }

  private static String key(Grain grain) {
    return switch (grain) {
      case SAMPLE -> "samples";
      case SECOND -> "seconds";
      case TEN_SECONDS -> "tenSeconds";
      case MINUTE -> "minutes";
      case FIVE_MINUTES -> "fiveMinutes";
      case HOUR -> "hours";
    };
  }
}
