package dev.holdfast.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Machines on paper: network namespaces, each with a link to this one for clients, and one to a
 * bridge that they share for each other. Both links of each can be cut.
 *
 * <p>A cut link swallows what is sent into it, as a pulled cable does. Names and addresses
 * (198.18.0.0/15, set aside for tests by RFC 2544) are drawn at random, so that two runs do not
 * meet. Everything ends with this object, or with the virtual machine.
 */
final class Namespaces implements AutoCloseable {
  private static final int BLOCK = 16;

  private final String id;
  private final String prefix;
  private final int block;
  private final int count;
  private final List<String> made = new ArrayList<>();
  private final Thread sweeper = new Thread(this::sweep, "remove network namespaces");

  private Namespaces(int count) {
    this.count = count;
    int drawn = ThreadLocalRandom.current().nextInt(1 << 12);
    this.id = "hf" + Integer.toString(drawn + (1 << 20), 36);
    this.prefix = "198.18." + drawn / BLOCK + ".";
    this.block = drawn % BLOCK * BLOCK;
  }

  /** Whether this process may make network namespaces, and there is a program to do it with. */
  static boolean permitted() {
    String probe = "hfprobe" + ProcessHandle.current().pid();
    return Commands.failure(List.of("ip", "netns", "add", probe)).isEmpty()
        && Commands.failure(List.of("ip", "netns", "del", probe)).isEmpty();
  }

  /** Makes them, 1 to 4. */
  static Namespaces make(int count) {
    if (count < 1 || count > 4) {
      throw new IllegalArgumentException("1 to 4 namespaces, not " + count);
    }
    var namespaces = new Namespaces(count);
    Runtime.getRuntime().addShutdownHook(namespaces.sweeper);
    try {
      namespaces.build();
    } catch (RuntimeException e) {
      namespaces.close();
      throw e;
    }
    return namespaces;
  }

  private void build() {
    add(peers());
    in(peers(), "link", "add", "br0", "type", "bridge");
    in(peers(), "link", "set", "br0", "up");
    for (int i = 0; i < count; i++) {
      String name = name(i);
      add(name);
      in(name, "link", "set", "lo", "up");
      String here = id + "c" + i;
      ip("link", "add", here, "type", "veth", "peer", "name", "c0", "netns", name);
      ip("addr", "add", address(i, 1) + "/30", "dev", here);
      ip("link", "set", here, "up");
      in(name, "addr", "add", clientAddress(i) + "/30", "dev", "c0");
      in(name, "link", "set", "c0", "up");
      in(peers(), "link", "add", "m" + i, "type", "veth", "peer", "name", "p0", "netns", name);
      in(peers(), "link", "set", "m" + i, "master", "br0", "up");
      in(name, "addr", "add", peerAddress(i) + "/24", "dev", "p0");
      in(name, "link", "set", "p0", "up");
    }
  }

  private void add(String name) {
    ip("netns", "add", name);
    made.add(name);
  }

  private String peers() {
    return id + "-peers";
  }

  private String name(int machine) {
    return id + "-" + machine;
  }

  private String address(int machine, int host) {
    return prefix + (block + 4 * machine + host);
  }

  /** Where clients here reach a machine. */
  String clientAddress(int machine) {
    return address(machine, 2);
  }

  /** Where the machines reach each other. */
  String peerAddress(int machine) {
    return "198.19.0." + (machine + 1);
  }

  /** What a command is led by to run on a machine. */
  List<String> on(int machine) {
    return List.of("ip", "netns", "exec", name(machine));
  }

  /** Cuts or joins a machine's link to the others. */
  void link(int machine, boolean up) {
    in(peers(), "link", "set", "m" + machine, up ? "up" : "down");
  }

  /** Cuts or joins a machine's link to the clients. */
  void clientLink(int machine, boolean up) {
    in(name(machine), "link", "set", "c0", up ? "up" : "down");
  }

  private static void in(String namespace, String... words) {
    var all = new ArrayList<>(List.of("-n", namespace));
    all.addAll(List.of(words));
    ip(all.toArray(String[]::new));
  }

  private static void ip(String... words) {
    var command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    Commands.run(command);
  }

  private void sweep() {
    // The links end with their namespaces.
    made.forEach(name -> Commands.failure(List.of("ip", "netns", "del", name)));
    made.clear();
  }

  /** Removes all of it. What runs there must have ended. */
  @Override
  public void close() {
    sweep();
    try {
      Runtime.getRuntime().removeShutdownHook(sweeper);
    } catch (IllegalStateException e) {
      // The virtual machine is on its way out and runs the hook itself.
      return;
    }
  }
}
