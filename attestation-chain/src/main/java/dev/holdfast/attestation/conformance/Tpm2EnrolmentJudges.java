package dev.holdfast.attestation.conformance;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.tpm2.CertifyExpectation;
import dev.holdfast.attestation.tpm2.KeyCertification;
import dev.holdfast.attestation.tpm2.PlatformCertificateVerifier;
import dev.holdfast.attestation.tpm2.PlatformExpectation;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Set;

/** The judges of what is sent when a TPM is enrolled. */
public final class Tpm2EnrolmentJudges {
  private Tpm2EnrolmentJudges() {}

  /** Keys that certify their own creation. */
  public static final class Creation implements Judge {
    @Override
    public String format() {
      return "tpm2-creation";
    }

    @Override
    public Set<Operation> operations() {
      return Set.of(Operation.APPRAISE);
    }

    @Override
    public Set<String> inputs() {
      return Set.of("public", "creation_data", "attest", "signature");
    }

    /** The cases say nothing of the signature's hash; the library refuses SHA-1 unasked. */
    @Override
    public Answer judge(Question question) {
      Inputs inputs = question.inputs();
      return Answer.of(
          KeyCertification.verifyCreation(
              new KeyCertification.Statement(
                  inputs.bytes("public"), inputs.bytes("attest"), inputs.bytes("signature")),
              inputs.bytes("creation_data"),
              CertifyExpectation.STRICT.withSha1Allowed()));
    }
  }

  /** Attribute certificates about platforms. */
  public static final class Platform implements Judge {
    @Override
    public String format() {
      return "platform-certificate";
    }

    @Override
    public Set<Operation> operations() {
      return Set.of(Operation.APPRAISE);
    }

    @Override
    public Set<String> inputs() {
      return Set.of("certificate", "issuer");
    }

    @Override
    public Answer judge(Question question) {
      Inputs inputs = question.inputs();
      return Answer.of(
          PlatformCertificateVerifier.verify(
              inputs.bytes("certificate"),
              certificate(inputs.bytes("issuer")),
              PlatformExpectation.STRICT.withSha1Allowed(),
              question.at()));
    }

    private static X509Certificate certificate(Bytes bytes) {
      try {
        return (X509Certificate)
            CertificateFactory.getInstance("X.509", Signatures.parser())
                .generateCertificate(new ByteArrayInputStream(bytes.toByteArray()));
      } catch (CertificateException e) {
        throw new CaseException("input issuer is no certificate");
      }
    }
  }
}
