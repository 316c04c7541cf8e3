package dev.holdfast.infrastructure.cache;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where content comes from: a folder of files named by their digest, and files below an allowed
 * folder.
 *
 * @param byDigest the folder of files named by their lowercase hexadecimal SHA-256
 * @param allowed the folder below which {@code file:} URIs may point; empty for none
 */
public record ContentOrigin(Path byDigest, Optional<Path> allowed) {
  private static final int URI_BYTES_MAX = 2048;

  /**
   * The file to fetch from. What it holds is proven only by its digest.
   *
   * @param uri an absolute {@code file:} URI, or empty for the folder by digest
   */
  Path locate(ContentDigest digest, String uri) throws IOException {
    if (uri.isEmpty()) {
      Path file = byDigest.resolve(digest.hex());
      if (!Files.isRegularFile(file)) {
        throw new ContentRefused(
            ContentRefused.Reason.CONTENT_ABSENT, "the origin has no content " + digest);
      }
      return file;
    }
    Path below =
        allowed.orElseThrow(() -> forbidden("this cache fetches by digest only, not from URIs"));
    Path path = path(uri);
    if (!path.normalize().equals(path) || !path.startsWith(below)) {
      throw forbidden("content may be fetched below " + below + " only");
    }
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException _) {
      throw new ContentRefused(ContentRefused.Reason.CONTENT_ABSENT, "no file is at " + path);
    }
    // A link inside may not lead out either.
    if (!real.startsWith(below.toRealPath()) || !Files.isRegularFile(real)) {
      throw forbidden("content may be fetched from files below " + below + " only");
    }
    return real;
  }

  private static Path path(String text) throws ContentRefused {
    if (text.length() > URI_BYTES_MAX) {
      throw forbidden("a URI has at most " + URI_BYTES_MAX + " bytes");
    }
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw forbidden("not a URI: " + e.getReason());
    }
    if (!"file".equals(uri.getScheme())
        || uri.isOpaque()
        || uri.getPath() == null
        || uri.getQuery() != null
        || uri.getFragment() != null
        || (uri.getAuthority() != null && !uri.getAuthority().isEmpty())) {
      throw forbidden("content may be fetched from URIs such as file:///folder/file only");
    }
    try {
      return Path.of(uri.getPath());
    } catch (InvalidPathException e) {
      throw forbidden("not a path: " + e.getReason());
    }
  }

  private static ContentRefused forbidden(String message) {
    return new ContentRefused(ContentRefused.Reason.ORIGIN_FORBIDDEN, message);
  }
}
