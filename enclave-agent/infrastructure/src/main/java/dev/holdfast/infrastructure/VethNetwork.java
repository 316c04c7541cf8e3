package dev.holdfast.infrastructure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Two network namespaces joined by a pair of virtual Ethernet devices, for demonstrations and
 * tests: the switch's side is {@code near}, and closing removes both. Needs the right to make
 * namespaces.
 *
 * @param near the switch's namespace
 * @param nearDevice the device in it, with the address 192.0.2.1/24
 * @param far the other namespace
 * @param farDevice the device in it, with the address 192.0.2.2/24
 */
public record VethNetwork(String near, String nearDevice, String far, String farDevice)
    implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** The address of the switch's side (RFC 5737). */
  public static final String NEAR_ADDRESS = "192.0.2.1";

  /** The address of the other side. */
  public static final String FAR_ADDRESS = "192.0.2.2";

  /** Makes the namespaces {@code name-near} and {@code name-far}, which must not be there. */
  public static VethNetwork create(String name) throws IOException {
    SwitchPort.requireName(name);
    VethNetwork network = new VethNetwork(name + "-near", "port0", name + "-far", "port1");
    ip("netns", "add", network.near);
    try {
      ip("netns", "add", network.far);
      ip(
          "-n",
          network.near,
          "link",
          "add",
          network.nearDevice,
          "type",
          "veth",
          "peer",
          "name",
          network.farDevice,
          "netns",
          network.far);
      ip("-n", network.near, "addr", "add", NEAR_ADDRESS + "/24", "dev", network.nearDevice);
      ip("-n", network.far, "addr", "add", FAR_ADDRESS + "/24", "dev", network.farDevice);
      ip("-n", network.near, "link", "set", network.nearDevice, "up");
      ip("-n", network.far, "link", "set", network.farDevice, "up");
      return network;
    } catch (IOException e) {
      network.close();
      throw e;
    }
  }

  /** The command that runs another in the switch's namespace. */
  public List<String> nearCommand() {
    return List.of("ip", "netns", "exec", near);
  }

  private static void ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    CommandRun.run(command, "", TIMEOUT);
  }

  @Override
  public void close() {
    for (String namespace : List.of(near, far)) {
      try {
        ip("netns", "del", namespace);
      } catch (IOException _) {
        // It is not there: nothing is left to remove.
      }
    }
  }
}
