package dev.holdfast.server.identity;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * A SPIFFE ID: {@code spiffe://{trust domain}/{path}} (SPIFFE-ID standard, section 2). It is the
 * only URI in a certificate of the trust domain.
 *
 * @param trustDomain 1 to 255 of {@code [a-z0-9._-]}
 * @param path without the leading slash; segments of {@code [A-Za-z0-9._-]}, never {@code .} or
 *     {@code ..}
 */
public record SpiffeId(String trustDomain, String path) {
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final Pattern PATH =
      Pattern.compile("(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)*");

  /** Checks both parts. */
  public SpiffeId {
    if (!DOMAIN.matcher(trustDomain).matches()) {
      throw new IllegalArgumentException("not a trust domain: " + trustDomain);
    }
    if (path.length() > 1024 || !PATH.matcher(path).matches()) {
      throw new IllegalArgumentException("not the path of a SPIFFE ID");
    }
  }

  /** Reads one; anything else is an {@link IllegalArgumentException}. */
  public static SpiffeId parse(String text) {
    URI uri = URI.create(text);
    if (!"spiffe".equals(uri.getScheme())
        || uri.getHost() == null
        || uri.getUserInfo() != null
        || uri.getPort() != -1
        || uri.getQuery() != null
        || uri.getFragment() != null
        || uri.getRawPath().length() < 2) {
      throw new IllegalArgumentException("not a SPIFFE ID");
    }
    // Raw: a percent sign is part of no SPIFFE ID, and must not stand for a slash.
    return new SpiffeId(uri.getHost(), uri.getRawPath().substring(1));
  }

  @Override
  public String toString() {
    return "spiffe://" + trustDomain + "/" + path;
  }
}
