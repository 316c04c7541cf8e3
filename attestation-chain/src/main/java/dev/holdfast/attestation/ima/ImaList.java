package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.ByteCursor;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A measurement list as read, or a part of one (Linux, security/integrity/ima/ima_fs.c): in binary,
 * little-endian form as {@code binary_runtime_measurements} holds it, or as text.
 *
 * @param entries in the order of measurement
 */
public record ImaList(List<ImaEntry> entries) {
  /** Most bytes of a list. */
  public static final int MAX_BYTES = 32 * 1024 * 1024;

  /** Most entries. */
  public static final int ENTRIES_MAX = 256 * 1024;

  /** Most bytes of one entry's data. */
  public static final int DATA_MAX_BYTES = 1024 * 1024;

  private static final int TEMPLATE_NAME_MAX_BYTES = 255;
  private static final int OLD_DIGEST_BYTES = 20;
  private static final int OLD_NAME_MAX_BYTES = 255;

  /** Copies the list. */
  public ImaList {
    entries = List.copyOf(entries);
  }

  /** What reading came to. */
  public sealed interface Parsed {}

  /**
   * The list can be read.
   *
   * @param list its content
   */
  public record Legible(ImaList list) implements Parsed {}

  /**
   * The list cannot be read.
   *
   * @param finding IMA_MALFORMED
   */
  public record Illegible(Finding finding) implements Parsed {}

  /**
   * Reads the text form, whose template hashes are of the length that they have; never throws.
   *
   * @param bytes at most 32 MiB; empty lines are skipped
   */
  public static Parsed parseText(Bytes bytes) {
    return parse(bytes, entries -> ImaText.read(bytes, entries));
  }

  /**
   * Reads the binary form with SHA-1 template hashes; never throws.
   *
   * @param bytes at most 32 MiB
   */
  public static Parsed parseBinary(Bytes bytes) {
    return parseBinary(bytes, PcrBank.SHA1);
  }

  /**
   * Reads the binary form; never throws.
   *
   * @param bytes at most 32 MiB
   * @param hash of the template hashes: kernels since 6.8 keep a list for each bank
   */
  public static Parsed parseBinary(Bytes bytes, PcrBank hash) {
    return parse(
        bytes,
        entries -> {
          ByteCursor in = ByteCursor.littleEndian(bytes);
          while (in.remaining() > 0) {
            add(entries, entry(in, hash));
          }
        });
  }

  /** Puts entries into a list, up to the first that cannot be read. */
  private interface Reader {
    void read(List<ImaEntry> entries);
  }

  private static Parsed parse(Bytes bytes, Reader reader) {
    List<ImaEntry> entries = new ArrayList<>();
    try {
      if (bytes.length() > MAX_BYTES) {
        throw new MalformedException(bytes.length() + " bytes, more than " + MAX_BYTES);
      }
      reader.read(entries);
      return new Legible(new ImaList(entries));
    } catch (MalformedException e) {
      return new Illegible(
          Finding.against(
                  Reason.IMA_MALFORMED, "the file measurements cannot be read: " + e.words())
              .at("ima/" + entries.size())
              .remedy("Send the list as the kernel holds it, in whole entries."));
    }
  }

  static void add(List<ImaEntry> entries, ImaEntry entry) {
    if (entries.size() == ENTRIES_MAX) {
      throw new MalformedException("more than " + ENTRIES_MAX + " entries");
    }
    entries.add(entry);
  }

  private static ImaEntry entry(ByteCursor in, PcrBank hash) {
    long register = in.u32("register");
    Bytes templateHash = in.take(hash.digestLength(), "template hash");
    String name = text(in.take(length(in, TEMPLATE_NAME_MAX_BYTES, "template name"), "name"));
    if (name.equals(ImaTemplate.IMA.word())) {
      Bytes digest = in.take(OLD_DIGEST_BYTES, "digest");
      Bytes path = in.take(length(in, OLD_NAME_MAX_BYTES, "path"), "path");
      return old(register, templateHash, digest, path);
    }
    Bytes data = in.take(length(in, DATA_MAX_BYTES, "template data"), "template data");
    Optional<ImaTemplate> template = ImaTemplate.of(name);
    ImaEntry.Content content =
        template.isPresent() ? content(template.get(), data) : new ImaEntry.Opaque(name);
    return new ImaEntry(register, templateHash, name, data, content);
  }

  /** The form {@code ima}: its hash is over the digest, and the path filled up to 256 bytes. */
  static ImaEntry old(long register, Bytes templateHash, Bytes digest, Bytes path) {
    if (path.length() > OLD_NAME_MAX_BYTES) {
      throw new MalformedException("a path of " + path.length() + " bytes in the form ima");
    }
    Bytes filler = Bytes.of(new byte[OLD_NAME_MAX_BYTES + 1 - path.length()]);
    Bytes data = Bytes.concat(digest, path, filler);
    ImaDigest file = new ImaDigest("ima", "sha1", digest);
    ImaEntry.Content content = new ImaEntry.File(file, text(path), Bytes.EMPTY);
    return new ImaEntry(register, templateHash, ImaTemplate.IMA.word(), data, content);
  }

  /** Reads the fields of an entry: each a length, and so many bytes. */
  static ImaEntry.Content content(ImaTemplate template, Bytes data) {
    ByteCursor in = ByteCursor.littleEndian(data);
    ImaDigest digest = new ImaDigest("ima", "", Bytes.EMPTY);
    String name = "";
    Bytes signature = Bytes.EMPTY;
    Optional<Bytes> buffer = Optional.empty();
    Optional<ImaDigest> moduleDigest = Optional.empty();
    Bytes moduleSignature = Bytes.EMPTY;
    try {
      for (ImaTemplate.Field field : template.fields()) {
        Bytes value = in.take(length(in, DATA_MAX_BYTES, "a field"), "a field");
        switch (field) {
          case DIGEST -> digest = digest(value, false);
          case TYPED_DIGEST -> digest = digest(value, true);
          case NAME -> name = name(value);
          case SIGNATURE -> signature = value;
          case BUFFER -> buffer = Optional.of(value);
          case MODULE_DIGEST ->
              moduleDigest = value.isEmpty() ? Optional.empty() : Optional.of(digest(value, false));
          case MODULE_SIGNATURE -> moduleSignature = value;
        }
      }
      in.end("the fields of " + template.word());
    } catch (MalformedException e) {
      // The data is whole: what is missing inside it will not come with more of the list.
      throw new MalformedException(e.words());
    }
    return buffer.isPresent()
        ? new ImaEntry.Buffer(digest, name, buffer.get())
        : new ImaEntry.File(digest, name, signature, moduleDigest, moduleSignature);
  }

  private static ImaDigest digest(Bytes field, boolean typed) {
    int end = 0;
    while (end < field.length() && field.at(end) != 0) {
      end++;
    }
    if (end == field.length()) {
      throw new MalformedException("a digest names no algorithm");
    }
    String[] words = text(field.slice(0, end)).split(":", -1);
    Bytes value = field.slice(end + 1, field.length());
    if (words.length != (typed ? 3 : 2) || !words[words.length - 1].isEmpty()) {
      throw new MalformedException("a digest does not begin with algorithm and colon");
    }
    return typed ? new ImaDigest(words[0], words[1], value) : new ImaDigest("ima", words[0], value);
  }

  private static String name(Bytes field) {
    int length = field.length();
    if (length == 0 || field.at(length - 1) != 0) {
      throw new MalformedException("a name does not end with a zero byte");
    }
    return text(field.slice(0, length - 1));
  }

  private static int length(ByteCursor in, int maxBytes, String what) {
    long length = in.u32("the length of " + what);
    if (length > maxBytes) {
      throw new MalformedException(what + " has " + length + " bytes, more than " + maxBytes);
    }
    return (int) length;
  }

  static String text(Bytes bytes) {
    return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
  }
}
