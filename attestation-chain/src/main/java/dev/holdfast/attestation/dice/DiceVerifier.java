package dev.holdfast.attestation.dice;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.SignatureAlgorithm;
import dev.holdfast.attestation.x509.CertificatePath;
import dev.holdfast.attestation.x509.Certificates;
import dev.holdfast.attestation.x509.PathMemory;
import dev.holdfast.attestation.x509.PathRules;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves what a chain of layered identities says (TCG DICE Attestation Architecture 1.1; Open
 * Profile for DICE 2.5), in stages from cheap to dear: it stops after the first stage with
 * findings, and lists all findings of that stage. Never throws, whatever the evidence.
 */
public final class DiceVerifier {
  private static final PathRules RULES =
      PathRules.AS_PRESENTED.understanding(
          DiceLayer.TCB_INFO, DiceLayer.UEID, DiceLayer.MULTI_TCB_INFO, DiceLayer.OPEN_DICE);
  private static final int LEAST = 2;
  private static final int WORD_MAX_BYTES = 128;

  private final List<Finding> findings = new ArrayList<>();
  private final String component;
  private final DiceExpectation expectation;

  private DiceVerifier(String component, DiceExpectation expectation) {
    this.component = component;
    this.expectation = expectation;
  }

  /**
   * Verifies a chain and what its leaf signed.
   *
   * @param binding what the leaf key must have signed; not empty
   */
  public static Outcome verify(
      DiceEvidence evidence, Bytes binding, DiceExpectation expectation, Instant at) {
    return guarded(evidence, Optional.of(binding), expectation, at, PathMemory.none());
  }

  /** The same, with what is remembered of certificate paths. */
  public static Outcome verify(
      DiceEvidence evidence,
      Bytes binding,
      DiceExpectation expectation,
      Instant at,
      PathMemory memory) {
    return guarded(evidence, Optional.of(binding), expectation, at, memory);
  }

  /**
   * Verifies a chain alone: who made the device and what runs on it, but not that anybody holds its
   * key.
   *
   * @param certificates leaf first, in order: DER, or PEM with several
   */
  public static Outcome verifyChain(
      List<Bytes> certificates, DiceExpectation expectation, Instant at) {
    return guarded(
        new DiceEvidence("", certificates, Bytes.EMPTY),
        Optional.empty(),
        expectation,
        at,
        PathMemory.none());
  }

  private static Outcome guarded(
      DiceEvidence evidence,
      Optional<Bytes> binding,
      DiceExpectation expectation,
      Instant at,
      PathMemory memory) {
    DiceVerifier verifier = new DiceVerifier(evidence.component(), expectation);
    try {
      return verifier.judge(evidence, binding, at, memory);
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed (CVE-2022-3500).
      return new Outcome.Refused(
          malformed("verification failed with " + e.getClass().getSimpleName())
              .of(evidence.component()));
    }
  }

  private Outcome judge(
      DiceEvidence evidence, Optional<Bytes> binding, Instant at, PathMemory memory) {
    List<X509Certificate> presented = new ArrayList<>();
    List<DiceLayer> layers = new ArrayList<>();
    try {
      if (evidence.signature().length() > DiceEvidence.SIGNATURE_MAX_BYTES) {
        throw new MalformedException("the signature is longer than 256 bytes");
      }
      for (Bytes bytes : evidence.certificates()) {
        presented.addAll(Certificates.parse(bytes));
        if (presented.size() > DiceEvidence.CERTIFICATES_MAX) {
          throw new MalformedException("there are more than 8 certificates");
        }
      }
      for (X509Certificate certificate : presented) {
        layers.add(DiceLayerParser.parse(certificate));
      }
    } catch (MalformedException e) {
      return refused(malformed(e.words()));
    }
    if (presented.size() < LEAST) {
      return refused(
          Finding.against(
                  Reason.CERT_CHAIN,
                  "a layered identity has at least "
                      + LEAST
                      + " certificates, not "
                      + presented.size())
              .at("dice/chain")
              .remedy("Send the certificate of every layer, leaf first."));
    }
    checkFwid(layers.getFirst());
    checkKey(presented.getFirst());
    if (!findings.isEmpty()) {
      return refused();
    }
    return switch (CertificatePath.judge(
        evidence.certificates(), expectation.anchors(), RULES, at, memory)) {
      case CertificatePath.Unsound unsound -> refused(unsound.finding());
      case CertificatePath.Sound sound -> judgeLayers(evidence, binding, layers, sound);
    };
  }

  /** What layers say against themselves counts once their issuers are known to have said it. */
  private Outcome judgeLayers(
      DiceEvidence evidence,
      Optional<Bytes> binding,
      List<DiceLayer> layers,
      CertificatePath.Sound path) {
    if (binding.isPresent()
        && !signed(path.leaf().getPublicKey(), binding.get(), evidence.signature())) {
      return refused(
          Finding.against(Reason.SIGNATURE, "the leaf key did not sign the binding")
              .at("dice/signature")
              .remedy("Sign the digest of this challenge's binding with the leaf key."));
    }
    for (int i = 0; i < layers.size(); i++) {
      checkFlags(i, layers.get(i));
    }
    if (!findings.isEmpty()) {
      return refused();
    }
    List<Claim> claims = new ArrayList<>();
    claims.add(
        new Claim.Measurement(
            name("device/key"), Sha256.of(Bytes.of(path.leaf().getPublicKey().getEncoded()))));
    binding.ifPresent(data -> claims.add(new Claim.BoundData(data)));
    boolean debug = false;
    for (int i = 0; i < layers.size(); i++) {
      claim(i, layers.get(i), claims);
      debug |= weaknesses(layers.get(i)).contains(OperationalFlag.DEBUG);
    }
    claims.add(new Claim.Flag(name("tee/debug"), debug));
    return new Outcome.Proven(claims, Optional.of(path.notAfter()));
  }

  private void checkFwid(DiceLayer leaf) {
    if (leaf.fwids().isEmpty()) {
      if (expectation.leafFwidRequired()) {
        findings.add(
            Finding.against(
                    Reason.DICE_FWID_MISSING,
                    "the first certificate does not say what firmware it is for")
                .at("dice/0/fwid")
                .remedy("Send the certificate of the last layer first."));
      }
      return;
    }
    boolean equal =
        expectation.leafFwid().isEmpty()
            || leaf.fwids().stream()
                .anyMatch(fwid -> fwid.digest().equals(expectation.leafFwid().get()));
    if (!equal) {
      findings.add(
          Finding.against(
                  Reason.DICE_FWID, "the first certificate is for other firmware than expected")
              .at("dice/0/fwid")
              .expecting(expectation.leafFwid().map(Bytes::hex).orElse(""))
              .finding(leaf.fwids().getFirst().digest().hex())
              .remedy("Run the firmware expected, or expect this one."));
    }
  }

  private void checkKey(X509Certificate leaf) {
    Bytes key = Bytes.of(leaf.getPublicKey().getEncoded());
    if (expectation.leafKey().isPresent() && !expectation.leafKey().get().equals(key)) {
      findings.add(
          Finding.against(Reason.DEVICE_IDENTITY, "this is not the device that was enrolled here")
              .at("device/key")
              .expecting(Sha256.of(expectation.leafKey().get()).hex())
              .finding(Sha256.of(key).hex())
              .remedy("Put the enrolled device back, or enrol this one in its place."));
    }
  }

  private void checkFlags(int layer, DiceLayer said) {
    for (OperationalFlag flag : weaknesses(said)) {
      if (expectation.allowed().contains(flag)) {
        continue;
      }
      Reason reason = flag == OperationalFlag.DEBUG ? Reason.TEE_DEBUG : Reason.DICE_FLAGS;
      findings.add(
          Finding.against(reason, "a layer of the device says that it is " + flag.label())
              .at("dice/" + layer + "/" + flag.label())
              .remedy("Configure and close the device, or allow " + flag.label() + "."));
    }
  }

  /** By the flags of the TCG, and by the mode of Open DICE. */
  private static List<OperationalFlag> weaknesses(DiceLayer layer) {
    List<OperationalFlag> found = new ArrayList<>();
    for (OperationalFlag flag : OperationalFlag.values()) {
      boolean flagged = layer.tcbInfos().stream().anyMatch(info -> info.flags().contains(flag));
      boolean mode =
          layer.openDice().map(input -> flag.equals(weakness(input.mode()))).orElse(false);
      if (flagged || mode) {
        found.add(flag);
      }
    }
    return found;
  }

  private static @org.jspecify.annotations.Nullable OperationalFlag weakness(
      OpenDiceInput.Mode mode) {
    return switch (mode) {
      case NOT_CONFIGURED -> OperationalFlag.NOT_CONFIGURED;
      case NORMAL -> null;
      case DEBUG -> OperationalFlag.DEBUG;
      case RECOVERY -> OperationalFlag.RECOVERY;
    };
  }

  private void claim(int number, DiceLayer layer, List<Claim> claims) {
    String prefix = name("dice/" + number + "/");
    for (int i = 0; i < layer.fwids().size(); i++) {
      claims.add(new Claim.Measurement(prefix + "fwid/" + i, layer.fwids().get(i).digest()));
    }
    layer.ueid().ifPresent(ueid -> claims.add(new Claim.Measurement(prefix + "ueid", ueid)));
    for (int i = 0; i < layer.tcbInfos().size(); i++) {
      TcbInfo info = layer.tcbInfos().get(i);
      String tcb = prefix + "tcb/" + i + "/";
      info.vendor().ifPresent(text -> word(tcb + "vendor", text, claims));
      info.model().ifPresent(text -> word(tcb + "model", text, claims));
      info.version().ifPresent(text -> word(tcb + "version", text, claims));
      info.svn().ifPresent(svn -> claims.add(new Claim.Version(tcb + "svn", svn)));
      info.layer().ifPresent(value -> claims.add(new Claim.Version(tcb + "layer", value)));
      info.index().ifPresent(value -> claims.add(new Claim.Version(tcb + "index", value)));
    }
    layer.openDice().ifPresent(input -> claim(prefix, input, claims));
  }

  private static void claim(String prefix, OpenDiceInput input, List<Claim> claims) {
    input.codeHash().ifPresent(hash -> claims.add(new Claim.Measurement(prefix + "code", hash)));
    input
        .configurationHash()
        .ifPresent(hash -> claims.add(new Claim.Measurement(prefix + "configuration", hash)));
    input
        .authorityHash()
        .ifPresent(hash -> claims.add(new Claim.Measurement(prefix + "authority", hash)));
  }

  private static void word(String name, String text, List<Claim> claims) {
    if (Bytes.utf8(text).length() <= WORD_MAX_BYTES) {
      claims.add(new Claim.Word(name, text));
    }
  }

  /** ECDSA with the hash that is as strong as the curve, in DER; Ed25519 as it is. */
  private static boolean signed(PublicKey key, Bytes binding, Bytes signature) {
    Optional<SignatureAlgorithm> algorithm =
        switch (key) {
          case ECPublicKey ec ->
              switch (ec.getParams().getCurve().getField().getFieldSize()) {
                case 256 -> Optional.of(new SignatureAlgorithm.Ecdsa(PcrBank.SHA256));
                case 384 -> Optional.of(new SignatureAlgorithm.Ecdsa(PcrBank.SHA384));
                case 521 -> Optional.of(new SignatureAlgorithm.Ecdsa(PcrBank.SHA512));
                default -> Optional.empty();
              };
          default ->
              key.getAlgorithm().equals("Ed25519")
                  ? Optional.of(new SignatureAlgorithm.Ed25519())
                  : Optional.empty();
        };
    return algorithm.map(known -> known.verify(key, binding, signature)).orElse(false);
  }

  private String name(String claim) {
    return component.isEmpty() ? claim : component + "/" + claim;
  }

  private Outcome.Refused refused(Finding finding) {
    findings.add(finding);
    return refused();
  }

  private Outcome.Refused refused() {
    return new Outcome.Refused(findings.stream().map(finding -> finding.of(component)).toList());
  }

  private static Finding malformed(String message) {
    return Finding.against(Reason.DER_MALFORMED, message)
        .at("dice/chain")
        .remedy("Send the certificates as the layers issued them.");
  }
}
