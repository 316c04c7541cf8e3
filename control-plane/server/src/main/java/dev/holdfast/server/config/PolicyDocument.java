package dev.holdfast.server.config;

import dev.holdfast.attestation.TrustZoneName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A revision of a zone's policy as a document of its own: the sections {@code policy} and {@code
 * references}, as they stand below a trust zone in the configuration. It names no files.
 */
public final class PolicyDocument {
  /** Most bytes of one. */
  public static final int BYTES_MAX = 256 * 1024;

  private static final String NAME = "policy";

  private PolicyDocument() {}

  /**
   * Reads a document.
   *
   * @param zone whose nodes it names
   * @throws ConfigException with everything that is wrong with it, and its lines
   */
  public static PolicyRevision read(TrustZoneName zone, byte[] document) {
    if (document.length > BYTES_MAX) {
      throw new ConfigException(List.of(NAME + " has more than 256 KiB"));
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
    } catch (CharacterCodingException malformed) {
      throw new ConfigException(List.of(NAME + " is not in UTF-8"));
    }
    Complaints complaints = new Complaints(NAME);
    Section top = new Section("", YamlText.root(NAME, text), complaints);
    Optional<PolicyRevision> revision = PolicyReader.revision(zone, top, new ImaReader());
    top.finish();
    if (!complaints.found().isEmpty()) {
      throw new ConfigException(complaints.found());
    }
    return revision.orElseThrow(
        () -> new ConfigException(List.of(NAME + " holds no policy that can be read")));
  }
}
