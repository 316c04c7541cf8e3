package dev.holdfast.proto.replica;

import java.util.regex.Pattern;

/**
 * Where a replica of PAM listens.
 *
 * @param host a name or an address of 1 to 253 characters; IPv6 without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {
  private static final int HOST_CHARACTERS_MAX = 253;
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\\w+)?");

  /** Refuses what no connection can be made to. */
  public ServerAddress {
    if (host.length() > HOST_CHARACTERS_MAX
        || !HOST.matcher(host).matches()
        || port < 1
        || port > 65_535) {
      throw new IllegalArgumentException("a server has a host name and a port of 1 to 65535");
    }
  }

  /**
   * Reads {@code host:port} or {@code [address]:port}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static ServerAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw malformed(text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw malformed(text);
    }
    try {
      return new ServerAddress(host, Integer.parseInt(text, colon + 1, text.length(), 10));
    } catch (NumberFormatException e) {
      throw malformed(text);
    }
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "a server is written HOST:PORT, or [ADDRESS]:PORT for IPv6, not \"" + text + "\"");
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
