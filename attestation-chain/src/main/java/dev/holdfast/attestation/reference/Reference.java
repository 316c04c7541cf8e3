package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.reference.Measurement.Mode;
import dev.holdfast.attestation.reference.Measurement.Range;
import dev.holdfast.attestation.reference.Measurement.RawValue;
import dev.holdfast.attestation.reference.Measurement.SecurityVersion;
import java.util.ArrayList;
import java.util.List;
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

  /** Whether an element is as this says, in all that it says. */
  boolean permits(Element element) {
    return saysAnything() && mismatch(element).isEmpty();
  }

  private boolean saysAnything() {
    return !digests.isEmpty()
        || raw.isPresent()
        || securityVersion.isPresent()
        || version.isPresent()
        || range.isPresent();
  }

  /** In what an element is not as this says, in words; modes of operation no evidence shows. */
  List<String> mismatch(Element element) {
    List<String> other = new ArrayList<>();
    boolean digestGood =
        digests.isEmpty() || element.value().filter(value -> digest(value)).isPresent();
    if (!digestGood || raw.filter(bytes -> !shows(bytes, element)).isPresent()) {
      other.add("measurement");
    }
    if (!signers.isEmpty() && element.signer().filter(signers::contains).isEmpty()) {
      other.add("signer");
    }
    if (version.isPresent() && !version.equals(element.version())) {
      other.add("version");
    }
    boolean numberGood =
        securityVersion.map(svn -> element.number().filter(svn::permits).isPresent()).orElse(true)
            && range.map(span -> element.number().filter(span::contains).isPresent()).orElse(true);
    if (!numberGood) {
      other.add("security version");
    }
    if (!modes.isEmpty()) {
      other.add("modes of operation");
    }
    return other;
  }

  private boolean digest(Bytes value) {
    return digests.stream().anyMatch(digest -> digest.value().equals(value));
  }

  private static boolean shows(RawValue bytes, Element element) {
    return element.value().filter(bytes::permits).isPresent();
  }

  /** What it demands, in words. */
  String words() {
    List<String> words = new ArrayList<>();
    digests.stream().map(Digest::toString).sorted().forEach(words::add);
    raw.ifPresent(bytes -> words.add(bytes.value().hex() + (bytes.isExact() ? "" : " (masked)")));
    version.ifPresent(text -> words.add("version " + text));
    securityVersion.ifPresent(
        svn -> words.add("security version " + (svn.minimum() ? "at least " : "") + svn.number()));
    range.ifPresent(span -> words.add("a number within " + span));
    signers.stream().map(Bytes::hex).sorted().forEach(id -> words.add("signed by " + id));
    return String.join(", ", words);
  }
}
