package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.reference.ChecksumList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lists of digests of files: refused in words, or names with whole digests. */
final class ChecksumListTarget implements Target {
  @Override
  public Class<?> reader() {
    return ChecksumList.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(
        Bytes.utf8("ab".repeat(32) + "  /bin/sh\n" + "cd".repeat(48) + " *boot_aggregate\n"),
        Bytes.utf8("\\" + "ab".repeat(64) + "  /a\\nb\\\\\n\n"));
  }

  /** One list. */
  @Override
  public void read(byte[] data) {
    Map<String, Set<Bytes>> digests;
    try {
      digests = ChecksumList.parse(Bytes.of(data));
    } catch (MalformedException _) {
      return;
    }
    digests.forEach(
        (name, values) -> {
          if (name.isEmpty() || name.startsWith(".") || values.isEmpty()) {
            throw new IllegalStateException("a list names a file that is none");
          }
        });
  }
}
