package dev.holdfast.tests.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The files of the checkout, without what builds and editors leave behind. */
final class Repository {
  private static final Set<String> NOT_OURS =
      Set.of("target", ".git", ".idea", ".vscode", ".settings", "node_modules", ".cache");

  private final Path root;

  /** That of the property {@code holdfast.root}. */
  Repository() {
    root = Path.of(System.getProperty("holdfast.root", "../..")).toAbsolutePath().normalize();
  }

  Path root() {
    return root;
  }

  /** Every file, relative to the top, sorted. */
  List<Path> files() {
    try (Stream<Path> all = walk(root)) {
      return all.map(root::relativize).sorted().toList();
    }
  }

  /** Every Java source, relative to the top. */
  List<Path> sources() {
    return files().stream().filter(file -> file.toString().endsWith(".java")).toList();
  }

  /** The folders at the top that hold a pom, down to modules with sources or without. */
  List<Path> modules() {
    return files().stream()
        .filter(file -> file.endsWith("pom.xml") && file.getNameCount() > 1)
        .map(Path::getParent)
        .toList();
  }

  String read(Path file) {
    try {
      return Files.readString(root.resolve(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static Stream<Path> walk(Path folder) {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(folder)) {
      entries = listed.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries.stream()
        .filter(entry -> !NOT_OURS.contains(entry.getFileName().toString()))
        .flatMap(
            entry ->
                Files.isDirectory(entry, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                    ? walk(entry)
                    : Stream.of(entry));
  }
}
