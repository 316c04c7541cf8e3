package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a DICE chain must show; every weakness that is not allowed here by name is refused.
 *
 * @param anchors what the chain must end in
 * @param leafKey the leaf key that is enrolled for the component, as a DER SubjectPublicKeyInfo;
 *     empty accepts any device below the anchors
 * @param leafFwid the digest that the leaf certificate must hold, if it must be one
 * @param leafFwidRequired whether the leaf certificate must hold a digest at all
 * @param allowed what a layer may say against itself
 */
public record DiceExpectation(
    CertificatePath.Anchors anchors,
    Optional<Bytes> leafKey,
    Optional<Bytes> leafFwid,
    boolean leafFwidRequired,
    Set<OperationalFlag> allowed) {
  /** Copies the set. */
  public DiceExpectation {
    allowed = Set.copyOf(allowed);
  }

  /** The device with this leaf key, and no other; each layer configured, secure and closed. */
  public static DiceExpectation of(CertificatePath.Anchors anchors, Bytes leafKey) {
    return new DiceExpectation(anchors, Optional.of(leafKey), Optional.empty(), false, Set.of());
  }

  /** Any genuine device: for enrolment only. Afterwards a genuine device elsewhere would pass. */
  public static DiceExpectation ofAnyDevice(CertificatePath.Anchors anchors) {
    return new DiceExpectation(anchors, Optional.empty(), Optional.empty(), false, Set.of());
  }

  /** The same with this digest demanded of the leaf. */
  public DiceExpectation withLeafFwid(Bytes digest) {
    return new DiceExpectation(anchors, leafKey, Optional.of(digest), true, allowed);
  }

  /** The same with some digest demanded of the leaf. */
  public DiceExpectation withLeafFwidRequired() {
    return new DiceExpectation(anchors, leafKey, leafFwid, true, allowed);
  }

  /** The same with a weakness allowed. */
  public DiceExpectation withAllowed(OperationalFlag flag) {
    EnumSet<OperationalFlag> more = EnumSet.of(flag);
    more.addAll(allowed);
    return new DiceExpectation(anchors, leafKey, leafFwid, leafFwidRequired, more);
  }
}
