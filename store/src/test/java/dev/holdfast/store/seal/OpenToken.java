package dev.holdfast.store.seal;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A process that opens a token, then a stored ring of data keys, and says which key of it seals.
 */
final class OpenToken {
  private OpenToken() {}

  /** The library, the label of the token, the PIN's file, the label of keys, the ring. */
  public static void main(String[] words) {
    var token =
        new Pkcs11Token(
            Path.of(words[0]), new Pkcs11Token.Slot.Label(words[1]), Path.of(words[2]), words[3]);
    try (var provider = Pkcs11KeyProvider.open(token, new SecureRandom())) {
      DataKeys ring = DataKeys.open(provider, HexFormat.of().parseHex(words[4]));
      System.out.println("opened " + ring + " under " + provider.wrappingKeyId());
    } catch (KeyFailure refused) {
      System.out.println("refused: " + refused.getMessage());
    }
  }
}
