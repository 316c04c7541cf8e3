package dev.holdfast.attestation.tpm2;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.crypto.Signatures;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A TPM key that can sign only what its TPM made, by an algorithm that is strong enough. */
public final class AttestationKey {
  private static final int RSA_LEAST_BITS = 2048;
  private static final long TRUSTED =
      TpmPublic.RESTRICTED
          | TpmPublic.SIGN
          | TpmPublic.FIXED_TPM
          | TpmPublic.FIXED_PARENT
          | TpmPublic.SENSITIVE_DATA_ORIGIN;

  private final TpmPublic area;
  private final PublicKey javaKey;

  private AttestationKey(TpmPublic area, PublicKey javaKey) {
    this.area = area;
    this.javaKey = javaKey;
  }

  /** What judging a key came to. */
  public sealed interface Judgement {}

  /**
   * The key may attest, once it is proven to live beside its endorsement key.
   *
   * @param key the key
   */
  public record Accepted(AttestationKey key) implements Judgement {}

  /**
   * The key may not attest.
   *
   * @param findings why
   */
  public record Refused(List<Finding> findings) implements Judgement {
    /** Copies the list. */
    public Refused {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Judges a key by its public area: EVIDENCE_MALFORMED, AK_ATTRIBUTES, ALG_WEAK.
   *
   * @param tpmtPublic TPMT_PUBLIC, at most 2 KiB
   */
  public static Judgement judge(Bytes tpmtPublic) {
    return judge(() -> TpmPublic.parse(tpmtPublic), false);
  }

  /**
   * Judges a key that may sign over SHA-1 and be named by it, as keys of older fleets do: a forger
   * who finds collisions of SHA-1 could then pass off one structure for another.
   *
   * @param tpmtPublic TPMT_PUBLIC, at most 2 KiB
   */
  public static Judgement judgeAllowingSha1(Bytes tpmtPublic) {
    return judge(() -> TpmPublic.parse(tpmtPublic), true);
  }

  /**
   * Takes a key that is trusted for itself, such as one out of a certificate for attestation keys,
   * of which no public area is known: its numbers are judged.
   */
  public static Judgement trusted(PublicKey key) {
    return judge(() -> TpmPublic.encode(key, TRUSTED), false);
  }

  private static Judgement judge(Supplier<TpmPublic> read, boolean sha1Allowed) {
    try {
      TpmPublic area = read.get();
      List<Finding> findings = new ArrayList<>();
      checkAttributes(area, findings);
      checkStrength(area, sha1Allowed, findings);
      return findings.isEmpty()
          ? new Accepted(new AttestationKey(area, Signatures.prepared(area.javaKey())))
          : new Refused(findings);
    } catch (MalformedException e) {
      return new Refused(
          List.of(
              Finding.against(
                      Reason.EVIDENCE_MALFORMED,
                      "the attestation key's public area cannot be read: " + e.words())
                  .at("tpm/ak")
                  .remedy("Send the TPMT_PUBLIC of an RSA or P-256 or P-384 key.")));
    }
  }

  private static void checkAttributes(TpmPublic area, List<Finding> findings) {
    List<String> missing = new ArrayList<>();
    require(area, TpmPublic.RESTRICTED, "restricted", missing);
    require(area, TpmPublic.SIGN, "sign", missing);
    require(area, TpmPublic.FIXED_TPM, "fixedTPM", missing);
    require(area, TpmPublic.FIXED_PARENT, "fixedParent", missing);
    require(area, TpmPublic.SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin", missing);
    if (area.has(TpmPublic.DECRYPT)) {
      missing.add("not decrypt");
    }
    if (!missing.isEmpty()) {
      findings.add(
          Finding.against(
                  Reason.AK_ATTRIBUTES,
                  "the attestation key could sign what its TPM did not make; it lacks "
                      + String.join(", ", missing))
              .at("tpm/ak")
              .expecting(
                  "restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt")
              .finding(String.format(java.util.Locale.ROOT, "0x%08x", area.attributes()))
              .remedy("Create the key as a restricted signing key in the TPM itself."));
    }
  }

  private static void require(TpmPublic area, long bit, String name, List<String> missing) {
    if (!area.has(bit)) {
      missing.add(name);
    }
  }

  private static void checkStrength(TpmPublic area, boolean sha1Allowed, List<Finding> findings) {
    if (area.key() instanceof TpmPublic.Rsa rsa && rsa.modulus().bitLength() < RSA_LEAST_BITS) {
      findings.add(weak("an RSA key of " + rsa.modulus().bitLength() + " bits"));
    }
    if (sha1Allowed) {
      return;
    }
    if (area.nameAlgorithm() == PcrBank.SHA1) {
      findings.add(weak("a name by SHA-1"));
    }
    if (area.schemeHash().filter(PcrBank.SHA1::equals).isPresent()) {
      findings.add(weak("signatures over SHA-1"));
    }
  }

  private static Finding weak(String what) {
    return Finding.against(Reason.ALG_WEAK, "the attestation key has " + what)
        .at("tpm/ak")
        .expecting(List.of("RSA of at least 2048 bits", "ECC P-256 or P-384", "SHA-256 or better"))
        .finding(what)
        .remedy("Create the key with RSA-2048, P-256 or P-384, and SHA-256.");
  }

  /** The public area. */
  public TpmPublic area() {
    return area;
  }

  /** The TPMT_PUBLIC itself. */
  public Bytes encoded() {
    return area.encoded();
  }

  /** The name that a credential is made for. */
  public Bytes name() {
    return area.name();
  }

  /** Whether these are the numbers of a key in Java's form. */
  public boolean isFor(PublicKey other) {
    return area.isFor(other);
  }

  /** The key in Java's form. */
  public PublicKey javaKey() {
    return javaKey;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AttestationKey key && encoded().equals(key.encoded());
  }

  @Override
  public int hashCode() {
    return encoded().hashCode();
  }

  @Override
  public String toString() {
    return "attestation key " + name().hex();
  }
}
