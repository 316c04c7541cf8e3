package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.Cbor.Kind;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.reference.Corim.Coswid;
import dev.holdfast.attestation.reference.Corim.Cotl;
import dev.holdfast.attestation.reference.Corim.Entity;
import dev.holdfast.attestation.reference.Corim.Locator;
import dev.holdfast.attestation.reference.Corim.Tag;
import dev.holdfast.attestation.reference.Corim.TagIdentity;
import dev.holdfast.attestation.reference.Corim.UnknownTag;
import dev.holdfast.attestation.reference.Corim.Validity;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads the maps around a manifest's triples (draft-ietf-rats-corim, sections 4, 5.1, 6 and 7). */
final class CorimReader {
  /** Most bytes of a manifest. */
  static final int MAX_BYTES = 1024 * 1024;

  /** The tag of an unsigned manifest. */
  static final long CORIM = 501;

  private static final long COSWID = 505;
  private static final long COMID = 506;
  private static final long COTL = 508;
  private static final int MAX_ITEMS = 200_000;
  private static final int MAX_TAGS = 1024;
  private static final long SECONDS_MAX = 253_402_300_799L;
  private static final Cbor.Limits LIMITS = Cbor.Limits.of(MAX_BYTES).items(MAX_ITEMS);

  private CorimReader() {}

  /** Reads an unsigned manifest. */
  static Corim corim(Bytes document) {
    return read(document, "corim", "the manifest", CorimReader::corim);
  }

  /** Reads a CoMID that stands by itself. */
  static Comid comid(Bytes content) {
    return read(content, "comid", "the CoMID", CorimReader::comid);
  }

  /** Parses in one step and reads the members in another: the two are different faults. */
  static <T> T read(Bytes content, String where, String what, Function<Cbor, T> reader) {
    Cbor item;
    try {
      item = Cbor.parse(content, LIMITS, what);
    } catch (MalformedException e) {
      throw ManifestException.malformed(where, e.words());
    }
    try {
      return reader.apply(item);
    } catch (MalformedException e) {
      throw ManifestException.schema(where, e.words());
    } catch (IllegalArgumentException e) {
      throw ManifestException.schema(where, String.valueOf(e.getMessage()));
    }
  }

  private static Corim corim(Cbor item) {
    if (!item.hasTag(CORIM)) {
      throw new MalformedException("an unsigned CoRIM has tag " + CORIM);
    }
    Cbor map = item.content();
    String what = "the CoRIM";
    String id = name(map.required(0, what), "the CoRIM's id");
    List<Cbor> tags = some(map.required(1, what), "the CoRIM's tags");
    if (tags.size() > MAX_TAGS) {
      throw new MalformedException("a CoRIM may carry " + MAX_TAGS + " tags");
    }
    List<Tag> read = new ArrayList<>(tags.size());
    for (int i = 0; i < tags.size(); i++) {
      read.add(tag(tags.get(i), "tag/" + i));
    }
    return new Corim(
        id,
        read,
        optionals(map, 2, "dependent-rims", CorimReader::locator),
        map.member(3, what).map(CorimReader::profile),
        map.member(4, what).map(value -> validity(value, "rim-validity")),
        optionals(map, 5, "entities", CorimReader::entity));
  }

  private static Tag tag(Cbor item, String where) {
    long number =
        item.tag().orElseThrow(() -> new MalformedException(where + " says not what it is"));
    if (number != COMID && number != COTL && number != COSWID) {
      return new UnknownTag(number);
    }
    Bytes content = item.content().bytes(where);
    if (number == COSWID) {
      return read(content, where, "the CoSWID", map -> coswid(map, content));
    }
    return number == COMID
        ? read(content, where, "the CoMID", CorimReader::comid)
        : read(content, where, "the CoTL", CorimReader::cotl);
  }

  /** Older tags have their identifier as bytes of any length; RFC 9393 asks for it in member 0. */
  private static Coswid coswid(Cbor map, Bytes content) {
    Optional<Cbor> id = map.member(0, "the CoSWID");
    return new Coswid(
        id.filter(value -> value.is(Kind.TEXT))
            .map(value -> value.text("tag-id"))
            .or(
                () ->
                    id.filter(value -> value.is(Kind.BYTES))
                        .map(value -> Names.uuid(value.bytes("tag-id")))),
        content);
  }

  private static Comid comid(Cbor map) {
    String what = "the CoMID";
    map.member(0, what).ifPresent(language -> language.text("language"));
    return new Comid(
        identity(map.required(1, what)),
        optionals(map, 2, "entities", CorimReader::entity),
        optionals(map, 3, "linked-tags", CorimReader::link),
        TriplesReader.triples(map.required(4, what)));
  }

  private static Cotl cotl(Cbor map) {
    String what = "the CoTL";
    List<TagIdentity> tags = new ArrayList<>();
    some(map.required(1, what), "tags-list").forEach(tag -> tags.add(identity(tag)));
    return new Cotl(
        identity(map.required(0, what)), tags, validity(map.required(2, what), "tl-validity"));
  }

  private static TagIdentity identity(Cbor map) {
    String what = "tag-identity";
    return new TagIdentity(
        name(map.required(0, what), "tag-id"),
        map.member(1, what)
            .map(version -> version.number(0, Long.MAX_VALUE, "tag-version"))
            .orElse(0L));
  }

  private static Comid.Link link(Cbor map) {
    String what = "linked-tag";
    long relation = map.required(1, what).number(0, 1, "tag-rel");
    return new Comid.Link(
        name(map.required(0, what), "linked-tag-id"),
        relation == 0 ? Comid.Relation.SUPPLEMENTS : Comid.Relation.REPLACES);
  }

  private static Entity entity(Cbor map) {
    String what = "an entity";
    List<Long> roles = new ArrayList<>();
    some(map.required(2, what), "the entity's roles")
        .forEach(role -> roles.add(role.number("a role")));
    return new Entity(
        map.required(0, what).text("entity-name"),
        map.member(1, what).map(uri -> uri(uri, "reg-id")),
        roles);
  }

  private static Locator locator(Cbor map) {
    String what = "a locator";
    List<String> locations = new ArrayList<>();
    Cbor href = map.required(0, what);
    (href.is(Kind.ARRAY) ? some(href, "href") : List.of(href))
        .forEach(one -> locations.add(uri(one, "href")));
    List<Digest> thumbprints = new ArrayList<>();
    map.member(1, what)
        .ifPresent(
            value -> {
              // One digest is an array too, of an algorithm and its bytes.
              boolean several =
                  value.elements("thumbprint").stream().allMatch(e -> e.is(Kind.ARRAY));
              if (several) {
                thumbprints.addAll(MeasurementReader.digests(value));
              } else {
                thumbprints.add(MeasurementReader.digest(value));
              }
            });
    return new Locator(locations, thumbprints);
  }

  static Validity validity(Cbor map, String what) {
    Optional<Instant> notBefore = map.member(0, what).map(time -> time(time, "not-before"));
    return new Validity(notBefore, time(map.required(1, what), "not-after"));
  }

  /** Seconds since 1970, under tag 1 (RFC 8949, section 3.4.2). */
  private static Instant time(Cbor item, String what) {
    if (!item.hasTag(1)) {
      throw new MalformedException(what + " has no tag 1");
    }
    return instant(item.content(), what);
  }

  /** Seconds since 1970, from there to the year 9999, with or without a fraction. */
  static Instant instant(Cbor seconds, String what) {
    double number = seconds.fraction(what);
    if (!(number >= 0 && number <= SECONDS_MAX)) {
      throw new MalformedException(what + " is not between the years 1970 and 9999");
    }
    try {
      return seconds.is(Kind.INTEGER)
          ? Instant.ofEpochSecond(seconds.number(what))
          : Instant.ofEpochMilli((long) (number * 1000));
    } catch (DateTimeException e) {
      throw new MalformedException(what + " is no time");
    }
  }

  private static String profile(Cbor item) {
    String what = "the profile";
    return item.hasTag(TriplesReader.OID) ? Names.oid(item.content().bytes(what)) : uri(item, what);
  }

  /** A URI, under its tag or bare; a CoRIM's own map tags it, some entities' maps do not. */
  static String uri(Cbor item, String what) {
    if (item.tag().isPresent() && !item.hasTag(32)) {
      throw new MalformedException(what + " is no URI");
    }
    return item.content().text(what);
  }

  /** A text, or a UUID in its usual form. */
  static String name(Cbor item, String what) {
    if (item.is(Kind.TEXT)) {
      return item.text(what);
    }
    Cbor bytes = item.hasTag(TriplesReader.UUID) ? item.content() : item;
    return Names.uuid(bytes.bytes(16, 16, what));
  }

  /** At least one element. */
  static List<Cbor> some(Cbor item, String what) {
    List<Cbor> elements = item.elements(what);
    if (elements.isEmpty()) {
      throw new MalformedException(what + " must not be empty");
    }
    return elements;
  }

  /** At least one element if the member is there, each read alike. */
  static <T> List<T> optionals(Cbor map, long label, String what, Function<Cbor, T> reader) {
    return map.member(label, what)
        .map(value -> some(value, what).stream().map(reader).toList())
        .orElse(List.of());
  }
}
