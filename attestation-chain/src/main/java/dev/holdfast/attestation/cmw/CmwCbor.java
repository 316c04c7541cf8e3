package dev.holdfast.attestation.cmw;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Wrappers in CBOR. */
final class CmwCbor {
  /** Tags that stand for content formats (RFC 9277, B): the first, and how they are counted. */
  private static final long TAG_FIRST = 1668546817L;

  private static final long TAG_LAST = 1668612095L;
  private static final long TAG_ROUND = 256;
  private static final String TUNNEL = "#cmw-j2c-tunnel";
  private static final String WHAT = "the wrapper";
  private static final Cbor.Limits LIMITS = Cbor.Limits.of(CmwParser.MAX_BYTES);

  private CmwCbor() {}

  static Cmw parse(Bytes bytes, int depth) {
    return read(Cbor.parse(bytes, LIMITS, WHAT), depth);
  }

  private static Cmw read(Cbor item, int depth) {
    CmwParser.requireDepth(depth);
    return switch (item.kind()) {
      case TAGGED -> tagged(item);
      case ARRAY -> array(item.elements(WHAT), depth);
      case MAP -> collection(item, depth);
      case INTEGER, BYTES, TEXT, BOOLEAN, NULL, SIMPLE, FLOAT ->
          throw new MalformedException("a wrapper is of kind " + item.kind());
    };
  }

  private static Cmw tagged(Cbor item) {
    long tag = item.tag().orElseThrow();
    if (tag < TAG_FIRST || tag > TAG_LAST) {
      return new Cmw.Message(new CmwType.RegisteredTag(tag), item.encode(), Optional.empty());
    }
    long rank = tag - TAG_FIRST;
    if (rank % TAG_ROUND == TAG_ROUND - 1) {
      throw new MalformedException("tag " + tag + " stands for no content format");
    }
    int format = (int) (rank / TAG_ROUND * (TAG_ROUND - 1) + rank % TAG_ROUND);
    return new Cmw.Message(
        new CmwType.ContentFormat(format), item.content().bytes("a message"), Optional.empty());
  }

  private static Cmw array(List<Cbor> parts, int depth) {
    if (parts.size() < 2 || parts.size() > 3) {
      throw new MalformedException("a record has " + parts.size() + " parts, not 2 or 3");
    }
    Cbor type = parts.getFirst();
    if (type.is(Cbor.Kind.TEXT) && type.text("type").equals(TUNNEL)) {
      if (parts.size() != 2) {
        throw new MalformedException("a tunnel has 2 parts");
      }
      return tunnel(parts.get(1).bytes("what is in the tunnel"), depth);
    }
    return new Cmw.Message(
        type(type),
        parts.get(1).bytes("a message"),
        parts.size() == 2
            ? Optional.empty()
            : Optional.of(CmwParser.indicator(parts.get(2).number("the indicator"))));
  }

  private static CmwType type(Cbor type) {
    return type.is(Cbor.Kind.TEXT)
        ? new CmwType.MediaType(type.text("type"))
        : new CmwType.ContentFormat((int) type.number(0, 0xffff, "the content format"));
  }

  private static Cmw tunnel(Bytes json, int depth) {
    CmwParser.requireDepth(depth + 1);
    if (json.isEmpty() || json.length() > CmwParser.MAX_BYTES) {
      throw new MalformedException("a tunnel has " + json.length() + " bytes");
    }
    return CmwJson.parse(json, depth + 1);
  }

  private static Cmw collection(Cbor map, int depth) {
    Optional<String> type =
        map.member(CmwParser.TYPE_LABEL, WHAT).map(item -> item.text("the type of a collection"));
    CmwParser.requireMembers(map.size(WHAT) - (type.isPresent() ? 1 : 0));
    List<Cmw.Member> members = new ArrayList<>();
    for (Cbor.Entry entry : map.entries(WHAT)) {
      Cbor key = entry.key();
      boolean text = key.is(Cbor.Kind.TEXT);
      String label = text ? key.text("a label") : Long.toString(key.number("a label"));
      if (!text || !label.equals(CmwParser.TYPE_LABEL)) {
        members.add(new Cmw.Member(label, read(entry.value(), depth + 1)));
      }
    }
    return new Cmw.Collection(type, members);
  }
}
