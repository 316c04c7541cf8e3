package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;

/**
 * Who may sign manifests.
 *
 * @param keys keys that are trusted for themselves
 * @param anchors what the certificates in a manifest's header (x5chain) must lead to; empty trusts
 *     no certificate
 * @param purpose the extended key usage that the signer's certificate must name, as a dotted object
 *     identifier; any, if empty
 */
public record CorimSigners(List<PublicKey> keys, Anchors anchors, Optional<String> purpose) {
  private static final Anchors NOBODY = Anchors.parse(List.of(), List.of());

  /** Copies the list; refuses a purpose that is no object identifier. */
  public CorimSigners {
    keys = List.copyOf(keys);
    if (purpose.filter(oid -> !oid.matches("[0-2](\\.(0|[1-9][0-9]{0,17})){1,31}")).isPresent()) {
      throw new IllegalArgumentException("a purpose is an object identifier, such as 1.3.6.1.4.1");
    }
  }

  /** Pinned keys only. */
  public static CorimSigners ofKeys(List<PublicKey> keys) {
    return new CorimSigners(keys, NOBODY, Optional.empty());
  }

  /** Certificates that lead to anchors, for whatever purpose. */
  public static CorimSigners ofAnchors(Anchors anchors) {
    return new CorimSigners(List.of(), anchors, Optional.empty());
  }

  /** The same with a purpose that certificates must name. */
  public CorimSigners forPurpose(String oid) {
    return new CorimSigners(keys, anchors, Optional.of(oid));
  }
}
