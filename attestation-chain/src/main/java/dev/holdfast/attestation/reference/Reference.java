package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.reference.Measurement.Mode;
import dev.holdfast.attestation.reference.Measurement.Range;
import dev.holdfast.attestation.reference.Measurement.RawValue;
import dev.holdfast.attestation.reference.Measurement.SecurityVersion;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One good state of one measured element, in the terms of claims; all that is present must hold at
 * once. Several of one name are alternatives.
 *
 * @param environment whose element it is
 * @param name the claim that shows it, such as {@code pcr/sha256/7}: see {@link ReferenceSet}
 * @param digests the digests that it may have: of one object, by one algorithm each; empty if
 *     digests do not matter
 * @param raw the bytes that it must show, under a mask
 * @param securityVersion the security version that it must have
 * @param modes the modes of operation that must be on or off
 * @param version the version that it must have, word by word
 * @param range where its number must lie
 * @param signers who may have signed it, by identifier; empty if that does not matter
 * @param source the manifest and the tag that say so
 */
public record Reference(
    Environment environment,
    String name,
    Set<Digest> digests,
    Optional<RawValue> raw,
    Optional<SecurityVersion> securityVersion,
    Map<Mode, Boolean> modes,
    Optional<String> version,
    Optional<Range> range,
    Set<Bytes> signers,
    String source) {
  /** Copies the sets and the map. */
  public Reference {
    digests = Set.copyOf(digests);
    modes = Map.copyOf(modes);
    signers = Set.copyOf(signers);
  }

  /** Whether a measured value, a digest or the bytes themselves, is good. */
  public boolean permits(Bytes measured) {
    boolean digestGood =
        digests.isEmpty() || digests.stream().anyMatch(digest -> digest.value().equals(measured));
    boolean rawGood = raw.isEmpty() || raw.get().permits(measured);
    return digestGood && rawGood && !(digests.isEmpty() && raw.isEmpty());
  }
}
