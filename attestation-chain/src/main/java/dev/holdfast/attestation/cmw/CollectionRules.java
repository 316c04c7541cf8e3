package dev.holdfast.attestation.cmw;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a collection that could be read must be (draft-ietf-rats-msg-wrap, 3.3): not empty, under
 * labels that say something, and of a type that is a URI or an object identifier.
 */
final class CollectionRules {
  private static final int TEXT_MAX_LENGTH = 256;
  private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]{0,38}+)){1,32}+");

  private CollectionRules() {}

  /** What is wrong first, at any depth; empty if nothing is. */
  static Optional<String> check(Cmw wrapper) {
    return switch (wrapper) {
      case Cmw.Message _ -> Optional.empty();
      case Cmw.Collection collection ->
          own(collection)
              .or(
                  () ->
                      collection.members().stream()
                          .flatMap(member -> check(member.wrapper()).stream())
                          .findFirst());
    };
  }

  private static Optional<String> own(Cmw.Collection collection) {
    if (collection.members().isEmpty()) {
      return Optional.of("a collection is empty");
    }
    if (collection.type().filter(type -> !isType(type)).isPresent()) {
      return Optional.of(
          "the type of a collection is neither an absolute URI nor an object identifier");
    }
    return collection.members().stream()
        .map(Cmw.Member::label)
        .filter(label -> label.isBlank() || label.length() > TEXT_MAX_LENGTH)
        .findFirst()
        .map(_ -> "a label is blank, or has more than " + TEXT_MAX_LENGTH + " letters");
  }

  private static boolean isType(String text) {
    return text.length() <= TEXT_MAX_LENGTH && (OID.matcher(text).matches() || isAbsolute(text));
  }

  private static boolean isAbsolute(String text) {
    try {
      return new URI(text).isAbsolute();
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
