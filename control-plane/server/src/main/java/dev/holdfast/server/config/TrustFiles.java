package dev.holdfast.server.config;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.EvidenceFormat;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.crypto.PublicKeys;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads what a trust zone names beside its anchors: collateral, and keys of platforms. */
final class TrustFiles {
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
            () ->
                HttpCollateralFetcher.requireSource(
                    URI.create(section.text("collateralSource"))))
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

  private static PublicKey publicKey(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) > KEY_BYTES_MAX) {
      throw new IOException(file + " is no file of at most 16 KiB");
    }
    return PublicKeys.parse(Bytes.of(Files.readAllBytes(file)));
  }
}
