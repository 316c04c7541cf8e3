package dev.holdfast.server.collateral;

import dev.holdfast.attestation.TrustZoneName;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.CollateralNeed;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was fetched for one trust zone, {@code {zone}/fetched/{what}/}, each in a folder of the
 * layout of {@link CollateralFolder}. A folder that is there is whole: it is written aside and then
 * renamed.
 */
final class FetchedFolders {
  private static final Logger LOG = LoggerFactory.getLogger(FetchedFolders.class);
  private static final int FOLDERS_MAX = 1024;
  private static final String ASIDE = ".part";

  private final Path directory;

  private FetchedFolders(Path directory) {
    this.directory = directory;
  }

  /** Opens the folders of a zone; what was half written is removed. */
  static FetchedFolders open(Path directory, TrustZoneName zone) throws IOException {
    Path own = directory.resolve(zone.trustZone()).resolve("fetched");
    Files.createDirectories(own);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(own, "*" + ASIDE)) {
      for (Path half : entries) {
        remove(half);
      }
    }
    return new FetchedFolders(own);
  }

  /** All that was fetched before. What cannot be read is left out: it can be fetched again. */
  List<CollateralFolder.Content> read() throws IOException {
    List<CollateralFolder.Content> contents = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path folder : entries) {
        try {
          contents.add(CollateralFolder.read(folder));
        } catch (IOException unreadable) {
          LOG.warn("fetched collateral is passed over: {}", unreadable.getMessage());
        }
      }
    }
    return contents;
  }

  void keep(CollateralNeed.Dcap need, DcapCollateral bundle) throws IOException {
    String name =
        (need.tee() + "-" + need.fmspc().hex() + "-" + need.ca()).toLowerCase(Locale.ROOT);
    replace(name, aside -> CollateralFolder.write(aside, bundle));
  }

  void keep(CollateralNeed.Amd need, AmdEndorsements amd) throws IOException {
    String name = (need.product() + "-" + need.chipId().hex()).toLowerCase(Locale.ROOT);
    replace(name, aside -> CollateralFolder.write(aside, amd));
  }

  @FunctionalInterface
  private interface Writing {
    void into(Path folder) throws IOException;
  }

  private void replace(String name, Writing writing) throws IOException {
    Path folder = directory.resolve(name);
    if (Files.notExists(folder) && count() >= FOLDERS_MAX) {
      throw new IOException(directory + " holds 1024 folders already");
    }
    Path aside = directory.resolve(name + ASIDE);
    remove(aside);
    Files.createDirectories(aside);
    writing.into(aside);
    remove(folder);
    Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private int count() throws IOException {
    try (var entries = Files.list(directory)) {
      return (int) Math.min(Integer.MAX_VALUE, entries.count());
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
