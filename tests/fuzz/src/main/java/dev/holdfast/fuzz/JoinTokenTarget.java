package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.node.enrol.JoinToken;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Join tokens: what is read is what was written, and what is refused is not repeated. */
final class JoinTokenTarget implements Target {
  private static final String REFUSED = refusal("");

  @Override
  public Class<?> reader() {
    return JoinToken.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(Bytes.utf8("aZ0_-".repeat(8) + "abc." + "0f".repeat(32) + "\n"));
  }

  /** The text of one token file. */
  @Override
  public void read(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    try {
      JoinToken token = JoinToken.parse(text);
      String written =
          token.token() + "." + HexFormat.of().formatHex(token.serverRootDigest().toByteArray());
      if (!written.toLowerCase(Locale.ROOT).equals(text.strip().toLowerCase(Locale.ROOT))) {
        throw new IllegalStateException("a token was read that was not written");
      }
      if (!token.toString().equals(new JoinToken("", token.serverRootDigest()).toString())) {
        throw new IllegalStateException("a token shows itself");
      }
    } catch (IllegalArgumentException refused) {
      if (!REFUSED.equals(refused.getMessage())) {
        throw new IllegalStateException("the words of a refusal depend on the token", refused);
      }
    }
  }

  private static String refusal(String text) {
    try {
      return JoinToken.parse(text).toString();
    } catch (IllegalArgumentException refused) {
      return String.valueOf(refused.getMessage());
    }
  }
}
