package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.ProtocolMessageEnum;
import java.util.HexFormat;

/** Words as a terminal may safely show them. */
final class Text {
  private Text() {}

  /** What came from elsewhere, with control characters made visible: nobody steers the terminal. */
  static String clean(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              boolean hidden =
                  c != '\n'
                      && (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
              if (hidden) {
                shown.append(String.format("\\u%04x", c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  /** A word of an enum without what its type's name says already: STATE_ACTIVE is ACTIVE. */
  static String word(ProtocolMessageEnum value) {
    if (value.toString().equals("UNRECOGNIZED")) {
      return "(unknown to this version)";
    }
    StringBuilder prefix = new StringBuilder();
    for (char c : value.getDescriptorForType().getName().toCharArray()) {
      if (Character.isUpperCase(c) && !prefix.isEmpty()) {
        prefix.append('_');
      }
      prefix.append(Character.toUpperCase(c));
    }
    String name = value.getValueDescriptor().getName();
    String word = name.startsWith(prefix + "_") ? name.substring(prefix.length() + 1) : name;
    return word.equals("UNSPECIFIED") ? "-" : word;
  }

  /** Lowercase hex. */
  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** The first twelve hex digits, for tables. */
  static String shortHex(ByteString bytes) {
    String hex = hex(bytes);
    return hex.isEmpty() ? "-" : hex.length() <= 12 ? hex : hex.substring(0, 12) + "…";
  }

  /** The text, or a dash where there is none. */
  static String orDash(String text) {
    return text.isEmpty() ? "-" : clean(text);
  }

  /** Everything behind the last slash of a name. */
  static String last(String name) {
    return orDash(name.substring(name.lastIndexOf('/') + 1));
  }
}
