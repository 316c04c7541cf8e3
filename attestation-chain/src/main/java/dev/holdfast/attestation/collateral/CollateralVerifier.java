package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.CollateralItem.Kind;
import dev.holdfast.attestation.collateral.DcapCollateral.Signed;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import dev.holdfast.attestation.x509.Certificates;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Turns a bundle of collateral, or one document of it, into what may be believed: read, inside its
 * windows, signed byte for byte by who must sign it, under given anchors, with revocation. Never
 * throws, whatever the bundle.
 */
public final class CollateralVerifier {
  /**
   * Intel's certificate for TCB info and identities (PCK certificate profile specification, 1.3).
   */
  private static final String SIGNER = "TCB Signing";

  private static final int SIGNER_DEPTH = 2;
  private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f\\s]+");
  private static final String TCB_INFO = "tcb-info";
  private static final String QE_IDENTITY = "qe-identity";
  private static final String PCK_CRL = "pck-crl";
  private static final String ROOT_CRL = "root-crl";

  private final Anchors anchors;
  private final Instant at;
  private final List<Finding> findings = new ArrayList<>();
  private final List<CollateralItem> items = new ArrayList<>();

  private CollateralVerifier(Anchors anchors, Instant at) {
    this.anchors = anchors;
    this.at = at;
  }

  /**
   * What verification came to.
   *
   * @param <T> what is believed
   */
  public sealed interface Judgement<T> {}

  /**
   * It may be believed, as long as its items hold.
   *
   * @param content what it says
   * @param notAfter when the first certificate, list or document ends
   * @param <T> what is believed
   */
  public record Believed<T>(T content, Instant notAfter) implements Judgement<T> {}

  /**
   * It may not.
   *
   * @param findings why: at least one, all of the stage that was reached
   * @param <T> what would have been believed
   */
  public record Disbelieved<T>(List<Finding> findings) implements Judgement<T> {
    /** Copies the list. */
    public Disbelieved {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Verifies a bundle, or recalls that it was verified and judges its windows again.
   *
   * @param anchors the pinned roots
   * @param memory what is remembered
   */
  public static Judgement<VerifiedCollateral> verify(
      DcapCollateral collateral, Anchors anchors, Instant at, CollateralMemory memory) {
    Optional<VerifiedCollateral> known = memory.find(collateral, anchors);
    if (known.isPresent()) {
      VerifiedCollateral verified = known.get();
      List<Finding> stale = verified.findings(at);
      return stale.isEmpty()
          ? new Believed<>(verified, verified.notAfter())
          : new Disbelieved<>(stale);
    }
    CollateralVerifier verifier = new CollateralVerifier(anchors, at);
    return verifier.guarded(
        () -> {
          Optional<VerifiedCollateral> verified = verifier.bundle(collateral);
          verified.ifPresent(bundle -> memory.remember(collateral, anchors, bundle));
          return verified;
        });
  }

  /**
   * Verifies TCB info by itself.
   *
   * @param rootCrl the root CA's revocation list; where it is absent, revocation is not judged
   */
  public static Judgement<TcbInfo> verifyTcbInfo(
      Signed signed, Optional<Bytes> rootCrl, Anchors anchors, Instant at) {
    CollateralVerifier verifier = new CollateralVerifier(anchors, at);
    return verifier.guarded(
        () -> {
          Optional<Reading.Legible<TcbInfo>> read =
              verifier.read(CollateralParser.tcbInfo(signed.body()));
          read.ifPresent(info -> verifier.window(TCB_INFO, info.content()));
          return verifier.alone(read, signed, rootCrl, TCB_INFO);
        });
  }

  /**
   * Verifies an enclave identity by itself.
   *
   * @param rootCrl the root CA's revocation list; where it is absent, revocation is not judged
   */
  public static Judgement<QeIdentity> verifyQeIdentity(
      Signed signed, Optional<Bytes> rootCrl, Anchors anchors, Instant at) {
    CollateralVerifier verifier = new CollateralVerifier(anchors, at);
    return verifier.guarded(
        () -> {
          Optional<Reading.Legible<QeIdentity>> read =
              verifier.read(CollateralParser.qeIdentity(signed.body()));
          read.ifPresent(identity -> verifier.window(QE_IDENTITY, identity.content()));
          return verifier.alone(read, signed, rootCrl, QE_IDENTITY);
        });
  }

  private interface Steps<T> {
    Optional<T> run();
  }

  private <T> Judgement<T> guarded(Steps<T> steps) {
    try {
      Optional<T> content = steps.run();
      if (content.isPresent() && findings.isEmpty()) {
        Instant notAfter =
            items.stream().map(CollateralItem::until).min(Instant::compareTo).orElse(at);
        return new Believed<>(content.get(), notAfter);
      }
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      findings.add(
          Finding.against(
              Reason.EVIDENCE_MALFORMED,
              "collateral cannot be judged: " + e.getClass().getSimpleName()));
    }
    return new Disbelieved<>(findings);
  }

  private <T> Optional<T> alone(
      Optional<Reading.Legible<T>> read, Signed signed, Optional<Bytes> rootCrl, String name) {
    Optional<X509CRL> crl = rootCrl.flatMap(bytes -> crl(bytes, ROOT_CRL));
    if (!findings.isEmpty() || read.isEmpty()) {
      return Optional.empty();
    }
    Anchors under =
        crl.map(list -> anchors.with(List.of(list)).requiringRevocation()).orElse(anchors);
    signature(read.get(), signer(signed.chain(), under, name), name);
    return findings.isEmpty() ? Optional.of(read.get().content()) : Optional.empty();
  }

  /** All documents and lists are read, then their windows, then chains, then signatures. */
  private Optional<VerifiedCollateral> bundle(DcapCollateral collateral) {
    Optional<Reading.Legible<TcbInfo>> tcbInfo =
        read(CollateralParser.tcbInfo(collateral.tcbInfo().body()));
    Optional<Reading.Legible<QeIdentity>> qeIdentity =
        read(CollateralParser.qeIdentity(collateral.qeIdentity().body()));
    tcbInfo.ifPresent(info -> window(TCB_INFO, info.content()));
    qeIdentity.ifPresent(identity -> window(QE_IDENTITY, identity.content()));
    Optional<X509CRL> pckCrl = crl(collateral.pckCrl().body(), PCK_CRL);
    Optional<X509CRL> rootCrl = crl(collateral.rootCrl(), ROOT_CRL);
    if (!findings.isEmpty()
        || tcbInfo.isEmpty()
        || qeIdentity.isEmpty()
        || pckCrl.isEmpty()
        || rootCrl.isEmpty()) {
      return Optional.empty();
    }
    Anchors root = anchors.with(List.of(rootCrl.get())).requiringRevocation();
    Optional<X509Certificate> tcbSigner = signer(collateral.tcbInfo().chain(), root, TCB_INFO);
    Optional<X509Certificate> qeSigner = signer(collateral.qeIdentity().chain(), root, QE_IDENTITY);
    Optional<X509Certificate> pckCa =
        path(collateral.pckCrl().chain(), root, PCK_CRL).map(CertificatePath.Sound::leaf);
    if (!findings.isEmpty()) {
      return Optional.empty();
    }
    signature(tcbInfo.get(), tcbSigner, TCB_INFO);
    signature(qeIdentity.get(), qeSigner, QE_IDENTITY);
    pckCa.ifPresent(ca -> crlSignature(pckCrl.get(), ca));
    return findings.isEmpty()
        ? Optional.of(
            new VerifiedCollateral(
                collateral.digest(),
                tcbInfo.get().content(),
                qeIdentity.get().content(),
                root.with(List.of(pckCrl.get())),
                items))
        : Optional.empty();
  }

  private <T> Optional<Reading.Legible<T>> read(Reading<T> reading) {
    return switch (reading) {
      case Reading.Legible<T> legible -> Optional.of(legible);
      case Reading.Illegible<T>(Finding finding) -> {
        findings.add(finding);
        yield Optional.empty();
      }
    };
  }

  private void window(String name, TcbInfo info) {
    item(new CollateralItem(name, info.issueDate(), info.nextUpdate(), Kind.DOCUMENT));
  }

  private void window(String name, QeIdentity identity) {
    item(new CollateralItem(name, identity.issueDate(), identity.nextUpdate(), Kind.DOCUMENT));
  }

  private void item(CollateralItem item) {
    if (items.contains(item)) {
      return;
    }
    items.add(item);
    if (!item.holdsAt(at)) {
      findings.add(VerifiedCollateral.stale(item, at));
    }
  }

  /** DER, PEM, or DER in hexadecimal digits, as older versions of the service have it. */
  private Optional<X509CRL> crl(Bytes bytes, String name) {
    try {
      List<X509CRL> lists = Certificates.parseCrls(unhex(bytes));
      if (lists.size() != 1) {
        throw new MalformedException(lists.size() + " revocation lists instead of one");
      }
      X509CRL list = lists.getFirst();
      if (list.getNextUpdate() == null) {
        throw new MalformedException("a revocation list that names no end");
      }
      item(
          new CollateralItem(
              name, list.getThisUpdate().toInstant(), list.getNextUpdate().toInstant(), Kind.CRL));
      return Optional.of(list);
    } catch (MalformedException e) {
      findings.add(
          Finding.against(Reason.DER_MALFORMED, name + " cannot be read: " + e.words())
              .at("collateral/" + name)
              .remedy("Send the list as the provisioning service answered it."));
      return Optional.empty();
    }
  }

  private static Bytes unhex(Bytes bytes) {
    if (bytes.length() > 2 * Certificates.CRL_MAX_BYTES || bytes.isEmpty() || bytes.at(0) != '3') {
      return bytes;
    }
    String text = new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1);
    if (!HEX.matcher(text).matches()) {
      return bytes;
    }
    String digits = text.replaceAll("\\s", "");
    return digits.length() % 2 == 0 ? Bytes.fromHex(digits) : bytes;
  }

  private Optional<CertificatePath.Sound> path(List<Bytes> chain, Anchors under, String name) {
    return switch (CertificatePath.find(chain, under, at)) {
      case CertificatePath.Sound sound -> {
        for (X509Certificate certificate : sound.chain()) {
          item(
              new CollateralItem(
                  "certificate " + certificate.getSubjectX500Principal().getName(),
                  certificate.getNotBefore().toInstant(),
                  certificate.getNotAfter().toInstant(),
                  Kind.CERTIFICATE));
        }
        yield Optional.of(sound);
      }
      case CertificatePath.Unsound(Finding finding) -> {
        findings.add(
            Finding.against(finding.reason(), "the chain of " + name + ": " + finding.message())
                .at("collateral/" + name)
                .remedy("Send the chain that the service answered with it; pin its root."));
        yield Optional.empty();
      }
    };
  }

  /** Who signs documents: issued by the root itself, and named for it; no PCK certificate is. */
  private Optional<X509Certificate> signer(List<Bytes> chain, Anchors under, String name) {
    Optional<CertificatePath.Sound> path = path(chain, under, name);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    X509Certificate leaf = path.get().leaf();
    String subject = leaf.getSubjectX500Principal().getName();
    if (path.get().chain().size() > SIGNER_DEPTH
        || leaf.getBasicConstraints() >= 0
        || !subject.contains(SIGNER)) {
      findings.add(
          Finding.against(
                  Reason.SIGNER_NOT_ANCHORED,
                  "the chain of " + name + " begins with \"" + subject + "\", which signs no TCB")
              .at("collateral/" + name)
              .expecting("a TCB Signing certificate, issued by the root")
              .finding(subject));
      return Optional.empty();
    }
    return Optional.of(leaf);
  }

  private void signature(
      Reading.Legible<?> document, Optional<X509Certificate> signer, String name) {
    boolean genuine =
        signer
            .map(
                certificate ->
                    Signatures.verifyEcdsa(
                        new Signatures.Signed(
                            certificate.getPublicKey(),
                            PcrBank.SHA256,
                            document.signed(),
                            document.signature())))
            .orElse(true);
    if (!genuine) {
      findings.add(
          Finding.against(
                  Reason.COLLATERAL_SIGNATURE,
                  name + " was not signed, byte for byte as it stands, by its chain's first key")
              .at("collateral/" + name)
              .remedy("Send the body exactly as the service answered it, never written anew."));
    }
  }

  private void crlSignature(X509CRL list, X509Certificate ca) {
    boolean genuine = list.getIssuerX500Principal().equals(ca.getSubjectX500Principal());
    try {
      list.verify(ca.getPublicKey(), Signatures.parser());
    } catch (GeneralSecurityException | RuntimeException e) {
      genuine = false;
    }
    if (!genuine) {
      findings.add(
          Finding.against(
                  Reason.CERT_CHAIN, PCK_CRL + " was not signed by the first key of its chain")
              .at("collateral/" + PCK_CRL)
              .remedy("Send the list and the chain that the service answered together."));
    }
  }
}
