package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Role;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.crypto.PublicKeys;
import dev.holdfast.attestation.reference.CorimSigners;
import dev.holdfast.attestation.reference.CorimVerifier;
import dev.holdfast.attestation.reference.ReferenceSet;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.Collateral;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.server.collateral.CollateralFolder;
import dev.holdfast.server.collateral.GenuineBundle;
import dev.holdfast.server.collateral.HttpCollateralFetcher;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what a trust zone names beside its anchors: collateral, and keys of platforms. */
final class TrustFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TrustFiles.class);
  private static final int KEY_BYTES_MAX = 16 * 1024;
  private static final int BUNDLES_MAX = 64;
  private static final int KEYS_MAX = 64;

  private final Function<String, Path> resolve;

  TrustFiles(Function<String, Path> resolve) {
    this.resolve = resolve;
  }

  /** Folders of collateral. What is not genuine is noted; what is out of date is not. */
  Collateral collateral(Section section, Map<EvidenceFormat, Anchors> evidence) {
    List<DcapCollateral> bundles = new ArrayList<>();
    AmdEndorsements amd = AmdEndorsements.NONE;
    for (String folder : section.texts("collateral")) {
      try {
        CollateralFolder.Content content = CollateralFolder.read(resolve.apply(folder));
        amd = amd.and(content.amd());
        if (content.dcap().isPresent()
            && genuine(section, folder, content.dcap().get(), evidence)) {
          bundles.add(content.dcap().get());
        }
      } catch (IOException | IllegalArgumentException unreadable) {
        section.complain("collateral", "cannot be read: " + unreadable.getMessage());
      }
    }
    if (bundles.size() > BUNDLES_MAX) {
      section.complain("collateral", "has more than 64 bundles");
      return Collateral.NONE;
    }
    return new Collateral(bundles, 0, amd);
  }

  private static boolean genuine(
      Section section,
      String folder,
      DcapCollateral bundle,
      Map<EvidenceFormat, Anchors> evidence) {
    List<Anchors> anchors = ZoneTrust.dcapAnchors(evidence);
    if (anchors.isEmpty()) {
      section.complain(
          "collateral",
          "holds a bundle for Intel platforms, and evidenceAnchors has none of sgx-quote, tdx-quote"
              + " and open-enclave");
      return false;
    }
    if (GenuineBundle.judge(bundle, anchors) instanceof GenuineBundle.Refused refused) {
      section.complain("collateral", "does not verify: " + folder + ": " + refused.words());
      return false;
    }
    return true;
  }

  /** Where more collateral is fetched. */
  Optional<URI> source(Section section) {
    return section.has("collateralSource")
        ? section.checked(
            "collateralSource",
            () -> HttpCollateralFetcher.requireSource(URI.create(section.text("collateralSource"))))
        : Optional.empty();
  }

  /** Public keys of platforms, by instance identifier. */
  Map<Bytes, PublicKey> platformKeys(Section section) {
    Map<Bytes, PublicKey> keys = new HashMap<>();
    for (String key : section.keys()) {
      Optional<Bytes> instance = section.checked(key, () -> Bytes.fromHex(key));
      try {
        PublicKey platform = publicKey(resolve.apply(section.text(key)));
        instance.ifPresent(id -> keys.put(id, platform));
      } catch (IOException | RuntimeException unreadable) {
        section.complain(key, "cannot be read: " + unreadable.getMessage());
      }
    }
    if (keys.size() > KEYS_MAX) {
      section.complain("platformKeys", "has more than 64 keys");
      return Map.of();
    }
    return keys;
  }

  /** Every key is tried on a token, so that there are not many. */
  static void requireFewKeys(
      Section zone, Map<Bytes, PublicKey> platforms, List<Manifest> manifests) {
    Set<Bytes> instances = new HashSet<>(platforms.keySet());
    manifests.forEach(manifest -> instances.addAll(manifest.references().instanceKeys().keySet()));
    if (instances.size() > KEYS_MAX) {
      zone.complain("manifests", "bring keys of platforms beyond the 64 of a zone");
    }
  }

  /**
   * Manifests of reference values. One that nobody signed is trusted for being loaded here; one
   * that is not valid now is left out, so that nothing is trusted for it.
   *
   * @param anchors reads the anchors of a manifest's signers
   * @param at the time
   */
  List<Manifest> manifests(Section zone, Function<Section, Anchors> anchors, Instant at) {
    List<Manifest> manifests = new ArrayList<>();
    for (Section section : zone.sections("manifests")) {
      Set<Role> roles = EnumSet.noneOf(Role.class);
      for (String role : section.texts("roles")) {
        PolicyReader.role(section, "roles", role).ifPresent(roles::add);
      }
      try {
        Bytes document = content(section.text("file"), CorimVerifier.MAX_BYTES);
        switch (judged(document, section, anchors, at)) {
          case CorimVerifier.Accepted accepted ->
              manifests.add(
                  new Manifest(
                      accepted.corim().id(),
                      Sha256.of(document),
                      roles,
                      ReferenceSet.of(List.of(accepted)),
                      accepted.corim().validity().flatMap(validity -> validity.notBefore()),
                      accepted.notAfter()));
          case CorimVerifier.Refused refused -> {
            Finding first = refused.findings().getFirst();
            if (first.reason() == Reason.REFERENCE_EXPIRED) {
              LOG.warn("manifest {} is left out: {}", section.text("file"), first.message());
            } else {
              section.complain("file", "is not accepted: " + first.message());
            }
          }
        }
      } catch (IOException | RuntimeException unreadable) {
        section.complain("file", "cannot be read: " + unreadable.getMessage());
      }
    }
    return manifests;
  }

  private CorimVerifier.Result judged(
      Bytes document, Section section, Function<Section, Anchors> anchors, Instant at)
      throws IOException {
    List<PublicKey> keys =
        section.has("key") ? List.of(publicKey(resolve.apply(section.text("key")))) : List.of();
    Optional<Anchors> roots =
        section.has("anchors") ? Optional.of(anchors.apply(section)) : Optional.empty();
    if (section.has("purpose") && roots.isEmpty()) {
      section.complain("purpose", "is what certificates are for, and there are no anchors");
    }
    if (keys.isEmpty() && roots.isEmpty()) {
      return CorimVerifier.unsigned(document, at);
    }
    Optional<String> purpose =
        section.has("purpose") ? Optional.of(section.text("purpose")) : Optional.empty();
    return CorimVerifier.signed(
        document,
        new CorimSigners(keys, roots.orElse(Anchors.parse(List.of(), List.of())), purpose),
        at);
  }

  private Bytes content(String name, int maxBytes) throws IOException {
    Path file = resolve.apply(name);
    if (!Files.isRegularFile(file) || Files.size(file) > maxBytes) {
      throw new IOException(file + " is no file of at most " + maxBytes + " bytes");
    }
    return Bytes.of(Files.readAllBytes(file));
  }

  private static PublicKey publicKey(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > KEY_BYTES_MAX) {
      throw new IOException(file + " is no file of at most 16 KiB");
    }
    return PublicKeys.parse(Bytes.of(Files.readAllBytes(file)));
  }
}
