package dev.holdfast.store.seal;

import java.nio.file.Path;

/**
 * Where wrapping keys are in a PKCS #11 token.
 *
 * @param library the token's PKCS #11 library, an absolute path
 * @param slot which token of the library's
 * @param pinFile holds the user's PIN and nothing else; only its owner may reach it
 * @param keyLabel what the names of keys begin with; 1 to 64 of {@code A-Z a-z 0-9 . _ -}
 */
public record Pkcs11Token(Path library, Slot slot, Path pinFile, String keyLabel) {
  /** Checks what goes into the configuration of the JDK's provider. */
  public Pkcs11Token {
    if (!library.isAbsolute() || !library.toString().matches("[A-Za-z0-9._/+-]+")) {
      throw new IllegalArgumentException(
          "a PKCS #11 library has an absolute path of letters, digits and . _ / + -");
    }
    if (!keyLabel.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException("a key label has 1 to 64 of A-Z a-z 0-9 . _ -");
    }
  }

  /** Which of a library's tokens. */
  public sealed interface Slot {
    /**
     * The one at a place in the library's list of slots.
     *
     * @param place 0 to 63
     */
    record Place(int place) implements Slot {
      /** Checks the range. */
      public Place {
        if (place < 0 || place >= TokenSlots.SLOTS_MAX) {
          throw new IllegalArgumentException("a place in the list of slots is 0 to 63");
        }
      }
    }

    /**
     * The one with a label.
     *
     * @param label 1 to 32 bytes
     */
    record Label(String label) implements Slot {
      /** Checks the size. */
      public Label {
        if (label.isBlank() || label.length() > TokenSlots.LABEL_BYTES) {
          throw new IllegalArgumentException("a token's label has 1 to 32 characters");
        }
      }
    }
  }
}
