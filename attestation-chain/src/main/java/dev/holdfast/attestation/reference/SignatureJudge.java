package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.Cbor;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseExpectation;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.cose.CoseSign1Verifier;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.PathRules;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds who of those that are trusted signed a manifest: by a pinned key, or by certificates. */
final class SignatureJudge {
  /** The label of the signer's certificates (RFC 9360, 2). */
  static final long X5CHAIN = 33;

  private static final CoseExpectation EXPECTATION =
      CoseExpectation.STRICT.understanding(
          Set.of(SignerReader.META, SignerReader.CWT_CLAIMS, X5CHAIN));
  private static final int DIGITAL_SIGNATURE = 0;

  private final CoseSign1 envelope;
  private final CorimSigners signers;
  private final Instant at;

  SignatureJudge(CoseSign1 envelope, CorimSigners signers, Instant at) {
    this.envelope = envelope;
    this.signers = signers;
    this.at = at;
  }

  /** What it came to. */
  sealed interface Verdict {}

  /**
   * Somebody who is trusted signed.
   *
   * @param key the key that made the signature
   * @param subject whose certificate holds it; empty for a pinned key
   * @param notAfter when the first certificate or list behind it ends; empty for a pinned key
   */
  record Signed(PublicKey key, Optional<String> subject, Optional<Instant> notAfter)
      implements Verdict {}

  /**
   * Nobody who is trusted did.
   *
   * @param findings why the likeliest of them did not
   */
  record Unsigned(List<Finding> findings) implements Verdict {}

  Verdict judge() {
    List<Finding> likeliest = new ArrayList<>();
    for (PublicKey key : signers.keys()) {
      List<Finding> wrong = CoseSign1Verifier.check(envelope, key, EXPECTATION);
      if (wrong.isEmpty()) {
        return new Signed(key, Optional.empty(), Optional.empty());
      }
      boolean closer =
          wrong.getFirst().reason() == Reason.SIGNATURE
              && likeliest.stream().noneMatch(finding -> finding.reason() == Reason.SIGNATURE);
      if (likeliest.isEmpty() || closer) {
        likeliest.clear();
        likeliest.addAll(wrong);
      }
    }
    Optional<Cbor> chain = chain();
    if (!signers.anchors().certificates().isEmpty() && chain.isPresent()) {
      return byCertificates(certificates(chain.get()));
    }
    return new Unsigned(likeliest.isEmpty() ? List.of(nobody()) : likeliest);
  }

  private Finding nobody() {
    return signers.anchors().certificates().isEmpty()
        ? Finding.against(Reason.SIGNATURE, "no key is trusted to sign manifests")
            .at("manifest")
            .remedy("Pin the publisher's key.")
        : Finding.against(
                Reason.SIGNATURE, "the manifest brings no certificates (x5chain) of who signed it")
            .at("x5chain")
            .remedy("Ask for a manifest with the signer's certificates, or pin the signer's key.");
  }

  /** Certificates prove themselves: they may stand in either part of the header (RFC 9360, 2). */
  private Optional<Cbor> chain() {
    return envelope
        .protectedHeader()
        .parameter(X5CHAIN)
        .or(() -> envelope.unprotectedHeader().parameter(X5CHAIN));
  }

  /** One byte string, or a list of at least two. */
  private static List<Bytes> certificates(Cbor chain) {
    try {
      if (chain.is(Cbor.Kind.BYTES)) {
        return List.of(certificate(chain));
      }
      List<Cbor> items = chain.elements("x5chain");
      if (items.size() < 2 || items.size() > CertificatePath.LENGTH_MAX) {
        throw new MalformedException("x5chain lists " + items.size() + " certificates, not 2 to 8");
      }
      return items.stream().map(SignatureJudge::certificate).toList();
    } catch (MalformedException e) {
      throw ManifestException.schema("x5chain", e.words());
    }
  }

  private static Bytes certificate(Cbor item) {
    return item.bytes(1, Certificates.CERTIFICATE_MAX_BYTES, "a certificate of x5chain");
  }

  private Verdict byCertificates(List<Bytes> certificates) {
    CertificatePath.Judgement path =
        CertificatePath.judge(certificates, signers.anchors(), PathRules.AS_PRESENTED, at);
    return switch (path) {
      case CertificatePath.Unsound(Finding finding) ->
          new Unsigned(
              List.of(
                  finding
                      .at("x5chain")
                      .remedy(
                          "Ask for a manifest whose signer's certificates lead to an anchor.")));
      case CertificatePath.Sound sound -> {
        List<Finding> findings = new ArrayList<>();
        checkUsage(sound.leaf(), findings);
        if (findings.isEmpty()) {
          findings.addAll(
              CoseSign1Verifier.check(envelope, sound.leaf().getPublicKey(), EXPECTATION));
        }
        yield findings.isEmpty()
            ? new Signed(
                sound.leaf().getPublicKey(),
                Optional.of(sound.leaf().getSubjectX500Principal().getName()),
                Optional.of(sound.notAfter()))
            : new Unsigned(findings);
      }
    };
  }

  private void checkUsage(X509Certificate leaf, List<Finding> findings) {
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      findings.add(
          Finding.against(Reason.CERT_CHAIN, "the signer's certificate is not for signatures")
              .at("x5chain")
              .remedy("Ask for a manifest that is signed with a key for signatures."));
    }
    Optional<String> purpose = signers.purpose();
    if (purpose.isPresent() && !purposes(leaf).contains(purpose.get())) {
      findings.add(
          Finding.against(Reason.CERT_CHAIN, "the signer's certificate is for another purpose")
              .at("x5chain")
              .expecting(purpose.get())
              .finding(String.join(", ", purposes(leaf)))
              .remedy("Ask for a manifest that is signed by who may sign manifests."));
    }
  }

  private static List<String> purposes(X509Certificate leaf) {
    try {
      List<String> purposes = leaf.getExtendedKeyUsage();
      return purposes == null ? List.of() : purposes;
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
