package dev.holdfast.quickstart;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.infrastructure.VethNetwork;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMounts;
import dev.holdfast.peers.Etcd;
import dev.holdfast.peers.SoftwareTpm;
import dev.holdfast.server.HoldfastServer;
import dev.holdfast.server.ServerCommand;
import dev.holdfast.server.config.ConfigReader;
import dev.holdfast.server.config.ServerConfig;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Everything that the story plays on: a folder, four machines with a TPM each, a server with its
 * store, a control group and a network namespace. Closing it removes all of it.
 */
final class Site implements AutoCloseable {
  /** Bytes that the storage controller brings near before the application reads them. */
  static final int CONTENT_BYTES = 4 * 1024 * 1024;

  private final Path directory;
  private final Path libraries;
  private final Figures figures;
  private final Map<Machine, Future<SoftwareTpm>> tpms = new EnumMap<>(Machine.class);
  private final Map<Machine, Program> programs = new EnumMap<>(Machine.class);
  private final List<AutoCloseable> cleanup = new ArrayList<>();
  private final String tag = "hf" + ProcessHandle.current().pid();
  private final byte[] contentDigest;
  private final HoldfastServer server;
  private final ManagedChannel operator;
  private final Cgroup machineGroup;

  /** The machines, in the order of the pathway. */
  enum Machine {
    HYPERVISOR("hypervisor", "infrastructure"),
    SWITCH("switch", "infrastructure"),
    STORAGE("storage", "infrastructure"),
    ENCLAVE("enclave", "enclave");

    private final String id;
    private final String module;

    Machine(String id, String module) {
      this.id = id;
      this.module = module;
    }

    String node() {
      return "trustZones/edge/nodes/" + id;
    }

    String id() {
      return id;
    }
  }

  /**
   * @param root the checkout's top folder
   * @param etcd whether the ledger is kept in a local etcd instead of a file
   */
  Site(Path root, boolean etcd, Figures figures) throws IOException {
    this.figures = figures;
    this.libraries = root.resolve("enclave-agent");
    this.directory =
        Files.createTempDirectory(
            "holdfast-demo-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    undo(() -> delete(directory));
    boolean ready = false;
    try {
      // Made all at once, while the server starts and the first nodes enrol.
      ExecutorService makers = Executors.newVirtualThreadPerTaskExecutor();
      undo(makers);
      Future<SoftwareTpm.Authority> authority =
          makers.submit(() -> SoftwareTpm.Authority.in(directory.resolve("tpm-authority")));
      for (Machine machine : Machine.values()) {
        tpms.put(machine, makers.submit(() -> make(machine, authority.get())));
      }
      Files.createDirectory(directory.resolve("origin"));
      Files.createDirectory(
          directory.resolve("run"),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      contentDigest = content(directory.resolve("origin"));
      machineGroup = group();
      network();
      String store = store(etcd);
      String references = references();
      writeAnchors(made(authority, "the maker of TPMs"));
      ServerConfig config = config(store, references);
      var environment = HoldfastServer.Environment.system();
      environment.journal().listen(figures::add);
      server = HoldfastServer.start(config, ServerCommand.open(config), environment);
      undo(server);
      server.writeOperator(credentials(), "demo");
      operator = channel();
      undo(operator::shutdownNow);
      ready = true;
    } finally {
      if (!ready) {
        close();
      }
    }
  }

  private SoftwareTpm make(Machine machine, SoftwareTpm.Authority authority) throws IOException {
    SoftwareTpm tpm = SoftwareTpm.make(directory.resolve(machine.id()), authority, machine.id());
    undo(tpm);
    boot(machine).run(tpm, eventLog(machine));
    return tpm;
  }

  /** The TPM of a machine, once it is made and its machine has booted. */
  private SoftwareTpm tpm(Machine machine) {
    return made(Objects.requireNonNull(tpms.get(machine)), "the TPM of " + machine.id());
  }

  private static <T> T made(Future<T> one, String name) {
    try {
      return one.get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } catch (ExecutionException failed) {
      throw new IllegalStateException(name, failed.getCause());
    }
  }

  private void undo(AutoCloseable one) {
    synchronized (cleanup) {
      cleanup.add(one);
    }
  }

  private MeasuredBoot boot(Machine machine) throws IOException {
    try (Stream<Path> jars = Files.list(libraryOf(machine))) {
      List<Path> own =
          jars.filter(jar -> jar.getFileName().toString().startsWith("holdfast-"))
              .sorted(Comparator.comparing(Path::toString))
              .toList();
      return new MeasuredBoot(machine.node(), own);
    }
  }

  private Path libraryOf(Machine machine) {
    return libraries.resolve(machine.module).resolve("target/lib");
  }

  private Path eventLog(Machine machine) {
    return directory.resolve(machine.id() + ".eventlog");
  }

  private void writeAnchors(SoftwareTpm.Authority authority) throws IOException {
    int number = 0;
    for (byte[] certificate : authority.certificates()) {
      Files.write(directory.resolve("anchor-" + number++ + ".der"), certificate);
    }
  }

  private Cgroup group() throws IOException {
    Cgroup parent = Cgroup.below(CgroupMounts.ofThisProcess(), tag);
    parent.create();
    undo(parent::remove);
    Cgroup machine = parent.child("app");
    machine.create();
    undo(machine::remove);
    return machine;
  }

  private void network() throws IOException {
    VethNetwork network = VethNetwork.create(tag);
    undo(network);
  }

  private static byte[] content(Path origin) throws IOException {
    byte[] bytes = new byte[CONTENT_BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((i * 31) >>> 3);
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      Files.write(origin.resolve(HexFormat.of().formatHex(digest)), bytes);
      return digest;
    } catch (NoSuchAlgorithmException bug) {
      throw new IllegalStateException(bug);
    }
  }

  private String store(boolean etcd) {
    if (!etcd) {
      return "  kind: embedded\n";
    }
    Etcd process = Etcd.start(directory.resolve("etcd"));
    undo(process);
    return "  kind: etcd\n  endpoints: [\"" + process.endpoint() + "\"]\n";
  }

  private String references() throws IOException {
    StringBuilder references = new StringBuilder();
    for (Machine machine : Machine.values()) {
      references.append("        ").append(machine.id()).append(":\n          sha256:\n");
      for (Map.Entry<Integer, Bytes> register : boot(machine).references().entrySet()) {
        references
            .append("            \"")
            .append(register.getKey())
            .append("\": [\"")
            .append(register.getValue().hex())
            .append("\"]\n");
      }
    }
    return references.toString();
  }

  private ServerConfig config(String store, String references) throws IOException {
    String text;
    try (InputStream in = Site.class.getResourceAsStream("demo.yaml")) {
      if (in == null) {
        throw new IllegalStateException("demo.yaml is part of the program");
      }
      text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
    Path file = directory.resolve("holdfast.yaml");
    Files.writeString(file, text.replace("@store@\n", store).replace("@references@\n", references));
    return ConfigReader.read(file);
  }

  private Path credentials() {
    return directory.resolve("operator");
  }

  private ManagedChannel channel() throws IOException {
    ChannelCredentials credentials =
        TlsChannelCredentials.newBuilder()
            .keyManager(
                credentials().resolve("cert.pem").toFile(),
                credentials().resolve("key.pem").toFile())
            .trustManager(credentials().resolve("ca.pem").toFile())
            .build();
    return Grpc.newChannelBuilder("127.0.0.1:" + server.port(), credentials).build();
  }

  /** Starts the program of a machine; with a token, it enrols first. */
  void start(Machine machine, String token, byte[] rootDigest) throws IOException {
    Path tokenFile = directory.resolve(machine.id() + ".token");
    Files.writeString(tokenFile, token + "." + HexFormat.of().formatHex(rootDigest));
    restart(machine, List.of("--join-token-file", tokenFile.toString()));
  }

  private void restart(Machine machine, List<String> more) throws IOException {
    List<String> arguments = new ArrayList<>(arguments(machine));
    arguments.addAll(
        List.of(
            "--state", directory.resolve(machine.id() + ".state").toString(),
            "--server", "127.0.0.1:" + server.port(),
            "--node", machine.node(),
            "--tpm", tpm(machine).address(),
            "--event-log", eventLog(machine).toString()));
    arguments.addAll(more);
    String main =
        machine == Machine.ENCLAVE
            ? "dev.holdfast.enclave.AgentCommand"
            : "dev.holdfast.infrastructure.ControllerCommand";
    Program program =
        Program.start(
            libraryOf(machine),
            main,
            machine == Machine.HYPERVISOR || machine == Machine.ENCLAVE,
            arguments,
            directory.resolve(machine.id() + ".log"));
    programs.put(machine, program);
    undo(program);
  }

  private List<String> arguments(Machine machine) {
    return switch (machine) {
      case HYPERVISOR ->
          List.of(
              "hypervisor",
              "--cgroup-root",
              tag,
              "--cpu-millicores",
              "2000",
              "--memory-bytes",
              Long.toString(4L << 30));
      case SWITCH ->
          List.of(
              "switch",
              "--namespace",
              tag + "-near",
              "--device",
              "port0",
              "--line-rate",
              "125000000");
      case STORAGE ->
          List.of(
              "storage",
              "--cache",
              directory.resolve("cache").toString(),
              "--origin",
              directory.resolve("origin").toString(),
              "--cache-bytes",
              Long.toString(64L << 20),
              "--storage-bytes",
              Long.toString(1L << 30),
              "--read-rate",
              "100000000",
              "--write-rate",
              "100000000");
      case ENCLAVE -> List.of("--socket", socket().toString());
    };
  }

  /** Extends a register of a machine, as an intruder who loads something of his own does. */
  void intrude(Machine machine, int register) {
    Map<SoftwareTpm.Bank, byte[]> digests = new EnumMap<>(SoftwareTpm.Bank.class);
    digests.put(SoftwareTpm.Bank.SHA256, new byte[32]);
    digests.put(SoftwareTpm.Bank.SHA384, new byte[48]);
    tpm(machine).extend(register, digests);
  }

  /** Boots a machine again, with what it should run. */
  void repair(Machine machine) throws IOException, InterruptedException {
    Objects.requireNonNull(programs.get(machine)).kill();
    tpm(machine).reset();
    boot(machine).run(tpm(machine), eventLog(machine));
    restart(machine, List.of());
  }

  /** Starts the application in its machine's control group. */
  Program application(Path quickstart, List<String> arguments) throws IOException {
    Program program =
        Program.start(
            quickstart, DailyRhythm.class.getName(), true, arguments, directory.resolve("app.log"));
    undo(program);
    machineGroup.addProcess(program.pid());
    return program;
  }

  /** The application's limits as the kernel has them now. */
  String limits() throws IOException {
    var cpu = machineGroup.cpuLimitMillicores();
    var memory = machineGroup.memoryLimitBytes();
    return (cpu.isPresent() ? cpu.getAsLong() + "m CPU" : "no CPU limit")
        + ", "
        + (memory.isPresent() ? (memory.getAsLong() >> 20) + " MiB" : "no memory limit");
  }

  Path socket() {
    return directory.resolve("run").resolve("agent.sock");
  }

  Path directory() {
    return directory;
  }

  byte[] contentDigest() {
    return contentDigest.clone();
  }

  int port() {
    return server.port();
  }

  Path operatorCredentials() {
    return credentials();
  }

  ManagedChannel operator() {
    return operator;
  }

  Figures figures() {
    return figures;
  }

  @Override
  public void close() {
    // All at once are told to end; then each is waited for.
    programs.values().forEach(Program::end);
    // Undoing one thing may wait for another that is still being made: until nothing is left.
    for (Optional<AutoCloseable> last = last(); last.isPresent(); last = last()) {
      try {
        last.get().close();
      } catch (Exception left) {
        System.err.println("left behind: " + left.getMessage());
      }
    }
  }

  private Optional<AutoCloseable> last() {
    synchronized (cleanup) {
      return cleanup.isEmpty() ? Optional.empty() : Optional.of(cleanup.removeLast());
    }
  }

  private static void delete(Path directory) throws IOException {
    if (System.getenv("HOLDFAST_DEMO_KEEP") != null) {
      System.err.println("kept: " + directory);
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
