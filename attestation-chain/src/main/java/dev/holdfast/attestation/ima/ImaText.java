package dev.holdfast.attestation.ima;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The text form of a list: on each line the register, the template hash, the name of the form, and
 * its fields, a space before each. The data that was hashed is made anew from them.
 */
final class ImaText {
  private static final int LINE_MAX_BYTES = 3 * ImaList.DATA_MAX_BYTES;
  private static final HexFormat HEX = HexFormat.of();

  private ImaText() {}

  static void read(Bytes bytes, List<ImaEntry> entries) {
    int from = 0;
    while (from < bytes.length()) {
      int end = from;
      while (end < bytes.length() && bytes.at(end) != '\n') {
        end++;
      }
      if (end - from > LINE_MAX_BYTES) {
        throw new MalformedException("a line of " + (end - from) + " bytes");
      }
      // One byte is one character here: a path of any encoding comes back as it was.
      String line = new String(bytes.slice(from, end).toByteArray(), StandardCharsets.ISO_8859_1);
      if (!line.isBlank()) {
        ImaList.add(entries, entry(line.stripLeading()));
      }
      from = end + 1;
    }
  }

  private static ImaEntry entry(String line) {
    String[] parts = line.split(" ", 4);
    if (parts.length < 4) {
      throw new MalformedException("a line has no register, template hash, form and fields");
    }
    long register = register(parts[0]);
    Bytes templateHash = hex(parts[1]);
    if (parts[2].equals(ImaTemplate.IMA.word())) {
      String[] fields = parts[3].split(" ", 2);
      if (fields.length < 2) {
        throw new MalformedException("a line has no path");
      }
      return ImaList.old(register, templateHash, hex(fields[0]), raw(fields[1]));
    }
    ImaTemplate template =
        ImaTemplate.of(parts[2])
            .orElseThrow(() -> new MalformedException("a form that is not known, as text"));
    Bytes data = data(template, fields(template, parts[3]));
    return new ImaEntry(
        register, templateHash, template.word(), data, ImaList.content(template, data));
  }

  private static long register(String text) {
    try {
      long register = Long.parseLong(text);
      if (register >= 0 && register <= 0xffffffffL) {
        return register;
      }
    } catch (NumberFormatException notOne) {
      // Said below.
    }
    throw new MalformedException("a line does not begin with the number of a register");
  }

  /**
   * Splits the fields: the first has no space in it, nor have those behind the name; what is left
   * is the name. Of a line that ends in spaces, whatever held it may have cut those off.
   */
  private static List<String> fields(ImaTemplate template, String text) {
    int behind = template.fields().size() - 2;
    int first = text.indexOf(' ');
    if (first < 0) {
      throw new MalformedException("a line has no name");
    }
    String rest = text.substring(first + 1);
    List<String> last = new ArrayList<>();
    for (int i = 0; i < behind; i++) {
      int space = rest.lastIndexOf(' ');
      last.addFirst(space < 0 ? "" : rest.substring(space + 1));
      rest = space < 0 ? rest : rest.substring(0, space);
    }
    List<String> fields = new ArrayList<>(List.of(text.substring(0, first), rest));
    fields.addAll(last);
    return fields;
  }

  private static Bytes data(ImaTemplate template, List<String> fields) {
    List<Bytes> parts = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      String text = fields.get(i);
      Bytes value =
          switch (template.fields().get(i)) {
            case DIGEST, TYPED_DIGEST -> digest(text);
            case MODULE_DIGEST -> text.isEmpty() ? Bytes.EMPTY : digest(text);
            case NAME -> Bytes.concat(raw(text), Bytes.of((byte) 0));
            case SIGNATURE, BUFFER, MODULE_SIGNATURE -> hex(text);
          };
      ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      parts.add(Bytes.of(length.putInt(value.length()).array()));
      parts.add(value);
    }
    return Bytes.concat(parts.toArray(Bytes[]::new));
  }

  /** {@code sha256:00…} in text is {@code sha256:}, a zero byte and the digest in data. */
  private static Bytes digest(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new MalformedException("a digest names no algorithm");
    }
    return Bytes.concat(
        raw(text.substring(0, colon + 1)), Bytes.of((byte) 0), hex(text.substring(colon + 1)));
  }

  private static Bytes hex(String digits) {
    try {
      return Bytes.of(HEX.parseHex(digits));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("digits that are not hexadecimal");
    }
  }

  private static Bytes raw(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
