package dev.holdfast.infrastructure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port of a Linux switch, whose outgoing traffic is shaped by an HTB tree (tc-htb(8)): a root
 * class of the line rate, one class for each allocation, and one for the rest.
 *
 * @param namespace the network namespace; empty for this process's own
 * @param device the device in it, such as veth0
 * @param lineRateBytesPerSecond what the line carries, 1 to 2^40
 */
record SwitchPort(Optional<String> namespace, String device, long lineRateBytesPerSecond) {
  /** Minor numbers of the classes that allocations may have. */
  static final int MINOR_FIRST = 0x10;

  static final int MINOR_LAST = 0xfff;

  private static final int MINOR_REST = 2;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

  // class htb 1:10 parent 1:1 leaf 10: prio 3 rate 9876Kbit ceil 16Mbit burst 2998b cburst 39996b
  private static final Pattern CLASS =
      Pattern.compile(
          "class htb 1:([0-9a-f]{1,4}) parent 1:1 .*?prio ([0-7]) "
              + "rate ([0-9]{1,18})([KMGT]?)bit ceil ([0-9]{1,18})([KMGT]?)bit .*");
  private static final Pattern FLOW = Pattern.compile(".* \\*?flowid 1:([0-9a-f]{1,4})( .*)?");
  private static final Pattern SENT =
      Pattern.compile(" *Sent ([0-9]{1,18}) bytes ([0-9]{1,18}) pkt \\(dropped ([0-9]{1,18}),.*");

  SwitchPort {
    namespace.ifPresent(SwitchPort::requireName);
    requireName(device);
    if (device.length() > 15) {
      throw new IllegalArgumentException("a device's name has at most 15 characters: " + device);
    }
    if (lineRateBytesPerSecond < 1 || lineRateBytesPerSecond > 1L << 40) {
      throw new IllegalArgumentException(
          "line rate " + lineRateBytesPerSecond + ", not in 1 to 2^40");
    }
  }

  static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("\"" + name + "\" names no device or network namespace");
    }
    return name;
  }

  /**
   * A rate as tc shows it, which keeps three digits at least and drops what is below the unit.
   *
   * @param value in the unit
   * @param unitBits bits per second in one of the unit
   */
  record ShownRate(long value, long unitBits) {
    boolean mayBe(long bytesPerSecond) {
      return Math.multiplyExact(bytesPerSecond, 8L) / unitBits == value;
    }

    long bytesPerSecond() {
      return Math.multiplyExact(value, unitBits) / 8;
    }
  }

  /**
   * A class as the kernel has it.
   *
   * @param priority 0, the first served, to 7
   * @param rate guaranteed
   * @param ceiling not exceeded
   * @param filters how many filters lead to it
   */
  record ShownClass(int priority, ShownRate rate, ShownRate ceiling, int filters) {}

  /**
   * What a class is to be.
   *
   * @param minor its number
   * @param priority 0, the first served, to 7
   * @param rateBytesPerSecond guaranteed
   * @param ceilingBytesPerSecond not exceeded; zero lets nothing pass
   * @param burstBytes may pass at once; empty for the kernel's default
   * @param filters the packets, see {@link FlowFilter}
   */
  record Wanted(
      int minor,
      int priority,
      long rateBytesPerSecond,
      long ceilingBytesPerSecond,
      Optional<Long> burstBytes,
      List<FlowFilter> filters) {
    Wanted {
      if (minor < MINOR_FIRST || minor > MINOR_LAST || priority < 0 || priority > 7) {
        throw new IllegalArgumentException("class " + minor + " of priority " + priority);
      }
      if (rateBytesPerSecond > ceilingBytesPerSecond && ceilingBytesPerSecond != 0) {
        throw new IllegalArgumentException("a rate above its ceiling");
      }
      filters = List.copyOf(filters);
    }

    /**
     * Classes of a higher priority look at a packet first. IPv4 and IPv6 need a preference each.
     */
    private int preference(boolean ipv6) {
      return priority * 0x2000 + minor * 2 + (ipv6 ? 1 : 0);
    }
  }

  /** Counters of a class: bytes and packets sent, packets dropped. */
  record Traffic(long bytes, long packets, long dropped) {}

  /** Replaces whatever shapes the device by an empty tree. */
  void setUp() throws IOException {
    if (tc("", "qdisc", "show", "dev", device).contains("qdisc htb 1: root")) {
      tc("", "qdisc", "del", "dev", device, "root");
    }
    String line = lineRateBytesPerSecond + "bps";
    tc(
        "qdisc replace dev %s root handle 1: htb default %x\n".formatted(device, MINOR_REST)
            + "class add dev %s parent 1: classid 1:1 htb rate %s ceil %s quantum 60000\n"
                .formatted(device, line, line)
            + "class add dev %s parent 1:1 classid 1:%x htb rate 1bps ceil %s prio 7 quantum 1514\n"
                .formatted(device, MINOR_REST, line),
        "-b",
        "-");
  }

  /** Takes the tree away. */
  void takeDown() throws IOException {
    tc("", "qdisc", "del", "dev", device, "root");
  }

  /** Makes or changes a class and the filters that lead to it; traffic goes on meanwhile. */
  void set(Wanted wanted, boolean filtersAsWell) throws IOException {
    long ceiling =
        wanted.ceilingBytesPerSecond() == 0
            ? 1
            : Math.min(wanted.ceilingBytesPerSecond(), lineRateBytesPerSecond);
    long rate = Math.clamp(wanted.rateBytesPerSecond(), 1, ceiling);
    long quantum = Math.clamp(rate / 10, 1514, 200_000);
    StringBuilder batch = new StringBuilder();
    batch.append(
        "class replace dev %s parent 1:1 classid 1:%x htb rate %dbps ceil %dbps prio %d quantum %d"
            .formatted(device, wanted.minor(), rate, ceiling, wanted.priority(), quantum));
    wanted.burstBytes().ifPresent(b -> batch.append(" burst %d cburst %d".formatted(b, b)));
    // HTB has no rate of zero, but a queue of no packets lets none through.
    batch.append(
        "\nqdisc replace dev %s parent 1:%x handle %x: pfifo limit %d\n"
            .formatted(
                device,
                wanted.minor(),
                wanted.minor(),
                wanted.ceilingBytesPerSecond() == 0 ? 0 : 1000));
    if (filtersAsWell) {
      removeFilters(wanted.minor());
      for (FlowFilter filter : wanted.filters()) {
        batch.append(
            "filter add dev %s parent 1: protocol %s prio %d u32 %s flowid 1:%x\n"
                .formatted(
                    device,
                    filter.ipv6() ? "ipv6" : "ip",
                    wanted.preference(filter.ipv6()),
                    filter.match(),
                    wanted.minor()));
      }
    }
    tc(batch.toString(), "-b", "-");
  }

  /** Removes a class and what leads to it; none is no error. */
  void remove(int minor) throws IOException {
    removeFilters(minor);
    if (classes().containsKey(minor)) {
      tc("", "class", "del", "dev", device, "classid", "1:%x".formatted(minor));
    }
  }

  private void removeFilters(int minor) throws IOException {
    String shown = tc("", "filter", "show", "dev", device, "parent", "1:");
    List<Integer> preferences = new ArrayList<>();
    Pattern preference = Pattern.compile("filter .*?pref ([0-9]{1,5}) u32 .*");
    for (String line : shown.split("\n", -1)) {
      Matcher flow = FLOW.matcher(line);
      Matcher at = preference.matcher(line);
      if (flow.matches() && at.matches() && Integer.parseInt(flow.group(1), 16) == minor) {
        int found = Integer.parseInt(at.group(1));
        if (!preferences.contains(found)) {
          preferences.add(found);
        }
      }
    }
    for (int found : preferences) {
      tc("", "filter", "del", "dev", device, "parent", "1:", "prio", Integer.toString(found));
    }
  }

  /** The classes of allocations, by minor number, as the kernel has them. */
  Map<Integer, ShownClass> classes() throws IOException {
    Map<Integer, Integer> filters = new LinkedHashMap<>();
    for (String line : tc("", "filter", "show", "dev", device, "parent", "1:").split("\n", -1)) {
      Matcher matcher = FLOW.matcher(line);
      if (matcher.matches()) {
        filters.merge(Integer.parseInt(matcher.group(1), 16), 1, Integer::sum);
      }
    }
    Map<Integer, ShownClass> classes = new LinkedHashMap<>();
    for (String line : tc("", "class", "show", "dev", device).split("\n", -1)) {
      Matcher matcher = CLASS.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      int minor = Integer.parseInt(matcher.group(1), 16);
      if (minor >= MINOR_FIRST && minor <= MINOR_LAST) {
        classes.put(
            minor,
            new ShownClass(
                Integer.parseInt(matcher.group(2)),
                rate(matcher.group(3), matcher.group(4)),
                rate(matcher.group(5), matcher.group(6)),
                filters.getOrDefault(minor, 0)));
      }
    }
    return classes;
  }

  private static ShownRate rate(String digits, String unit) {
    return new ShownRate(
        Long.parseLong(digits),
        switch (unit) {
          case "K" -> 1_000L;
          case "M" -> 1_000_000L;
          case "G" -> 1_000_000_000L;
          case "T" -> 1_000_000_000_000L;
          default -> 1L;
        });
  }

  /** What each class sent so far, by minor number. */
  Map<Integer, Traffic> traffic() throws IOException {
    Map<Integer, Traffic> traffic = new LinkedHashMap<>();
    int minor = -1;
    for (String line : tc("", "-s", "class", "show", "dev", device).split("\n", -1)) {
      Matcher at = CLASS.matcher(line);
      Matcher sent = SENT.matcher(line);
      if (line.startsWith("class ")) {
        minor = at.matches() ? Integer.parseInt(at.group(1), 16) : -1;
      } else if (sent.matches() && minor >= MINOR_FIRST && minor <= MINOR_LAST) {
        traffic.put(
            minor,
            new Traffic(
                Long.parseLong(sent.group(1)),
                Long.parseLong(sent.group(2)),
                Long.parseLong(sent.group(3))));
      }
    }
    return traffic;
  }

  private String tc(String input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    namespace.ifPresent(name -> command.addAll(List.of("ip", "netns", "exec", name)));
    command.add("tc");
    command.addAll(List.of(arguments));
    return CommandRun.run(command, input, TIMEOUT);
  }
}
