package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.node.cgroup.Cgroup;
import dev.holdfast.node.cgroup.CgroupMounts;
import dev.holdfast.node.cgroup.CgroupV1;
import dev.holdfast.node.cgroup.CgroupV2;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Where a process's control group is: below what is mounted, or nowhere. */
final class ControlGroupMountTarget implements Target {
  @Override
  public Class<?> reader() {
    return CgroupMounts.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        RecordedFiles.input(
            "40 31 0:38 /box /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n",
            "0::/box/app\n"),
        RecordedFiles.input(
            "32 31 0:29 / /sys/fs/cgroup/c\\040d rw - cgroup cgroup rw,cpu,cpuacct\n"
                + "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                + "34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            "5:memory:/a/b\n4:cpu,cpuacct:/a\n0::/a\n"));
  }

  /** The text of {@code mountinfo}, and that of {@code cgroup}. */
  @Override
  public void read(byte[] data) {
    List<String> texts = RecordedFiles.texts(data, 2);
    try {
      CgroupMounts mounts = CgroupMounts.parse(texts.getFirst());
      Cgroup group = Cgroup.ofProcess(mounts, texts.getLast());
      Collection<Path> directories =
          switch (group) {
            case CgroupV1 first -> first.directories().values();
            case CgroupV2 second -> List.of(second.directory());
          };
      for (Path directory : directories) {
        if (mounts.mounts().stream()
            .noneMatch(mount -> directory.startsWith(mount.point().normalize()))) {
          throw new IllegalStateException("a group lies outside of what is mounted");
        }
      }
    } catch (IOException _) {
      // The kernel wrote nothing of the kind.
    }
  }
}
