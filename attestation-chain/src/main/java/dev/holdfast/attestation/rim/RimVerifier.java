package dev.holdfast.attestation.rim;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Document;

/**
 * Proves what a reference integrity manifest says (TCG Reference Integrity Manifest Information
 * Model 1.1): one signature over the whole document, by a certificate that leads to an anchor.
 * Never throws, whatever the document.
 */
public final class RimVerifier {
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int WORD_MAX_BYTES = 128;

  private RimVerifier() {}

  /** What the judgement came to. */
  public sealed interface Judgement {}

  /**
   * Signed, and readable.
   *
   * @param manifest what it says
   * @param signer whose signature it carries
   * @param notAfter when the first certificate or list that this rests on ends
   */
  public record Genuine(ReferenceManifest manifest, X509Certificate signer, Instant notAfter)
      implements Judgement {}

  /**
   * Not believed.
   *
   * @param findings why: at least one
   */
  public record Doubtful(List<Finding> findings) implements Judgement {
    /** Copies the list. */
    public Doubtful {
      findings = List.copyOf(findings);
    }
  }

  /** Verifies a manifest, and makes claims of what it says. */
  public static Outcome verify(Bytes document, CertificatePath.Anchors anchors, Instant at) {
    return switch (judge(document, anchors, at, PathMemory.none())) {
      case Doubtful(List<Finding> findings) -> new Outcome.Refused(findings);
      case Genuine genuine ->
          new Outcome.Proven(claims(genuine.manifest()), Optional.of(genuine.notAfter()));
    };
  }

  /** Verifies a manifest, with what is remembered of certificate paths. */
  public static Judgement judge(
      Bytes document, CertificatePath.Anchors anchors, Instant at, PathMemory memory) {
    try {
      return judgeDocument(document, anchors, at, memory);
    } catch (MalformedException e) {
      return doubt(Reason.EVIDENCE_MALFORMED, "the manifest cannot be read: " + e.words());
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return doubt(
          Reason.EVIDENCE_MALFORMED, "verification failed with " + e.getClass().getSimpleName());
    }
  }

  private static Judgement judgeDocument(
      Bytes bytes, CertificatePath.Anchors anchors, Instant at, PathMemory memory) {
    Document document = SecureXml.parse(bytes);
    if (!ManifestReader.isManifest(document)) {
      return doubt(Reason.EVIDENCE_MALFORMED, "the document is no SWID tag");
    }
    EnvelopedSignature signature;
    switch (EnvelopedSignature.find(document)) {
      case EnvelopedSignature.Absent(Finding finding) -> {
        return new Doubtful(List.of(finding));
      }
      case EnvelopedSignature.Present(EnvelopedSignature found) -> signature = found;
    }
    CertificatePath.Sound path;
    switch (CertificatePath.judge(
        signature.certificates(), anchors, PathRules.ANY_ORDER, at, memory)) {
      case CertificatePath.Unsound unsound -> {
        return new Doubtful(List.of(unsound.finding()));
      }
      case CertificatePath.Sound sound -> path = sound;
    }
    boolean[] usage = path.leaf().getKeyUsage();
    if (path.leaf().getBasicConstraints() >= 0 || (usage != null && !usage[DIGITAL_SIGNATURE])) {
      return doubt(Reason.CERT_CHAIN, "the certificate of the signer is not for signatures");
    }
    if (!signature.verifies(path.leaf().getPublicKey())) {
      return doubt(Reason.SIGNATURE, "the signer did not sign this document as it stands");
    }
    try {
      return new Genuine(ManifestReader.read(document), path.leaf(), path.notAfter());
    } catch (MalformedException e) {
      return doubt(Reason.EVIDENCE_SCHEMA, "the manifest is signed, but " + e.words());
    }
  }

  private static List<Claim> claims(ReferenceManifest manifest) {
    List<Claim> claims = new ArrayList<>();
    word("rim/tag-id", manifest.tagId(), claims);
    word("rim/name", manifest.name(), claims);
    word("rim/version", manifest.version(), claims);
    word("rim/product", manifest.product(), claims);
    claims.add(new Claim.Version("rim/tag-version", manifest.tagVersion()));
    for (int i = 0; i < manifest.values().size(); i++) {
      ReferenceManifest.Value value = manifest.values().get(i);
      if (!value.active()) {
        continue;
      }
      String name =
          value.index().isPresent()
              ? "rim/measurement/" + value.index().getAsInt()
              : "rim/file/" + i;
      for (int j = 0; j < value.digests().size(); j++) {
        claims.add(new Claim.Measurement(name + "/" + j, value.digests().get(j)));
      }
    }
    return claims;
  }

  private static void word(String name, String text, List<Claim> claims) {
    if (!text.isEmpty() && Bytes.utf8(text).length() <= WORD_MAX_BYTES) {
      claims.add(new Claim.Word(name, text));
    }
  }

  private static Doubtful doubt(Reason reason, String message) {
    return new Doubtful(List.of(finding(reason, message)));
  }

  static Finding finding(Reason reason, String message) {
    return Finding.against(reason, message)
        .at("rim")
        .remedy("Fetch the manifest anew from its maker.");
  }
}
