package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A concise reference integrity manifest (draft-ietf-rats-corim, section 4.1), as read: nothing is
 * said of who stands for it.
 *
 * @param id names the manifest: a text, or a UUID in its usual form
 * @param tags what it carries, at least one, in its order
 * @param dependentRims where other manifests are that this one needs; nothing here fetches them
 * @param profile the URI, or the dotted object identifier, of the rules that it keeps to
 * @param validity when it may be used; always, if empty
 * @param entities who is responsible for it
 */
public record Corim(
    String id,
    List<Tag> tags,
    List<Locator> dependentRims,
    Optional<String> profile,
    Optional<Validity> validity,
    List<Entity> entities) {
  /** Copies the lists; refuses a manifest that carries nothing. */
  public Corim {
    tags = List.copyOf(tags);
    dependentRims = List.copyOf(dependentRims);
    entities = List.copyOf(entities);
    if (tags.isEmpty()) {
      throw new IllegalArgumentException("a CoRIM carries at least one tag");
    }
  }

  /** The CoMIDs among its tags, in its order. */
  public List<Comid> modules() {
    return tags.stream().filter(Comid.class::isInstance).map(Comid.class::cast).toList();
  }

  /** One thing that a manifest carries (section 4.1.2). */
  public sealed interface Tag permits Comid, Cotl, Coswid, UnknownTag {}

  /**
   * A concise tag list (section 6): these tags, and no others, are to be used, all or none.
   *
   * @param identity names the list
   * @param tags the tags that it activates, at least one
   * @param validity when it may be used
   */
  public record Cotl(TagIdentity identity, List<TagIdentity> tags, Validity validity)
      implements Tag {
    /** Copies the list. */
    public Cotl {
      tags = List.copyOf(tags);
    }
  }

  /**
   * A concise software identification tag (RFC 9393), not read further than its name.
   *
   * @param id its identifier, if it has one that can be read
   * @param content the tag's CBOR
   */
  public record Coswid(Optional<String> id, Bytes content) implements Tag {}

  /**
   * A tag of a kind that an extension defines, not read further.
   *
   * @param number its CBOR tag number
   */
  public record UnknownTag(long number) implements Tag {}

  /**
   * Which tag this is (section 5.1.1).
   *
   * @param id a text, or a UUID in its usual form
   * @param version its revision, from 0
   */
  public record TagIdentity(String id, long version) {
    /** The identifier, with the revision where it is not the first. */
    @Override
    public String toString() {
      return version == 0 ? id : id + "@" + version;
    }
  }

  /**
   * Where another manifest is (section 4.1.3).
   *
   * @param locations at least one URI
   * @param thumbprints digests of it; none if any content will do
   */
  public record Locator(List<String> locations, List<Digest> thumbprints) {
    /** Copies the lists. */
    public Locator {
      locations = List.copyOf(locations);
      thumbprints = List.copyOf(thumbprints);
    }
  }

  /**
   * An organisation, and its part in a manifest or tag (section 7.2).
   *
   * @param name its name
   * @param registration a URI of its own, if it gives one
   * @param roles numbers of sections 4.1.5 and 5.1.2; at least one
   */
  public record Entity(String name, Optional<String> registration, List<Long> roles) {
    /** Copies the list. */
    public Entity {
      roles = List.copyOf(roles);
    }
  }

  /**
   * A span of time, both ends included (section 7.3).
   *
   * @param notBefore its begin; without, it has none
   * @param notAfter its end
   */
  public record Validity(Optional<Instant> notBefore, Instant notAfter) {
    /** Refuses a span that ends before it begins. */
    public Validity {
      if (notBefore.isPresent() && notBefore.get().isAfter(notAfter)) {
        throw new IllegalArgumentException("a validity cannot end before it begins");
      }
    }

    /** Whether the time lies within. */
    public boolean contains(Instant at) {
      return !at.isAfter(notAfter) && (notBefore.isEmpty() || !at.isBefore(notBefore.get()));
    }

    /** The span in words. */
    @Override
    public String toString() {
      return notBefore.map(begin -> "from " + begin + " ").orElse("") + "to " + notAfter;
    }
  }
}
