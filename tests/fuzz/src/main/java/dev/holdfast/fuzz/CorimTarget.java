package dev.holdfast.fuzz;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.reference.CorimSigners;
import dev.holdfast.attestation.reference.CorimVerifier;
import dev.holdfast.attestation.reference.Corroboration;
import dev.holdfast.attestation.reference.Environment;
import dev.holdfast.attestation.reference.ReferenceSet;
import dev.holdfast.attestation.x509.CertificatePath;
import java.util.List;

/** Manifests: never the last resort, and none accepted as signed without its key. */
final class CorimTarget implements Target {
  /** A manifest with one reference value: a version, a security version, a digest and flags. */
  private static final Bytes UNSIGNED =
      Bytes.fromHex(
          "d901f5a2006269640181d901fa5855a201a100617404a1008182a100a300d9023041010161610261"
              + "6281a200616501a400a100613101d902290102818201582044aa336af4cb14a879432e53dd6571c7"
              + "fa9bccafb75f488259262d6ea3a4d91b03a103f4");

  private static final Bytes MODULE = UNSIGNED.slice(15, UNSIGNED.length());

  /** The same under a header of the draft's, and a signature that nobody made. */
  private static final Bytes SIGNED =
      Bytes.concat(
          Bytes.fromHex(
              "d2845821a3012603746170706c69636174696f6e2f72696d2b63626f720846a100a1006161a05864"),
          UNSIGNED,
          Bytes.fromHex("5840"),
          Bytes.of(new byte[64]));

  /** The same with a certificate of the signer's that is none. */
  private static final Bytes CERTIFIED =
      Bytes.concat(
          Bytes.fromHex(
              "d2845826a4012603746170706c69636174696f6e2f72696d2b63626f720846a100a1006161182142"
                  + "3000a05864"),
          UNSIGNED,
          Bytes.fromHex("5840"),
          Bytes.of(new byte[64]));

  private static final CorimSigners SIGNERS =
      CorimSigners.ofAnchors(
          CertificatePath.Anchors.parse(
              List.of(PaperCertificate.with("2.5.29.14", new byte[] {4, 1, 1})), List.of()));

  /** What a device says that a manifest may be about. */
  private static final List<Claim> CLAIMS =
      List.of(
          new Claim.Measurement("psa/implementation-id", Bytes.fromHex("01")),
          new Claim.Measurement("psa/software/0/measurement", Bytes.fromHex("02")),
          new Claim.Word("psa/software/0/type", "a"),
          new Claim.Measurement("e", Bytes.fromHex("03")),
          new Claim.Version("e/svn", 3));

  @Override
  public Class<?> reader() {
    return CorimVerifier.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(UNSIGNED, MODULE, SIGNED, CERTIFIED);
  }

  /** One manifest, as signed, as unsigned, and as a bare CoMID. */
  @Override
  public void read(byte[] data) {
    Bytes bytes = Bytes.of(data);
    switch (CorimVerifier.signed(bytes, List.of(ResultTarget.KEY), ResultTarget.AT)) {
      case CorimVerifier.Accepted _ ->
          throw new IllegalStateException("a manifest was accepted without its key");
      case CorimVerifier.Refused refused -> ResultTarget.requireRule(refused.findings());
    }
    switch (CorimVerifier.signed(bytes, SIGNERS, ResultTarget.AT)) {
      case CorimVerifier.Accepted _ ->
          throw new IllegalStateException("a manifest was accepted without a certificate's key");
      case CorimVerifier.Refused refused -> ResultTarget.requireRule(refused.findings());
    }
    switch (CorimVerifier.unsigned(bytes, ResultTarget.AT)) {
      case CorimVerifier.Accepted accepted -> {
        ReferenceSet set = ReferenceSet.of(List.of(accepted));
        set.all().forEach(reference -> set.names(reference.environment()));
        set.measurements(Environment.ANY);
        set.securityVersionFloors(Environment.ANY);
        Corroboration found = Corroboration.of(List.of(set), CLAIMS);
        found.endorsed().forEach(claim -> found.withheld(claim.name()));
      }
      case CorimVerifier.Refused refused -> ResultTarget.requireRule(refused.findings());
    }
    if (CorimVerifier.read(bytes) instanceof CorimVerifier.Refused refused) {
      ResultTarget.requireRule(refused.findings());
    }
    if (CorimVerifier.readModule(bytes) instanceof CorimVerifier.RefusedModule refused) {
      ResultTarget.requireRule(refused.findings());
    }
  }
}
