package dev.holdfast.node.cgroup;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The control group hierarchies mounted here, as {@code /proc/self/mountinfo} tells (proc(5)).
 *
 * @param mounts in the order of the file; the last mount on a place is the one seen
 */
public record CgroupMounts(List<Mount> mounts) {
  /** More lines than this and the file is refused. */
  static final int LINES_MAX = 4096;

  /**
   * One mounted hierarchy.
   *
   * @param point where it is mounted
   * @param root which group of the hierarchy lies at the mount point; "/" outside containers
   * @param version 1 or 2
   * @param controllers controllers of a version 1 hierarchy; empty for version 2
   */
  public record Mount(Path point, Path root, int version, Set<String> controllers) {
    public Mount {
      if (version != 1 && version != 2) {
        throw new IllegalArgumentException("control group version " + version);
      }
      if (!point.isAbsolute() || !root.isAbsolute()) {
        throw new IllegalArgumentException(
            "mount point and root are absolute: " + point + ", " + root);
      }
      controllers = Set.copyOf(controllers);
    }

    /**
     * The directory of a group.
     *
     * @param group the group's path from the root of the hierarchy, as {@code /proc/PID/cgroup} has
     *     it
     * @throws IOException if the group does not lie below what is mounted
     */
    Path directory(String group) throws IOException {
      Path path = path(group);
      for (Path part : path) {
        if (part.toString().equals("..")) {
          throw new IOException("group " + group + " lies outside what is mounted at " + point);
        }
      }
      Path full = path.normalize();
      if (!full.isAbsolute() || !full.startsWith(root)) {
        throw new IOException("group " + group + " lies outside " + root + ", mounted at " + point);
      }
      return point.resolve(root.relativize(full).toString()).normalize();
    }
  }

  public CgroupMounts {
    mounts = List.copyOf(mounts);
  }

  /** Reads the mounts of this process. */
  public static CgroupMounts ofThisProcess() throws IOException {
    return parse(CgroupFiles.read(Path.of("/proc/self/mountinfo")));
  }

  /** Reads the text of a {@code mountinfo} file. */
  public static CgroupMounts parse(String mountinfo) throws IOException {
    String[] lines = mountinfo.split("\n", -1);
    if (lines.length > LINES_MAX) {
      throw new IOException(
          "mountinfo has " + lines.length + " lines; at most " + LINES_MAX + " are read");
    }
    List<Mount> mounts = new ArrayList<>();
    for (String line : lines) {
      // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
      String[] fields = line.split(" ", -1);
      int dash = Arrays.asList(fields).indexOf("-");
      if (dash < 6 || fields.length < dash + 4) {
        continue;
      }
      int version =
          switch (fields[dash + 1]) {
            case "cgroup" -> 1;
            case "cgroup2" -> 2;
            default -> 0;
          };
      if (version == 0) {
        continue;
      }
      Path root = path(unescape(fields[3]));
      Path point = path(unescape(fields[4]));
      if (root.isAbsolute() && point.isAbsolute()) {
        List<String> controllers =
            version == 1 ? List.of(fields[dash + 3].split(",", -1)) : List.of();
        mounts.add(new Mount(point, root, version, Set.copyOf(controllers)));
      }
    }
    return new CgroupMounts(mounts);
  }

  /** Where a version 1 controller is mounted. */
  public Optional<Mount> controller(String name) {
    return mounts.stream()
        .filter(m -> m.version() == 1 && m.controllers().contains(name))
        .reduce((_, last) -> last);
  }

  /** Where the unified hierarchy is mounted. */
  public Optional<Mount> unified() {
    return mounts.stream().filter(m -> m.version() == 2).reduce((_, last) -> last);
  }

  /** A path that the kernel wrote; what no path of this process can be is refused. */
  private static Path path(String text) throws IOException {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IOException("the kernel names a group or mount that is no path here", e);
    }
  }

  /** Spaces, tabs, line feeds and backslashes are written as three octal digits. */
  private static String unescape(String text) throws IOException {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        if (i + 3 >= text.length() || !text.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
          throw new IOException("mountinfo holds a broken escape in \"" + text + "\"");
        }
        c = (char) Integer.parseInt(text.substring(i + 1, i + 4), 8);
        i += 3;
      }
      if (c == 0) {
        throw new IOException("mountinfo holds a zero byte in a path");
      }
      plain.append(c);
    }
    return plain.toString();
  }
}
