package dev.holdfast.attestation.reference;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.cose.CoseSign1;
import dev.holdfast.attestation.reference.Corim.Validity;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Judges whether a manifest may be used (draft-ietf-rats-corim, sections 4.2 and 8.3.3), in stages
 * from cheap to dear: its envelope, its signature, its content, its times. Never throws, whatever
 * the document.
 */
public final class CorimVerifier {
  /** Most bytes accepted. */
  public static final int MAX_BYTES = CorimReader.MAX_BYTES;

  private CorimVerifier() {}

  /** What judging a manifest came to. */
  public sealed interface Result permits Accepted, Refused {}

  /** What reading a manifest came to. */
  public sealed interface Reading permits Legible, Refused {}

  /**
   * The manifest may be used.
   *
   * @param corim what it says
   * @param signer who stands for it; empty if whoever loaded it does
   * @param notAfter the earliest end of its validity, of its signature's, and of the certificates
   *     and lists behind that; empty if none ends
   */
  public record Accepted(Corim corim, Optional<Signer> signer, Optional<Instant> notAfter)
      implements Result {}

  /**
   * The manifest keeps to its schema; nobody vouches for it.
   *
   * @param corim what it says
   */
  public record Legible(Corim corim) implements Reading {}

  /**
   * The manifest is not to be used.
   *
   * @param findings why: at least one, all of the stage that was reached
   */
  public record Refused(List<Finding> findings) implements Result, Reading {
    /** Copies the list. */
    public Refused {
      if (findings.isEmpty()) {
        throw new IllegalArgumentException("a refusal says why");
      }
      findings = List.copyOf(findings);
    }
  }

  /**
   * Who signed a manifest.
   *
   * @param name as the signed header has it
   * @param uri as the signed header has it
   * @param key the key that made the signature: a pinned one, or that of a certificate which leads
   *     to a pinned anchor
   * @param subject whom that certificate names; empty for a pinned key
   */
  public record Signer(
      String name, Optional<String> uri, PublicKey key, Optional<String> subject) {}

  /**
   * Judges a signed manifest.
   *
   * @param document a COSE_Sign1 message under tag 18
   * @param pinned the keys trusted to sign manifests; one of them must have
   * @param at the time of judgement
   */
  public static Result signed(Bytes document, List<PublicKey> pinned, Instant at) {
    return signed(document, CorimSigners.ofKeys(pinned), at);
  }

  /**
   * Judges a signed manifest.
   *
   * @param document a COSE_Sign1 message under tag 18
   * @param signers who may have signed it
   * @param at the time of judgement
   */
  public static Result signed(Bytes document, CorimSigners signers, Instant at) {
    return guarded(() -> judgeSigned(document, signers, at), Refused::new);
  }

  /**
   * Judges a manifest that nobody signed, for an operator who vouches for the file by loading it.
   *
   * @param document an unsigned CoRIM under tag 501
   * @param at the time of judgement
   */
  public static Result unsigned(Bytes document, Instant at) {
    return guarded(
        () -> {
          Corim corim = CorimReader.corim(document);
          return accept(corim, Optional.empty(), Optional.empty(), Optional.empty(), at);
        },
        Refused::new);
  }

  /** Reads a manifest, signed or not, and judges neither signature nor times. */
  public static Reading read(Bytes document) {
    return guarded(
        () -> {
          Corim corim =
              isSigned(document)
                  ? CorimReader.corim(payload(envelope(document)))
                  : CorimReader.corim(document);
          List<Finding> findings = profile(corim);
          return findings.isEmpty() ? new Legible(corim) : new Refused(findings);
        },
        Refused::new);
  }

  /** What reading a CoMID that stands by itself came to. */
  public sealed interface ModuleReading {}

  /**
   * The CoMID keeps to its schema; nobody vouches for it.
   *
   * @param module what it says
   */
  public record LegibleModule(Comid module) implements ModuleReading {}

  /**
   * The CoMID is not to be used.
   *
   * @param findings why
   */
  public record RefusedModule(List<Finding> findings) implements ModuleReading {
    /** Copies the list. */
    public RefusedModule {
      findings = List.copyOf(findings);
    }
  }

  /** Reads a CoMID that stands by itself. */
  public static ModuleReading readModule(Bytes content) {
    return guarded(() -> new LegibleModule(CorimReader.comid(content)), RefusedModule::new);
  }

  private static Result judgeSigned(Bytes document, CorimSigners signers, Instant at) {
    if (!isSigned(document)) {
      // What is not even a CoRIM says so; what is one lacks its signature.
      CorimReader.corim(document);
      return new Refused(
          List.of(
              Finding.against(Reason.SIGNATURE, "the manifest is not signed")
                  .at("manifest")
                  .remedy("Ask for the signed manifest, or load this one as the operator.")));
    }
    CoseSign1 envelope = envelope(document);
    Bytes payload = payload(envelope);
    SignerReader.Header header = SignerReader.header(envelope);
    return switch (new SignatureJudge(envelope, signers, at).judge()) {
      case SignatureJudge.Unsigned(List<Finding> findings) -> new Refused(findings);
      case SignatureJudge.Signed signed ->
          accept(
              CorimReader.corim(payload),
              Optional.of(new Signer(header.name(), header.uri(), signed.key(), signed.subject())),
              header.validity(),
              signed.notAfter(),
              at);
    };
  }

  private static Result accept(
      Corim corim,
      Optional<Signer> signer,
      Optional<Validity> signature,
      Optional<Instant> certificatesUntil,
      Instant at) {
    List<Finding> findings = profile(corim);
    if (!findings.isEmpty()) {
      return new Refused(findings);
    }
    List<Finding> late = new ArrayList<>();
    corim.validity().ifPresent(v -> checkTime("the manifest", "rim-validity", v, at, late));
    signature.ifPresent(v -> checkTime("its signature", "signature-validity", v, at, late));
    if (!late.isEmpty()) {
      return new Refused(late);
    }
    Optional<Instant> notAfter =
        Stream.concat(
                Stream.of(corim.validity(), signature)
                    .flatMap(Optional::stream)
                    .map(Validity::notAfter),
                certificatesUntil.stream())
            .filter(Instant.MAX::isAfter)
            .min(Instant::compareTo);
    return new Accepted(corim, signer, notAfter);
  }

  private static List<Finding> profile(Corim corim) {
    return CorimProfile.of(corim).map(rules -> rules.check(corim.modules())).orElse(List.of());
  }

  private static void checkTime(
      String what, String where, Validity validity, Instant at, List<Finding> findings) {
    if (!validity.contains(at)) {
      findings.add(
          Finding.against(Reason.REFERENCE_EXPIRED, what + " is valid " + validity)
              .at(where)
              .expecting(validity.toString())
              .finding(at.toString())
              .remedy("Get the manifest that is valid now from whoever publishes it."));
    }
  }

  private static boolean isSigned(Bytes document) {
    // Tag 18 in one byte; a longer form of the same number is not deterministic, and not read.
    return !document.isEmpty() && document.at(0) == (0xc0 | CoseSign1.TAG);
  }

  private static CoseSign1 envelope(Bytes document) {
    try {
      return CoseSign1.parse(document, MAX_BYTES);
    } catch (MalformedException e) {
      throw ManifestException.malformed("manifest", e.words());
    }
  }

  private static Bytes payload(CoseSign1 envelope) {
    return envelope
        .payload()
        .orElseThrow(
            () ->
                ManifestException.schema("manifest", "the signed manifest does not carry itself"));
  }

  private static <T> T guarded(
      Supplier<? extends T> judgement, Function<List<Finding>, T> refused) {
    try {
      return judgement.get();
    } catch (ManifestException e) {
      return refused.apply(List.of(e.finding()));
    } catch (RuntimeException | StackOverflowError e) {
      // No input is known that comes here. Whatever does is not believed.
      return refused.apply(
          List.of(
              Finding.against(
                      Reason.REFERENCE_MALFORMED,
                      "judging the manifest failed with " + e.getClass().getSimpleName())
                  .remedy("Report the manifest: no input should do this.")));
    }
  }
}
