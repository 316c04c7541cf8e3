package dev.holdfast.server.config;

import dev.holdfast.store.kv.EtcdTls;
import dev.holdfast.store.kv.Lease;
import dev.holdfast.store.ledger.Ledger;
import dev.holdfast.store.seal.KeyFailure;
import dev.holdfast.store.seal.Pkcs11Token;
import dev.holdfast.store.seal.PrivateFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads where the ledger is kept, and where the keys are that wrap its data keys. */
final class StoreReader {
  private static final List<String> TOKEN_KEYS =
      List.of("library", "slot", "tokenLabel", "pinFile", "keyLabel");

  private final Function<String, Path> resolve;

  StoreReader(Function<String, Path> resolve) {
    this.resolve = resolve;
  }

  ServerConfig.Store store(Section section) {
    List<URI> endpoints = new ArrayList<>();
    for (String endpoint : section.texts("endpoints")) {
      section.checked("endpoints", () -> URI.create(endpoint)).ifPresent(endpoints::add);
    }
    Optional<EtcdTls> tls = section.has("tls") ? tls(section.section("tls")) : Optional.empty();
    String shard = section.text("shard", ServerConfig.Store.SHARD_DEFAULT);
    section.checked("shard", () -> new Ledger.Settings(shard, 1));
    Duration leadership =
        section.duration(
            "leadership",
            ServerConfig.Store.Etcd.LEADERSHIP_DEFAULT,
            Lease.TIME_TO_LIVE_MIN,
            Duration.ofMinutes(1));
    return switch (section.text("kind", "embedded")) {
      case "embedded" -> new ServerConfig.Store.Embedded();
      case "etcd" -> {
        if (endpoints.isEmpty()) {
          section.complain("endpoints", "is required with kind etcd");
        }
        String scheme = section.has("tls") ? "https" : "http";
        if (endpoints.stream()
            .anyMatch(one -> !scheme.equals(one.getScheme()) || one.getHost() == null)) {
          section.complain(
              "endpoints",
              "is a list of URLs such as %s://127.0.0.1:2379, which are https with store.tls and http without"
                  .formatted(scheme));
        }
        yield new ServerConfig.Store.Etcd(endpoints, tls, shard, leadership);
      }
      default -> {
        section.complain("kind", "is one of embedded, etcd");
        yield new ServerConfig.Store.Embedded();
      }
    };
  }

  private Optional<EtcdTls> tls(Section section) {
    Optional<Path> ca = path(section, "ca");
    Optional<Path> certificate = path(section, "certificate");
    Optional<Path> key = privateFile(section, "key");
    return ca.flatMap(
        roots -> certificate.flatMap(own -> key.map(secret -> new EtcdTls(roots, own, secret))));
  }

  /**
   * The key provider.
   *
   * @param data the folder that the file of keys is in where nothing else is said
   */
  ServerConfig.Keys keys(Section section, Path data) {
    ServerConfig.Keys usual =
        new ServerConfig.Keys.File(data.resolve("keys").resolve("wrapping.keys"));
    return switch (section.text("provider", "file")) {
      case "file" -> {
        TOKEN_KEYS.stream()
            .filter(section::has)
            .forEach(key -> section.complain(key, "belongs to provider pkcs11"));
        TOKEN_KEYS.forEach(section::texts);
        yield section.has("file")
            ? path(section, "file")
                .<ServerConfig.Keys>map(ServerConfig.Keys.File::new)
                .orElse(usual)
            : usual;
      }
      case "pkcs11" ->
          token(section).<ServerConfig.Keys>map(ServerConfig.Keys.Token::new).orElse(usual);
      default -> {
        section.complain("provider", "is one of file, pkcs11");
        yield usual;
      }
    };
  }

  private Optional<Pkcs11Token> token(Section section) {
    Optional<Path> library = path(section, "library");
    Optional<Path> pin = privateFile(section, "pinFile");
    int place = (int) section.integer("slot", 0, 0, 63);
    String label = section.text("tokenLabel", "");
    String keyLabel = section.text("keyLabel", "holdfast");
    if (section.has("slot") && section.has("tokenLabel")) {
      section.complain("slot", "and tokenLabel both name a token: remove one");
    }
    Optional<Pkcs11Token.Slot> slot =
        section.has("tokenLabel")
            ? section.checked("tokenLabel", () -> new Pkcs11Token.Slot.Label(label))
            : Optional.of(new Pkcs11Token.Slot.Place(place));
    if (library.isEmpty() || pin.isEmpty() || slot.isEmpty()) {
      return Optional.empty();
    }
    return section.checked(
        "library", () -> new Pkcs11Token(library.get(), slot.get(), pin.get(), keyLabel));
  }

  private Optional<Path> path(Section section, String key) {
    String text = section.text(key);
    return text.isEmpty()
        ? Optional.empty()
        : section.checked(key, () -> resolve.apply(text).toAbsolutePath());
  }

  /** A file that is there and that nobody else can reach. */
  private Optional<Path> privateFile(Section section, String key) {
    Optional<Path> path = path(section, key);
    try {
      path.ifPresent(PrivateFile::require);
      return path;
    } catch (KeyFailure exposed) {
      section.complain(key, "cannot be used: " + exposed.getMessage());
      return Optional.empty();
    }
  }
}
