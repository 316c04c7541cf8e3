package dev.holdfast.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * An etcd cluster of three members, for as long as this object is open, with means to break it.
 *
 * <p>Where that is permitted each member is in a network namespace of its own, with one link to the
 * other members and one to the clients; else all are on loopback, and no link can be cut. Members
 * keep their data in the directory, and are known to be the ones started: see {@link Etcd}.
 */
public final class EtcdCluster implements AutoCloseable {
  /** How many members there are. */
  public static final int MEMBERS = 3;

  /** How long a cluster that is whole again may take to serve. */
  public static final Duration RECOVERY = Duration.ofSeconds(30);

  private static final Duration CALL_DEADLINE = Duration.ofSeconds(10);
  private static final int CLIENT_PORT = 2379;
  private static final int PEER_PORT = 2380;

  private final Path directory;
  private final Options options;
  private final Optional<Namespaces> namespaces;
  private final List<URI> clients;
  private final EtcdIdentity identity;
  private final EtcdGateway gateway = new EtcdGateway(Optional.empty());
  private final List<LocalProcess> processes = new ArrayList<>();

  /**
   * How it is set up.
   *
   * @param quotaBytes how large a member's database may grow ({@code --quota-backend-bytes})
   * @param dataDirectories where members keep their data; for those not named, below the directory
   */
  public record Options(long quotaBytes, Map<Integer, Path> dataDirectories) {
    /** etcd's own: 2 GiB, everything below the directory. */
    public static final Options DEFAULT = new Options(2L << 30, Map.of());

    /** Copies the map. */
    public Options {
      dataDirectories = Map.copyOf(dataDirectories);
    }
  }

  private EtcdCluster(Path directory, Options options, Optional<Namespaces> namespaces)
      throws IOException {
    this.directory = directory;
    this.options = options;
    this.namespaces = namespaces;
    var peers = new ArrayList<String>();
    var endpoints = new ArrayList<URI>();
    List<Integer> ports = namespaces.isPresent() ? List.of() : FreePorts.of(2 * MEMBERS);
    for (int member = 0; member < MEMBERS; member++) {
      if (namespaces.isPresent()) {
        Namespaces machines = namespaces.get();
        endpoints.add(URI.create("http://" + machines.clientAddress(member) + ":" + CLIENT_PORT));
        peers.add("http://" + machines.peerAddress(member) + ":" + PEER_PORT);
      } else {
        endpoints.add(URI.create("http://127.0.0.1:" + ports.get(member)));
        peers.add("http://127.0.0.1:" + ports.get(MEMBERS + member));
      }
    }
    this.clients = List.copyOf(endpoints);
    Files.createDirectories(directory);
    this.identity = EtcdIdentity.in(directory, peers);
  }

  /**
   * Starts the members and waits until each serves.
   *
   * @param directory created when it is missing; a member's log is {@code member-N.log} in it
   * @throws IllegalStateException when one exits, or does not serve within 30 s
   */
  public static EtcdCluster start(Path directory, Options options) {
    Optional<Namespaces> namespaces =
        Namespaces.permitted() ? Optional.of(Namespaces.make(MEMBERS)) : Optional.empty();
    EtcdCluster cluster;
    try {
      cluster = new EtcdCluster(directory, options, namespaces);
    } catch (IOException e) {
      namespaces.ifPresent(Namespaces::close);
      throw new UncheckedIOException("cannot use " + directory + " for etcd", e);
    }
    try {
      for (int member = 0; member < MEMBERS; member++) {
        cluster.processes.add(cluster.launch(member));
      }
      cluster.awaitServing(Etcd.START_DEADLINE);
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
    return cluster;
  }

  private LocalProcess launch(int member) {
    Path data =
        Optional.ofNullable(options.dataDirectories().get(member))
            .orElseGet(() -> directory.resolve("member-" + member));
    String client = clients.get(member).toString();
    String peer = identity.peers().get(member);
    var members = new ArrayList<String>();
    for (int each = 0; each < MEMBERS; each++) {
      members.add("m" + each + "=" + identity.peers().get(each));
    }
    var command = new ArrayList<String>();
    namespaces.ifPresent(machines -> command.addAll(machines.on(member)));
    command.addAll(
        List.of(
            Etcd.PROGRAM,
            "--name=m" + member,
            "--data-dir=" + data.resolve("member-data"),
            "--listen-client-urls=" + client,
            "--advertise-client-urls=" + client,
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=" + String.join(",", members),
            "--initial-cluster-token=" + identity.token(),
            "--quota-backend-bytes=" + options.quotaBytes(),
            "--heartbeat-interval=150",
            "--election-timeout=1500",
            "--log-outputs=stderr",
            "--logger=zap",
            "--log-level=warn"));
    return LocalProcess.start(
        "etcd member " + member,
        command,
        Map.of("ETCD_UNSUPPORTED_ARCH", System.getProperty("os.arch", "")),
        directory.resolve("member-" + member + ".log"));
  }

  /** Where clients reach the members. */
  public List<URI> endpoints() {
    return clients;
  }

  /** The process of a member, 0 to 2. */
  public LocalProcess process(int member) {
    return processes.get(member);
  }

  /** Whether links can be cut: the members are in network namespaces. */
  public boolean separable() {
    return namespaces.isPresent();
  }

  /** Starts a member again that has ended or was killed, on its data. */
  public void restart(int member) {
    processes.get(member).close();
    processes.set(member, launch(member));
  }

  /** Cuts a member off from the others; clients still reach it. */
  public void cutFromPeers(int member) {
    machines().link(member, false);
  }

  /** Cuts a member off from the clients; the others still reach it. */
  public void cutFromClients(int member) {
    machines().clientLink(member, false);
  }

  private Namespaces machines() {
    return namespaces.orElseThrow(
        () -> new IllegalStateException("members on loopback cannot be cut off"));
  }

  /**
   * Makes it whole: starts members that have ended, lets paused ones go on, joins every link, and
   * waits until all serve.
   */
  public void heal() {
    for (int member = 0; member < MEMBERS; member++) {
      if (!processes.get(member).running()) {
        restart(member);
      }
      processes.get(member).resume();
      int joined = member;
      namespaces.ifPresent(
          machines -> {
            machines.link(joined, true);
            machines.clientLink(joined, true);
          });
    }
    awaitServing(RECOVERY);
  }

  private void awaitServing(Duration deadline) {
    BigInteger expected = identity.clusterId();
    for (int member = 0; member < MEMBERS; member++) {
      URI client = clients.get(member);
      processes.get(member).awaitReady(() -> gateway.answersAs(client, expected), deadline);
    }
  }

  /** The member that leads, by its own word and in the newest term; empty when none says so. */
  public OptionalInt leader() {
    record Claim(int member, BigInteger term) {}
    var claims = new ArrayList<Claim>();
    for (int member = 0; member < MEMBERS; member++) {
      try {
        String status = gateway.status(clients.get(member));
        if (EtcdGateway.number(status, "leader").equals(Optional.of(identity.memberId(member)))) {
          int leading = member;
          EtcdGateway.number(status, "raft_term")
              .ifPresent(term -> claims.add(new Claim(leading, term)));
        }
      } catch (IOException ignored) {
        // One that does not answer does not say so.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return OptionalInt.empty();
      }
    }
    return claims.stream()
        .max(Comparator.comparing(Claim::term))
        .map(claim -> OptionalInt.of(claim.member()))
        .orElse(OptionalInt.empty());
  }

  /** Members other than one. */
  public static List<Integer> others(int member) {
    return IntStream.range(0, MEMBERS).filter(other -> other != member).boxed().toList();
  }

  /**
   * Calls a member's JSON gateway.
   *
   * @param path such as {@code /v3/maintenance/alarm}
   * @return the answer's JSON, whatever its status
   * @throws UncheckedIOException when there is no answer within ten seconds
   */
  public String call(int member, String path, String body) {
    try {
      return gateway.call(clients.get(member), path, body, CALL_DEADLINE);
    } catch (IOException e) {
      throw new UncheckedIOException("etcd member " + member + " does not answer " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while etcd was asked", e);
    }
  }

  /** Ends every member and removes the namespaces. The data stays. */
  @Override
  public void close() {
    // Politeness takes its time where there is no quorum, and nothing is lost by a kill.
    processes.forEach(LocalProcess::kill);
    namespaces.ifPresent(Namespaces::close);
    gateway.close();
  }
}
