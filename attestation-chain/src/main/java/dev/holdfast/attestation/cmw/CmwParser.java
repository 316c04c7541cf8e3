package dev.holdfast.attestation.cmw;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;

/**
 * Reads conceptual message wrappers (draft-ietf-rats-msg-wrap, 3): records, tags and collections in
 * CBOR, records and collections in JSON, and either within the other by a tunnel. The first byte
 * tells which it is. Bounded in length, depth and number of members; never throws.
 */
public final class CmwParser {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = 1024 * 1024;

  /** Most collections and tunnels within each other. */
  static final int DEPTH_MAX = 8;

  /** Most members of one collection. */
  static final int MEMBERS_MAX = 256;

  /** The label of a collection's type. */
  static final String TYPE_LABEL = "__cmwc_t";

  private CmwParser() {}

  /** What reading came to. */
  public sealed interface Reading {}

  /**
   * It can be read.
   *
   * @param wrapper what it holds
   */
  public record Legible(Cmw wrapper) implements Reading {}

  /**
   * It cannot be read.
   *
   * @param finding why
   */
  public record Illegible(Finding finding) implements Reading {}

  /** Reads one wrapper. */
  public static Reading parse(Bytes bytes) {
    try {
      Cmw wrapper = parse(bytes, 1);
      return CollectionRules.check(wrapper)
          .<Reading>map(words -> illegible(Reason.EVIDENCE_SCHEMA, words))
          .orElseGet(() -> new Legible(wrapper));
    } catch (MalformedException e) {
      return illegible(Reason.EVIDENCE_MALFORMED, "the wrapper cannot be read: " + e.words());
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not read.
      return illegible(
          Reason.EVIDENCE_MALFORMED, "reading failed with " + e.getClass().getSimpleName());
    }
  }

  private static Illegible illegible(Reason reason, String words) {
    return new Illegible(
        Finding.against(reason, words)
            .at("cmw")
            .remedy("Send a wrapper as draft-ietf-rats-msg-wrap says."));
  }

  static Cmw parse(Bytes bytes, int depth) {
    if (bytes.isEmpty() || bytes.length() > MAX_BYTES) {
      throw new MalformedException("a wrapper has " + bytes.length() + " bytes");
    }
    requireDepth(depth);
    int first = bytes.at(0);
    return first == '[' || first == '{' ? CmwJson.parse(bytes, depth) : CmwCbor.parse(bytes, depth);
  }

  static void requireDepth(int depth) {
    if (depth > DEPTH_MAX) {
      throw new MalformedException("wrappers are nested deeper than " + DEPTH_MAX);
    }
  }

  static void requireMembers(int count) {
    if (count > MEMBERS_MAX) {
      throw new MalformedException(
          "a collection has " + count + " members, more than " + MEMBERS_MAX);
    }
  }

  static int indicator(long bits) {
    if (bits < 1 || bits > Integer.MAX_VALUE) {
      throw new MalformedException("an indicator is a bitmap that is not empty");
    }
    return (int) bits;
  }
}
