package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A control group: processes that are limited and metered together.
 *
 * <p>Under version 1 it is one directory for each controller, under version 2 one directory. Which
 * it is follows from the mounts: version 1 where the CPU or the memory controller is mounted by
 * itself, else version 2 (cgroups(7)).
 */
public sealed interface Cgroup permits CgroupV1, CgroupV2 {
  /** The longest name of a group, in characters. */
  int NAME_LENGTH_MAX = 128;

  /** How deep a path of names may go. */
  int DEPTH_MAX = 8;

  /** The most that a CPU or memory limit can be, as of any resource: 2^50. */
  long LIMIT_MAX = 1L << 50;

  /** Letters, digits and {@code _ - : @ .}, not first a dot: never a way out of the group above. */
  Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}");

  /** Names that begin as the kernel's own files do would be mistaken for them. */
  Pattern RESERVED =
      Pattern.compile(
          "(cgroup|cpu|cpuacct|cpuset|memory|blkio|io|pids|freezer|devices|hugetlb|rdma|misc|irq)\\..*"
              + "|tasks|notify_on_release|release_agent");

  /** The group that a process is in. */
  static Cgroup ofProcess(long pid) throws IOException {
    if (pid < 1) {
      throw new IllegalArgumentException("process " + pid);
    }
    return ofProcess(
        CgroupMounts.ofThisProcess(), CgroupFiles.read(Path.of("/proc/" + pid + "/cgroup")));
  }

  /**
   * The group that a process is in.
   *
   * @param mounts what is mounted
   * @param membership the text of {@code /proc/PID/cgroup}
   */
  static Cgroup ofProcess(CgroupMounts mounts, String membership) throws IOException {
    Map<String, String> paths = new HashMap<>();
    for (String line : membership.split("\n", -1)) {
      String[] fields = line.split(":", 3);
      if (line.isEmpty()) {
        continue;
      }
      if (fields.length != 3 || !fields[2].startsWith("/")) {
        throw new IOException("\"" + line + "\" is no line of a cgroup file: id:controllers:/path");
      }
      for (String controller : fields[1].split(",", -1)) {
        paths.put(controller, fields[2]);
      }
    }
    if (!isV1(mounts)) {
      CgroupMounts.Mount unified =
          mounts.unified().orElseThrow(() -> new IOException("no control groups are mounted here"));
      String path = paths.get("");
      if (path == null) {
        throw new IOException("the process is in no group of the unified hierarchy");
      }
      return new CgroupV2(unified.directory(path));
    }
    Map<CgroupV1.Controller, Path> directories = new LinkedHashMap<>();
    for (CgroupV1.Controller controller : CgroupV1.Controller.values()) {
      String path = paths.get(controller.fileName());
      var mount = mounts.controller(controller.fileName());
      if (path != null && mount.isPresent()) {
        directories.put(controller, mount.get().directory(path));
      }
    }
    if (directories.isEmpty()) {
      throw new IOException("the process is in no group of a controller that is mounted here");
    }
    return new CgroupV1(directories);
  }

  /** The group at the top of what is mounted here. */
  static Cgroup top(CgroupMounts mounts) throws IOException {
    if (!isV1(mounts)) {
      return new CgroupV2(
          mounts
              .unified()
              .orElseThrow(() -> new IOException("no control groups are mounted here"))
              .point());
    }
    Map<CgroupV1.Controller, Path> directories = new LinkedHashMap<>();
    for (CgroupV1.Controller controller : CgroupV1.Controller.values()) {
      mounts
          .controller(controller.fileName())
          .ifPresent(mount -> directories.put(controller, mount.point()));
    }
    return new CgroupV1(directories);
  }

  /**
   * The group at a path of names below the top of what is mounted here, such as {@code a/b}.
   *
   * @throws IllegalArgumentException if a part of the path is no name, see {@link #child}
   */
  static Cgroup below(CgroupMounts mounts, String path) throws IOException {
    String[] names = path.split("/", -1);
    if (names.length > DEPTH_MAX) {
      throw new IllegalArgumentException(
          "\"" + path + "\" is deeper than " + DEPTH_MAX + " groups");
    }
    Cgroup group = top(mounts);
    for (String name : names) {
      group = group.child(name);
    }
    return group;
  }

  private static boolean isV1(CgroupMounts mounts) {
    return mounts.controller("cpu").isPresent()
        || mounts.controller("cpuacct").isPresent()
        || mounts.controller("memory").isPresent();
  }

  /**
   * The group of that name directly below this one, whether it is there or not.
   *
   * @param name 1 to 128 letters, digits and {@code _ - : @ .}, not first a dot
   * @throws IllegalArgumentException if it is no such name, or one of the kernel's own
   */
  Cgroup child(String name);

  /** Checks the name of a group. */
  static String requireName(String name) {
    if (!NAME.matcher(name).matches() || RESERVED.matcher(name).matches()) {
      String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
      throw new IllegalArgumentException(
          "\""
              + shown
              + "\" cannot name a control group: 1 to 128 letters, digits and _ - : @ ., not first"
              + " a dot and none of the kernel's own names");
    }
    return name;
  }

  /** Whether the group is there, whole. */
  boolean exists();

  /** Makes the group, and those above it, unless they are there. */
  void create() throws IOException;

  /** Removes the group, which must have neither processes nor groups below; none is no error. */
  void remove() throws IOException;

  /** Moves a process into the group. */
  void addProcess(long pid) throws IOException;

  /** The processes in the group itself. */
  List<Long> processes() throws IOException;

  /**
   * CPU time per second that its processes may take, in thousandths of a core. Empty: no limit.
   * Zero: they are frozen.
   */
  OptionalLong cpuLimitMillicores() throws IOException;

  /**
   * Sets what {@link #cpuLimitMillicores} reads.
   *
   * @param millicores empty, or 0 to 2^50
   */
  void limitCpu(OptionalLong millicores) throws IOException;

  /** Memory that its processes may take, in bytes. Empty: no limit. */
  OptionalLong memoryLimitBytes() throws IOException;

  /**
   * Sets what {@link #memoryLimitBytes} reads; the kernel rounds it down to whole pages.
   *
   * @param bytes empty, or 0 to 2^50
   */
  void limitMemory(OptionalLong bytes) throws IOException;

  /** Memory that cannot be had back without harm, in bytes: what is used, less idle file pages. */
  long workingSetBytes() throws IOException;

  /** Reads the group's counters. */
  CgroupReading read() throws IOException;
}
