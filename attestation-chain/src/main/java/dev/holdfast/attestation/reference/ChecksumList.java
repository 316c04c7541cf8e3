package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Digests of files as {@code sha256sum}, {@code sha384sum} and {@code sha512sum} write them (GNU
 * coreutils, "md5sum invocation"): one to a line, in hexadecimal, and the file's name behind it.
 */
public final class ChecksumList {
  /** Most bytes of a list. */
  public static final int MAX_BYTES = 32 * 1024 * 1024;

  /** Most lines. */
  public static final int LINES_MAX = 256 * 1024;

  private static final int NAME_MAX_CHARACTERS = 4096;
  private static final Pattern LINE =
      Pattern.compile("(\\\\?)([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}) [ *](.+)");

  private ChecksumList() {}

  /**
   * Reads a list.
   *
   * @param bytes in UTF-8; empty lines are skipped
   * @return digests by name: a path from the root, or a name that the kernel gave such as {@code
   *     boot_aggregate}
   * @throws MalformedException with the first line that is anything else
   */
  public static Map<String, Set<Bytes>> parse(Bytes bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException(bytes.length() + " bytes, more than " + MAX_BYTES);
    }
    Map<String, Set<Bytes>> digests = new HashMap<>();
    int number = 0;
    for (String line : text(bytes).split("\n", LINES_MAX + 1)) {
      number++;
      if (number > LINES_MAX) {
        throw new MalformedException("more than " + LINES_MAX + " lines");
      }
      if (!line.isEmpty()) {
        read(line, number, digests);
      }
    }
    return digests;
  }

  private static String text(Bytes bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("a list that is not in UTF-8");
    }
  }

  private static void read(String line, int number, Map<String, Set<Bytes>> digests) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw new MalformedException("line " + number + " is not a digest, two spaces and a name");
    }
    String name = matcher.group(3);
    if (!matcher.group(1).isEmpty()) {
      name = unescaped(name, number);
    }
    if (name.startsWith(".") || name.length() > NAME_MAX_CHARACTERS) {
      throw new MalformedException(
          "line " + number + " names no path from the root, such as /usr/bin/env");
    }
    digests.computeIfAbsent(name, _ -> new HashSet<>()).add(Bytes.fromHex(matcher.group(2)));
  }

  /** A backslash before the digest says that the name has some, for line feeds and themselves. */
  private static String unescaped(String name, int number) {
    StringBuilder plain = new StringBuilder(name.length());
    boolean escaped = false;
    for (int i = 0; i < name.length(); i++) {
      char character = name.charAt(i);
      if (!escaped && character == '\\') {
        escaped = true;
        continue;
      }
      plain.append(escaped ? unescaped(character, number) : character);
      escaped = false;
    }
    if (escaped) {
      throw new MalformedException("line " + number + " ends in the middle of an escape");
    }
    return plain.toString();
  }

  private static char unescaped(char character, int number) {
    return switch (character) {
      case '\\' -> '\\';
      case 'n' -> '\n';
      case 'r' -> '\r';
      default -> throw new MalformedException("line " + number + " escapes what needs none");
    };
  }
}
