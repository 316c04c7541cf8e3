package dev.holdfast.node.tee;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Reports of a confidential guest through configfs-tsm (Linux,
 * Documentation/ABI/testing/configfs-tsm): report data go into {@code inblob}, the report comes out
 * of {@code outblob}, and {@code generation} counts the writes, so that one who writes at the same
 * time is noticed.
 */
public final class TsmReports implements AutoCloseable {
  /** The entry that nodes make and use. */
  public static final Path ENTRY = Path.of("/sys/kernel/config/tsm/report/holdfast");

  /** Bytes of report data. */
  public static final int REPORT_DATA_BYTES = 64;

  /** Most bytes of {@code outblob}, TSM_OUTBLOB_MAX. */
  public static final int REPORT_MAX_BYTES = 32 * 1024;

  private static final int AUXILIARY_MAX_BYTES = 64 * 1024;
  private static final int WORD_BYTES_MAX = 128;
  private static final int ATTEMPTS = 4;

  private final Path path;
  private final ReportEntry entry;
  private final OptionalInt privilegeLevel;
  private final boolean made;
  private final GuestReport.Provider provider;

  private TsmReports(
      Path path,
      ReportEntry entry,
      OptionalInt privilegeLevel,
      boolean made,
      GuestReport.Provider provider) {
    this.path = path;
    this.entry = entry;
    this.privilegeLevel = privilegeLevel;
    this.made = made;
    this.provider = provider;
  }

  /** Attributes that are files. */
  private record FileEntry(Path path) implements ReportEntry {
    @Override
    public Bytes read(String attribute, int bytesMax) throws IOException {
      return KernelFiles.read(path.resolve(attribute), bytesMax);
    }

    @Override
    public void write(String attribute, Bytes content) throws IOException {
      KernelFiles.write(path.resolve(attribute), content);
    }
  }

  /**
   * Takes an entry into use; makes it first where it is not there yet.
   *
   * @param entry such as {@link #ENTRY}
   * @param privilegeLevel the level that the report is to be of (SEV-SNP: the VMPL), 0 to 3; else
   *     the kernel's choice
   * @throws IOException if this kernel has none, or its provider is not one that is known here
   */
  public static TsmReports open(Path entry, OptionalInt privilegeLevel) throws IOException {
    boolean made = false;
    if (!Files.isDirectory(entry)) {
      try {
        Files.createDirectory(entry);
        made = true;
      } catch (FileAlreadyExistsException e) {
        throw new IOException(entry + " is no directory", e);
      } catch (IOException e) {
        throw new IOException(
            "no report entry "
                + entry
                + ": is this a TDX or SEV-SNP guest, with configfs"
                + " mounted, on Linux 6.7 or later, and may the node write there?",
            e);
      }
    }
    try {
      return open(entry, new FileEntry(entry), privilegeLevel, made);
    } catch (IOException e) {
      if (made) {
        Files.deleteIfExists(entry);
      }
      throw e;
    }
  }

  /** The same for attributes that are served otherwise. */
  static TsmReports open(Path path, ReportEntry entry, OptionalInt privilegeLevel, boolean made)
      throws IOException {
    if (privilegeLevel.isPresent()
        && (privilegeLevel.getAsInt() < 0 || privilegeLevel.getAsInt() > 3)) {
      throw new IllegalArgumentException("a privilege level is 0 to 3");
    }
    return new TsmReports(path, entry, privilegeLevel, made, provider(text(entry, "provider")));
  }

  private static String text(ReportEntry entry, String attribute) throws IOException {
    return new String(
            entry.read(attribute, WORD_BYTES_MAX).toByteArray(), StandardCharsets.US_ASCII)
        .strip();
  }

  private static GuestReport.Provider provider(String word) throws IOException {
    for (GuestReport.Provider known : GuestReport.Provider.values()) {
      if (known.word().equals(word)) {
        return known;
      }
    }
    throw new IOException(
        "the provider of reports is \""
            + word
            + "\", none of "
            + Arrays.stream(GuestReport.Provider.values())
                .map(GuestReport.Provider::word)
                .collect(Collectors.joining(", ")));
  }

  /** Which firmware vouches for this guest. */
  public GuestReport.Provider provider() {
    return provider;
  }

  /**
   * A report of this guest.
   *
   * @param reportData 64 bytes
   * @throws IOException if there is none, or others write into the entry again and again
   */
  public synchronized GuestReport report(Bytes reportData) throws IOException {
    if (reportData.length() != REPORT_DATA_BYTES) {
      throw new IllegalArgumentException("report data have 64 bytes");
    }
    Optional<IOException> busy = Optional.empty();
    for (int i = 0; i < ATTEMPTS; i++) {
      try {
        Optional<GuestReport> report = attempt(reportData);
        if (report.isPresent()) {
          return report.get();
        }
      } catch (IOException e) {
        if (!isBusy(e)) {
          throw e;
        }
        busy = Optional.of(e);
      }
    }
    IOException refused =
        new IOException(
            "no report of our own from "
                + path
                + " in "
                + ATTEMPTS
                + " attempts: someone else writes there; give each node an entry of its own");
    busy.ifPresent(refused::addSuppressed);
    throw refused;
  }

  /** Java has no type for EBUSY: only the kernel's words tell it from other errors. */
  private static boolean isBusy(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("resource busy");
  }

  /** Empty if someone else wrote meanwhile. */
  private Optional<GuestReport> attempt(Bytes reportData) throws IOException {
    long before = generation();
    int writes = 1;
    if (privilegeLevel.isPresent()) {
      writes++;
      entry.write("privlevel", Bytes.utf8(Integer.toString(privilegeLevel.getAsInt())));
    }
    entry.write("inblob", reportData);
    if (generation() != before + writes) {
      return Optional.empty();
    }
    Bytes outblob = entry.read("outblob", REPORT_MAX_BYTES);
    Bytes auxblob =
        provider == GuestReport.Provider.SEV_GUEST
            ? entry.read("auxblob", AUXILIARY_MAX_BYTES)
            : Bytes.EMPTY;
    GuestReport report = new GuestReport(provider, outblob, auxblob);
    if (generation() != before + writes) {
      return Optional.empty();
    }
    if (!report.states(reportData)) {
      throw new IOException(
          path.resolve("outblob")
              + " holds a report of "
              + outblob.length()
              + " bytes for other data than were written to inblob");
    }
    return Optional.of(report);
  }

  private long generation() throws IOException {
    String text = text(entry, "generation");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(path.resolve("generation") + " holds no number", e);
    }
  }

  /** Removes the entry, if it was made here. */
  @Override
  public void close() throws IOException {
    if (made) {
      Files.deleteIfExists(path);
    }
  }
}
