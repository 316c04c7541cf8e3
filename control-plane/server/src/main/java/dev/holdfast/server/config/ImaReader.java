package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.ima.ImaExpectation;
import dev.holdfast.attestation.ima.ImaKey;
import dev.holdfast.attestation.ima.ImaRules;
import dev.holdfast.attestation.policy.ReferenceValues;
import dev.holdfast.attestation.reference.ChecksumList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads which files a policy lets nodes use: by keys that sign them, and by their digests. */
final class ImaReader {
  private static final int KEY_BYTES_MAX = 16 * 1024;
  private static final String PEM = "-----BEGIN ";

  private final Optional<Function<String, Path>> resolve;

  /** For a configuration, which may name files. */
  ImaReader(Function<String, Path> resolve) {
    this.resolve = Optional.of(resolve);
  }

  /** For a document that came by itself: files of this machine are none of its business. */
  ImaReader() {
    this.resolve = Optional.empty();
  }

  /** The section {@code ima} of a role; empty if there is none. */
  Optional<ImaRules> rules(Section role) {
    Section section = role.section("ima");
    boolean required = section.flag("required", true);
    List<ImaKey> keys = new ArrayList<>();
    for (String key : section.texts("keys")) {
      try {
        Bytes content = key.startsWith(PEM) ? Bytes.utf8(key) : content(key, KEY_BYTES_MAX);
        keys.add(new ImaKey(PublicKeys.parse(content)));
      } catch (IOException | RuntimeException unreadable) {
        section.complain("keys", "cannot be read: " + unreadable.getMessage());
      }
    }
    ImaExpectation strict = ImaExpectation.STRICT;
    ImaExpectation signed = section.checked("keys", () -> strict.withKeys(keys)).orElse(strict);
    ImaExpectation files =
        section
            .checked("excludes", () -> signed.withExcludes(section.texts("excludes")))
            .orElse(signed);
    if (section.flag("violationsAllowed", false)) {
      files = files.withViolationsAllowed();
    }
    if (section.flag("paddedSha1Allowed", false)) {
      files = files.withPaddedSha1();
    }
    return role.has("ima") ? Optional.of(new ImaRules(required, files)) : ImaRules.NONE;
  }

  /** Adds what lists of digests say that files may hold, by claim. */
  void addLists(Section section, String key, Map<String, Set<Bytes>> values) {
    for (String list : section.texts(key)) {
      try {
        ChecksumList.parse(content(list, ChecksumList.MAX_BYTES))
            .forEach((name, digests) -> add(ReferenceValues.fileClaim(name), digests, values));
      } catch (IOException | RuntimeException unreadable) {
        section.complain(key, "cannot be read: " + list + ": " + unreadable.getMessage());
      }
    }
  }

  private static void add(String claim, Set<Bytes> digests, Map<String, Set<Bytes>> values) {
    Set<Bytes> all = new HashSet<>(values.getOrDefault(claim, Set.of()));
    all.addAll(digests);
    values.put(claim, all);
  }

  private Bytes content(String name, int maxBytes) throws IOException {
    if (resolve.isEmpty()) {
      throw new IOException(
          "a policy that is sent by itself names no files; write into it what they hold");
    }
    Path file = resolve.get().apply(name);
    if (!Files.isRegularFile(file) || Files.size(file) > maxBytes) {
      throw new IOException(file + " is no file of at most " + maxBytes + " bytes");
    }
    return Bytes.of(Files.readAllBytes(file));
  }
}
