package dev.holdfast.node.evidence;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device of the node that speaks SPDM over TCP (DSP0287).
 *
 * @param component its name in evidence, such as {@code gpu-0}: 1 to 63 of [a-z0-9-]
 * @param host a name or an address
 * @param port 1 to 65535
 */
public record DeviceAddress(String component, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("([a-z0-9-]{1,63})=(\\[[0-9A-Fa-f:.%]{2,64}]|[^:\\[\\]=]{1,255}):(\\d{1,5})");

  /** Checks the ranges. */
  public DeviceAddress {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
    }
  }

  /**
   * Reads {@code component=host:port}; an IPv6 address stands in brackets.
   *
   * @throws IllegalArgumentException with the form, if the text is anything else
   */
  public static DeviceAddress parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "a device is COMPONENT=HOST:PORT, such as gpu-0=127.0.0.1:4194, not \"" + text + "\"");
    }
    String host = form.group(2);
    return new DeviceAddress(
        form.group(1),
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(form.group(3)));
  }

  /** Where it is now: names are looked up anew each time. */
  InetSocketAddress resolved() {
    return new InetSocketAddress(host, port);
  }
}
