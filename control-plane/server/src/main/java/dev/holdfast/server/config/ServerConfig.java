package dev.holdfast.server.config;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.pam.model.ResourceVector;
import dev.holdfast.pam.model.TenantName;
import dev.holdfast.pam.registry.ModelKind;
import dev.holdfast.pam.reservation.Reservation;
import dev.holdfast.proto.replica.ServerAddress;
import dev.holdfast.store.kv.EtcdTls;
import dev.holdfast.store.seal.Pkcs11Token;
import dev.holdfast.store.series.PostgresOptions;
import dev.holdfast.store.series.Retention;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What operators decide before the server starts.
 *
 * @param trustDomain whose SPIFFE IDs count
 * @param listen where to listen
 * @param profile how open it is
 * @param data the directory of keys, the embedded store and the usage series
 * @param store where the ledger is kept
 * @param keys where the keys are that wrap its data keys
 * @param pace how often things happen
 * @param tenants who may reserve
 * @param zones what is trusted where
 * @param series where usage is kept, and how long
 * @param metrics where they are served; empty: nowhere
 * @param models how models are trained
 */
public record ServerConfig(
    String trustDomain,
    Listen listen,
    Profile profile,
    Path data,
    Store store,
    Keys keys,
    Pace pace,
    Map<TenantName, TenantRules> tenants,
    Map<TrustZoneName, ZoneRules> zones,
    Series series,
    Optional<MetricsAddress> metrics,
    Training models) {
  /** Copies the maps. */
  public ServerConfig {
    tenants = Map.copyOf(tenants);
    zones = Map.copyOf(zones);
  }

  /**
   * One that keeps usage in a file below the data directory, for the usual time, and serves no
   * metrics.
   */
  public ServerConfig(
      String trustDomain,
      Listen listen,
      Profile profile,
      Path data,
      Store store,
      Keys keys,
      Pace pace,
      Map<TenantName, TenantRules> tenants,
      Map<TrustZoneName, ZoneRules> zones) {
    this(
        trustDomain,
        listen,
        profile,
        data,
        store,
        keys,
        pace,
        tenants,
        zones,
        Series.DEFAULT,
        Optional.empty(),
        Training.DEFAULT);
  }

  /** How open the server is. */
  public enum Profile {
    /** Reflection is on. */
    DEVELOPMENT,
    /** Reflection is off. */
    PRODUCTION
  }

  /**
   * Where to listen.
   *
   * @param address an IP address, or a name of this host
   * @param port 0 for any free one
   * @param advertise what callers are told when this replica leads; empty: where it listens
   */
  public record Listen(String address, int port, Optional<ServerAddress> advertise) {
    /** Callers are told where it listens. */
    public Listen(String address, int port) {
      this(address, port, Optional.empty());
    }
  }

  /**
   * Where Prometheus reads metrics, over plain HTTP and without being asked who it is.
   *
   * @param address an IP address, or a name of this host
   * @param port 0 for any free one
   */
  public record MetricsAddress(String address, int port) {}

  /** Where the ledger is kept. */
  public sealed interface Store {
    /** The shard of who names none. */
    String SHARD_DEFAULT = "main";

    /** The name of the shard that a server leads, or stands for. */
    String shard();

    /** In one file below the data directory. */
    record Embedded() implements Store {
      @Override
      public String shard() {
        return SHARD_DEFAULT;
      }
    }

    /**
     * In an etcd cluster.
     *
     * @param endpoints such as {@code http://127.0.0.1:2379}; all https with TLS
     * @param tls empty only for members on this machine that nobody else can reach
     * @param shard what the trust zones of this server are led as, by one of the replicas of the
     *     same shard
     * @param leadership how long a leader that fell silent leads on: 2 seconds to 1 minute
     */
    record Etcd(List<URI> endpoints, Optional<EtcdTls> tls, String shard, Duration leadership)
        implements Store {
      /** How long a leader that fell silent leads on, unless said otherwise. */
      public static final Duration LEADERSHIP_DEFAULT = Duration.ofSeconds(5);

      /** Copies the list. */
      public Etcd {
        endpoints = List.copyOf(endpoints);
      }
    }
  }

  /** Where the keys are that wrap the data keys of the ledger. */
  public sealed interface Keys {
    /**
     * In a file that only the server's user can reach.
     *
     * @param path made with the first key where there is none
     */
    record File(Path path) implements Keys {}

    /** In a PKCS #11 token. */
    record Token(Pkcs11Token token) implements Keys {}
  }

  /**
   * Where usage is kept, and how long.
   *
   * @param database empty for a file below the data directory
   * @param retention for each grain
   */
  public record Series(Optional<PostgresOptions> database, Retention retention) {
    /** In a file, for the usual time. */
    public static final Series DEFAULT = new Series(Optional.empty(), Retention.DEFAULT);
  }

  /**
   * How often things happen.
   *
   * @param heartbeat how long a session may be silent: 1 second to 1 minute
   * @param sample a sampling period of usage: 100 ms to 1 hour
   * @param report how often usage is reported: at least {@code sample}
   * @param attest how often each pathway is attested again: 1 second to 12 hours
   * @param train how often models are trained, if there are new samples: 1 second to 24 hours
   * @param orphan how long a node keeps what it holds without a session: 1 minute to 31 days
   */
  public record Pace(
      Duration heartbeat,
      Duration sample,
      Duration report,
      Duration attest,
      Duration train,
      Duration orphan) {
    /** For production: seconds and minutes. */
    public static final Pace DEFAULT =
        new Pace(
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofMinutes(10),
            Duration.ofHours(1));
  }

  /**
   * How models are trained in the background.
   *
   * @param cpuShare of one core: 0.01 to 1
   * @param interval how often one of each kind is trained unasked: 1 minute to 31 days
   * @param kinds the kinds that are trained unasked
   */
  public record Training(double cpuShare, Duration interval, Set<ModelKind> kinds) {
    /** Trees, with a quarter of a core, once a day. */
    public static final Training DEFAULT =
        new Training(0.25, Duration.ofHours(24), Set.of(ModelKind.XGBOOST));

    /** Copies the set. */
    public Training {
      kinds = Set.copyOf(kinds);
    }
  }

  /**
   * What a tenant may have.
   *
   * @param quota the most that it may hold at once
   * @param trustZones which zones it may use
   * @param priorityMax the highest priority that it may ask for, 0 to 1000
   * @param modelKind the kind of model that forecasts its workloads; empty: the champion, of
   *     whatever kind
   */
  public record TenantRules(
      ResourceVector quota,
      Set<TrustZoneName> trustZones,
      int priorityMax,
      Optional<ModelKind> modelKind) {
    /** Copies the set, and refuses a priority out of range. */
    public TenantRules {
      trustZones = Set.copyOf(trustZones);
      if (priorityMax < 0 || priorityMax > Reservation.PRIORITY_MAX) {
        throw new IllegalArgumentException("priorities are 0 to " + Reservation.PRIORITY_MAX);
      }
    }
  }

  /** The rules of a zone; a zone that was never configured is not found. */
  public ZoneRules zone(TrustZoneName name) {
    ZoneRules rules = zones.get(name);
    if (rules == null) {
      throw new Refusal(new Problem.NotFound(name.toString()));
    }
    return rules;
  }

  /** The rules of a tenant; one that was never configured is not found. */
  public TenantRules tenant(TenantName name) {
    TenantRules rules = tenants.get(name);
    if (rules == null) {
      throw new Refusal(new Problem.NotFound(name.toString()));
    }
    return rules;
  }

  /** The kind of model that forecasts a tenant's workloads; empty: whoever leads. */
  public Optional<ModelKind> modelKind(TenantName name) {
    return Optional.ofNullable(tenants.get(name)).flatMap(TenantRules::modelKind);
  }
}
