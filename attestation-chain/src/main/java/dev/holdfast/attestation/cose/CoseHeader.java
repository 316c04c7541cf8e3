package dev.holdfast.attestation.cose;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One bucket of header parameters (RFC 9052, 3): a map whose labels are numbers or texts, none
 * twice.
 *
 * @param map the parameters
 */
public record CoseHeader(Cbor map) {
  /** The label of the algorithm. */
  public static final long ALG = 1;

  /** The label of the list of labels that must be understood. */
  public static final long CRIT = 2;

  /** The label of the content type. */
  public static final long CONTENT_TYPE = 3;

  /** The label of the key identifier. */
  public static final long KID = 4;

  private static final String WHAT = "the COSE header";

  /**
   * Checks the labels.
   *
   * @throws MalformedException if it is no map, or a label is neither a number nor a text
   */
  public CoseHeader {
    for (Cbor.Entry entry : map.entries(WHAT)) {
      requireLabel(entry.key());
    }
    map.member(ALG, WHAT).ifPresent(alg -> requireSmall(alg, "alg"));
    map.member(CRIT, WHAT).ifPresent(CoseHeader::checkCrit);
  }

  private static void checkCrit(Cbor crit) {
    List<Cbor> labels = crit.elements("crit");
    if (labels.isEmpty()) {
      throw new MalformedException("crit names no label");
    }
    labels.forEach(CoseHeader::requireLabel);
  }

  private static void requireLabel(Cbor label) {
    if (!label.is(Cbor.Kind.INTEGER) && !label.is(Cbor.Kind.TEXT)) {
      throw new MalformedException("a COSE label is a number or a text, not " + label.kind());
    }
    requireSmall(label, "a COSE label");
  }

  private static void requireSmall(Cbor item, String what) {
    if (item.is(Cbor.Kind.INTEGER)) {
      item.number(Integer.MIN_VALUE, Integer.MAX_VALUE, what);
    }
  }

  /** The parameter under a label, if it is there. */
  public Optional<Cbor> parameter(long label) {
    return map.member(label, WHAT);
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return map.size(WHAT) == 0;
  }

  /** The labels. */
  public List<Cbor> labels() {
    return map.entries(WHAT).stream().map(Cbor.Entry::key).toList();
  }

  /** The labels that must be understood; empty if none must. */
  public List<Cbor> critical() {
    List<Cbor> labels = new ArrayList<>();
    parameter(CRIT).ifPresent(crit -> labels.addAll(crit.elements("crit")));
    return List.copyOf(labels);
  }

  /** The key identifier, if there is one that is a byte string. */
  public Optional<Bytes> keyId() {
    return parameter(KID).filter(kid -> kid.is(Cbor.Kind.BYTES)).map(kid -> kid.bytes("kid"));
  }

  /** The content type, if there is one that is a text. */
  public Optional<String> contentType() {
    return parameter(CONTENT_TYPE)
        .filter(type -> type.is(Cbor.Kind.TEXT))
        .map(type -> type.text("content type"));
  }
}
