package dev.holdfast.pam.model;

import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What makes a request safe to repeat for 24 hours (AIP-155).
 *
 * @param uuid a UUID, version 4, of the variant of RFC 9562
 */
public record RequestId(UUID uuid) {
  private static final Pattern FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

  /** Refuses other versions, the nil UUID among them. */
  public RequestId {
    if (uuid.version() != 4 || uuid.variant() != 2) {
      throw new Refusal(new Problem.IdFormat("request_id", "a UUID, version 4"));
    }
  }

  /**
   * Reads the usual text form, in either case.
   *
   * @throws Refusal with {@link Problem.IdFormat} if it has another form
   */
  public static RequestId parse(String text) {
    String lower = text.length() == 36 ? text.toLowerCase(Locale.ROOT) : "";
    if (!FORM.matcher(lower).matches()) {
      throw new Refusal(new Problem.IdFormat("request_id", "a UUID, version 4"));
    }
    return new RequestId(UUID.fromString(lower));
  }

  /** The usual text form, in lowercase. */
  @Override
  public String toString() {
    return uuid.toString();
  }
}
