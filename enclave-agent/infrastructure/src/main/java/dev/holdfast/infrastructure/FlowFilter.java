package dev.holdfast.infrastructure;

import dev.holdfast.proto.resource.v1.Flow;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A match on IPv4 or IPv6 packets, as the u32 classifier takes it (tc-u32(8)). Ports are looked for
 * where they lie in packets without IP options or extension headers.
 *
 * @param ipv6 whether it is for IPv6
 * @param match the selectors, written for tc
 */
record FlowFilter(boolean ipv6, String match) {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]{2,39}");

  /** An address and how many of its first bits count. */
  private record Prefix(InetAddress address, int length) {
    boolean ipv6() {
      return address instanceof Inet6Address;
    }

    String text() {
      return address.getHostAddress() + "/" + length;
    }
  }

  /** The filters for one flow: one, or one of each version where it names no address. */
  static List<FlowFilter> of(Flow flow) throws AllocationRefused {
    Optional<Prefix> source = prefix("source_prefix", flow.getSourcePrefix());
    Optional<Prefix> destination = prefix("destination_prefix", flow.getDestinationPrefix());
    requirePort("source_port", flow.getSourcePort());
    requirePort("destination_port", flow.getDestinationPort());
    if (flow.getIpProtocol() < 0 || flow.getIpProtocol() > 255) {
      throw AllocationRefused.invalid("ip_protocol", "an IP protocol is a number from 1 to 255");
    }
    boolean ports = flow.getSourcePort() != 0 || flow.getDestinationPort() != 0;
    if (ports && flow.getIpProtocol() == 0) {
      throw AllocationRefused.invalid("ip_protocol", "a flow with a port needs its IP protocol");
    }
    if (!flow.getIngressPort().isEmpty()) {
      throw AllocationRefused.unsupported(
          "ingress_port", "this switch tells packets by their headers, not by where they came in");
    }
    if (source.isEmpty() && destination.isEmpty() && !ports) {
      throw AllocationRefused.invalid("flows", "a flow needs a prefix or a port");
    }
    if (source.isPresent()
        && destination.isPresent()
        && source.get().ipv6() != destination.get().ipv6()) {
      throw AllocationRefused.invalid(
          "flows", "a flow is of IPv4 or of IPv6, not from one to the other");
    }
    List<FlowFilter> filters = new ArrayList<>();
    for (boolean ipv6 : new boolean[] {false, true}) {
      if (source.or(() -> destination).map(p -> p.ipv6() == ipv6).orElse(true)) {
        filters.add(new FlowFilter(ipv6, match(ipv6, source, destination, flow)));
      }
    }
    return filters;
  }

  private static String match(
      boolean ipv6, Optional<Prefix> source, Optional<Prefix> destination, Flow flow) {
    String ip = ipv6 ? "ip6" : "ip";
    List<String> parts = new ArrayList<>();
    source.ifPresent(p -> parts.add("match " + ip + " src " + p.text()));
    destination.ifPresent(p -> parts.add("match " + ip + " dst " + p.text()));
    if (flow.getIpProtocol() != 0) {
      parts.add("match " + ip + " protocol " + flow.getIpProtocol() + " 0xff");
    }
    if (flow.getSourcePort() != 0) {
      parts.add("match " + ip + " sport " + flow.getSourcePort() + " 0xffff");
    }
    if (flow.getDestinationPort() != 0) {
      parts.add("match " + ip + " dport " + flow.getDestinationPort() + " 0xffff");
    }
    return String.join(" ", parts);
  }

  private static void requirePort(String field, int port) throws AllocationRefused {
    if (port < 0 || port > 65_535) {
      throw AllocationRefused.invalid(field, "a port is a number from 1 to 65535, not " + port);
    }
  }

  private static Optional<Prefix> prefix(String field, String text) throws AllocationRefused {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    int slash = text.indexOf('/');
    String literal = slash < 0 ? "" : text.substring(0, slash);
    String bits = text.substring(slash + 1);
    boolean ipv4 = IPV4.matcher(literal).matches();
    if ((!ipv4 && !IPV6.matcher(literal).matches()) || !bits.matches("[0-9]{1,3}")) {
      throw AllocationRefused.invalid(field, shown(text) + " is no prefix such as 10.2.0.0/16");
    }
    InetAddress address;
    try {
      // Only a literal: no name is ever looked up.
      address = ipv4 ? Inet4Address.ofLiteral(literal) : Inet6Address.ofLiteral(literal);
    } catch (IllegalArgumentException _) {
      throw AllocationRefused.invalid(field, shown(text) + " is no prefix such as fd00::/8");
    }
    int length = Integer.parseInt(bits);
    if (length > address.getAddress().length * 8 || (ipv4 != address instanceof Inet4Address)) {
      throw AllocationRefused.invalid(field, shown(text) + " has more bits than its address");
    }
    return Optional.of(new Prefix(address, length));
  }

  private static String shown(String text) {
    return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
  }
}
