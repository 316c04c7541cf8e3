package dev.holdfast.attestation.cmw;

import dev.holdfast.attestation.codec.MalformedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** The rules of labels, and of what a collection says that it is: a URI or an object identifier. */
final class CollectionType {
  private static final int MAX_LENGTH = 256;
  private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]{0,38}+)){1,32}+");

  private CollectionType() {}

  static String check(String text) {
    if (text.length() > MAX_LENGTH || !(OID.matcher(text).matches() || isAbsolute(text))) {
      throw new MalformedException(
          "the type of a collection is neither an absolute URI nor an object identifier");
    }
    return text;
  }

  private static boolean isAbsolute(String text) {
    try {
      return new URI(text).isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  static String label(String text) {
    if (text.isBlank() || text.length() > MAX_LENGTH) {
      throw new MalformedException("a label is blank, or has more than " + MAX_LENGTH + " letters");
    }
    return text;
  }
}
