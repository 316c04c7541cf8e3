package dev.holdfast.attestation.codec;

import com.upokecenter.cbor.CBOREncodeOptions;
import com.upokecenter.cbor.CBORObject;
import dev.holdfast.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One item of CBOR from outside (RFC 8949), as read and immutable: bounded in length, depth and
 * number of items before anything is allocated; no key twice; nothing after the end; no numbers but
 * those of major types 0, 1 and 7.
 *
 * <p>Every accessor throws {@link MalformedException} where the item is of another kind. A reader
 * that tells "cannot be read" from "is not what the schema allows" parses in one {@code try} and
 * reads the members in another.
 */
public final class Cbor {
  private static final CBOREncodeOptions STRICT =
      new CBOREncodeOptions("allowduplicatekeys=false;resolvereferences=false;keepkeyorder=true");

  private final CBORObject item;

  private Cbor(CBORObject item) {
    this.item = item;
  }

  /** What an item is. */
  public enum Kind {
    /** A whole number, major types 0 and 1. */
    INTEGER,
    /** A byte string. */
    BYTES,
    /** A text string of valid UTF-8. */
    TEXT,
    /** An array. */
    ARRAY,
    /** A map. */
    MAP,
    /** True or false. */
    BOOLEAN,
    /** Null. */
    NULL,
    /** Undefined, or another simple value. */
    SIMPLE,
    /** A floating-point number. */
    FLOAT,
    /** Any of these under a tag: {@link Cbor#content} takes the outermost off. */
    TAGGED
  }

  /**
   * How much is read at all.
   *
   * @param maxBytes of the whole encoding
   * @param maxDepth of arrays, maps and tags within each other, 1 to 64
   * @param maxItems of all kinds together
   * @param indefiniteAllowed whether arrays, maps and strings may leave their length open
   */
  public record Limits(int maxBytes, int maxDepth, int maxItems, boolean indefiniteAllowed) {
    private static final int DEPTH_MOST = 64;

    /** Refuses what is no limit. */
    public Limits {
      if (maxBytes < 1 || maxDepth < 1 || maxDepth > DEPTH_MOST || maxItems < 1) {
        throw new IllegalArgumentException("limits are positive, and depth at most " + DEPTH_MOST);
      }
    }

    /** So many bytes, 24 deep, 8192 items, open lengths allowed. */
    public static Limits of(int maxBytes) {
      return new Limits(maxBytes, 24, 8192, true);
    }

    /** The same, with every length given. */
    public Limits definiteOnly() {
      return new Limits(maxBytes, maxDepth, maxItems, false);
    }

    /** The same, for so many items. */
    public Limits items(int count) {
      return new Limits(maxBytes, maxDepth, count, indefiniteAllowed);
    }
  }

  /**
   * A key and its value.
   *
   * @param key any item
   * @param value any item
   */
  public record Entry(Cbor key, Cbor value) {}

  /**
   * Reads one item.
   *
   * @throws MalformedException if it is beyond its limits, or anything else than one item
   */
  public static Cbor parse(Bytes bytes, Limits limits, String what) {
    CborScan.check(bytes, limits, what);
    try {
      return new Cbor(CBORObject.DecodeFromBytes(bytes.toByteArray(), STRICT));
    } catch (RuntimeException | StackOverflowError e) {
      // The scan found the structure sound; what is left are keys given twice and bad UTF-8.
      String why = e.getMessage();
      throw new MalformedException(what + " is no CBOR: " + (why == null ? "" : why));
    }
  }

  /** What it is. */
  public Kind kind() {
    if (item.isTagged()) {
      return Kind.TAGGED;
    }
    if (item.isNull()) {
      return Kind.NULL;
    }
    return switch (item.getType()) {
      case Integer -> Kind.INTEGER;
      case ByteString -> Kind.BYTES;
      case TextString -> Kind.TEXT;
      case Array -> Kind.ARRAY;
      case Map -> Kind.MAP;
      case Boolean -> Kind.BOOLEAN;
      case FloatingPoint -> Kind.FLOAT;
      default -> Kind.SIMPLE;
    };
  }

  /** Whether it is of a kind. */
  public boolean is(Kind kind) {
    return kind() == kind;
  }

  /** Whether it is null. */
  public boolean isNull() {
    return is(Kind.NULL);
  }

  /** Its outermost tag, as the long with the same bits. */
  public Optional<Long> tag() {
    return item.isTagged()
        ? Optional.of(item.getMostOuterTag().ToInt64Unchecked())
        : Optional.empty();
  }

  /** Whether that is its outermost tag. */
  public boolean hasTag(long number) {
    return tag().filter(tag -> tag == number).isPresent();
  }

  /** What its outermost tag is on; itself if it has none. */
  public Cbor content() {
    return item.isTagged() ? new Cbor(item.UntagOne()) : this;
  }

  /** A whole number that fits 64 bits with a sign. */
  public long number(String what) {
    require(Kind.INTEGER, what);
    if (!item.CanValueFitInInt64()) {
      throw new MalformedException(what + " is a number of more than 63 bits");
    }
    return item.AsInt64Value();
  }

  /**
   * A whole number from {@code least} to {@code most}.
   *
   * @throws MalformedException if it is out of that range, too
   */
  public long number(long least, long most, String what) {
    long number = number(what);
    if (number < least || number > most) {
      throw new MalformedException(
          what + " is " + number + ", and goes from " + least + " to " + most);
    }
    return number;
  }

  /** A number with or without a fraction, such as a NumericDate (RFC 8392, 2). */
  public double fraction(String what) {
    if (is(Kind.INTEGER)) {
      return number(what);
    }
    require(Kind.FLOAT, what);
    return item.AsDoubleValue();
  }

  /** True or false. */
  public boolean truth(String what) {
    require(Kind.BOOLEAN, what);
    return item.isTrue();
  }

  /** A byte string. */
  public Bytes bytes(String what) {
    require(Kind.BYTES, what);
    return Bytes.of(item.GetByteString());
  }

  /**
   * A byte string of {@code least} to {@code most} bytes.
   *
   * @throws MalformedException if it is longer or shorter, too
   */
  public Bytes bytes(int least, int most, String what) {
    Bytes bytes = bytes(what);
    if (bytes.length() < least || bytes.length() > most) {
      throw new MalformedException(
          what + " has " + bytes.length() + " bytes, and may have " + least + " to " + most);
    }
    return bytes;
  }

  /** A text. */
  public String text(String what) {
    require(Kind.TEXT, what);
    return item.AsString();
  }

  /** The elements of an array. */
  public List<Cbor> elements(String what) {
    require(Kind.ARRAY, what);
    List<Cbor> elements = new ArrayList<>(item.size());
    for (int i = 0; i < item.size(); i++) {
      elements.add(new Cbor(item.get(i)));
    }
    return List.copyOf(elements);
  }

  /** The keys and values of a map, in its order. */
  public List<Entry> entries(String what) {
    require(Kind.MAP, what);
    List<Entry> entries = new ArrayList<>(item.size());
    for (Map.Entry<CBORObject, CBORObject> entry : item.getEntries()) {
      entries.add(new Entry(new Cbor(entry.getKey()), new Cbor(entry.getValue())));
    }
    return List.copyOf(entries);
  }

  /** How many elements an array, or members a map has. */
  public int size(String what) {
    if (!is(Kind.ARRAY)) {
      require(Kind.MAP, what);
    }
    return item.size();
  }

  /** The member of a map under a number, if it is there; a null that is there counts as there. */
  public Optional<Cbor> member(long key, String what) {
    require(Kind.MAP, what);
    return member(CBORObject.FromObject(key));
  }

  /** The member of a map under a text, if it is there; a null that is there counts as there. */
  public Optional<Cbor> member(String key, String what) {
    require(Kind.MAP, what);
    return member(CBORObject.FromObject(key));
  }

  /** The member of a map under a number. */
  public Cbor required(long key, String what) {
    return member(key, what)
        .orElseThrow(() -> new MalformedException(what + " has no member " + key));
  }

  /** The member of a map under a text. */
  public Cbor required(String key, String what) {
    return member(key, what)
        .orElseThrow(() -> new MalformedException(what + " has no member \"" + key + "\""));
  }

  /** The item encoded anew; the bytes may differ from those that it was read from. */
  public Bytes encode() {
    return Bytes.of(item.EncodeToBytes());
  }

  private Optional<Cbor> member(CBORObject key) {
    return Optional.ofNullable(item.GetOrDefault(key, null)).map(Cbor::new);
  }

  private void require(Kind kind, String what) {
    if (!is(kind)) {
      throw new MalformedException(what + " is of kind " + kind() + ", not " + kind);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cbor cbor && item.equals(cbor.item);
  }

  @Override
  public int hashCode() {
    return item.hashCode();
  }

  /** The kind alone, so that no log line grows with its subject. */
  @Override
  public String toString() {
    return "CBOR " + kind();
  }
}
