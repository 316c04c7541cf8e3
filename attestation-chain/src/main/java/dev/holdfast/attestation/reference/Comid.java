package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.reference.Corim.Entity;
import dev.holdfast.attestation.reference.Corim.TagIdentity;
import java.util.List;

/**
 * A concise module identifier (draft-ietf-rats-corim, section 5): what is said of the parts of a
 * device.
 *
 * @param identity names the tag
 * @param entities who is responsible for it
 * @param links how it stands to other tags
 * @param triples what it says
 */
public record Comid(TagIdentity identity, List<Entity> entities, List<Link> links, Triples triples)
    implements Corim.Tag {
  /** Copies the lists. */
  public Comid {
    entities = List.copyOf(entities);
    links = List.copyOf(links);
  }

  /** How a tag stands to another (section 5.1.3). */
  public enum Relation {
    /** Adds to what the other says. */
    SUPPLEMENTS,
    /** Takes the place of the other. */
    REPLACES
  }

  /**
   * A tag's relation to another.
   *
   * @param tag the other's identifier: a text, or a UUID in its usual form
   * @param relation how this one stands to it
   */
  public record Link(String tag, Relation relation) {}
}
