package dev.holdfast.node.enrol;

import dev.holdfast.attestation.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A way in, as a file holds it: {@code TOKEN.ROOTDIGEST}, 43 characters of base64url, a dot and 64
 * hexadecimal digits.
 *
 * @param token used up by being sent
 * @param serverRootDigest SHA-256 of the root certificate that PAM's own must lead to
 */
public record JoinToken(String token, Bytes serverRootDigest) {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{43}\\.[0-9a-fA-F]{64}");
  private static final int TOKEN_CHARACTERS = 43;

  /**
   * Reads the text of a token file; white space around it is ignored.
   *
   * @throws IllegalArgumentException if it has another form; the message does not repeat it
   */
  public static JoinToken parse(String text) {
    String line = text.strip();
    if (!FORM.matcher(line).matches()) {
      throw new IllegalArgumentException(
          "a join token file holds TOKEN.ROOTDIGEST: 43 characters, a dot, 64 hexadecimal digits");
    }
    return new JoinToken(
        line.substring(0, TOKEN_CHARACTERS), Bytes.fromHex(line.substring(TOKEN_CHARACTERS + 1)));
  }

  /** Reads a token file of at most 1 KiB. */
  public static JoinToken read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return parse(new String(in.readNBytes(1024), StandardCharsets.US_ASCII));
    }
  }

  /** Says nothing of the token. */
  @Override
  public String toString() {
    return "join token for root " + serverRootDigest;
  }
}
