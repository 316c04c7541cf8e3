package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.x509.CertificatePath.Anchors;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManufacturedTpmTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void theVendorsCertificatesVouchForBothEndorsementKeysAndNoOther() throws Exception {
    // What the clock says while the certificates are made is when they begin.
    try (SoftwareTpm tpm = SoftwareTpm.manufacture(folder)) {
      Instant at = Instant.now().plusSeconds(1);
      Bytes issuer = tpm.read("authority/issuercert.pem");
      Bytes root = tpm.read("authority/swtpm-localca-rootca-cert.pem");
      Anchors anchors = Anchors.parse(List.of(root), List.of());
      tpm.run("tpm2_readpublic", "-c", "0x81010001", "-o", "rsa.pub");
      tpm.run("tpm2_nvread", "0x01c00002", "-o", "rsa.der");
      tpm.run("tpm2_readpublic", "-c", "0x81010016", "-o", "ecc.pub");
      tpm.run("tpm2_nvread", "0x01c00016", "-o", "ecc.der");
      for (String kind : List.of("rsa", "ecc")) {
        TpmPublic ek = TpmPublic.parseSized(tpm.read(kind + ".pub"));
        List<Bytes> chain = List.of(tpm.read(kind + ".der"), issuer);
        EndorsementCertificate.Judgement judgement =
            EndorsementCertificate.judge(chain, ek, anchors, at);
        assertInstanceOf(EndorsementCertificate.Endorsed.class, judgement, "" + judgement);
        String other = kind.equals("rsa") ? "ecc" : "rsa";
        EndorsementCertificate.Judgement wrong =
            EndorsementCertificate.judge(
                List.of(tpm.read(other + ".der"), issuer), ek, anchors, at);
        assertEquals(
            Reason.EK_CHAIN,
            assertInstanceOf(EndorsementCertificate.Unproven.class, wrong).finding().reason());
        assertInstanceOf(
            EndorsementCertificate.Unproven.class,
            EndorsementCertificate.judge(chain, ek, Anchors.parse(List.of(), List.of()), at));
      }
    }
  }

  @Test
  void theP384EndorsementKeyOpensACredentialUnderItsPolicy() throws Exception {
    try (SoftwareTpm tpm = SoftwareTpm.manufacture(folder)) {
      Bytes secret = Sha256.of("a secret");
      tpm.run("tpm2_readpublic", "-c", "0x81010016", "-o", "ek.pub");
      tpm.make(
          "tpm2_createprimary",
          "-C",
          "e",
          "-G",
          "ecc:ecdsa-sha256:null",
          "-g",
          "sha256",
          "-a",
          "restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth",
          "-c",
          "ak.ctx");
      tpm.make("tpm2_readpublic", "-c", "ak.ctx", "-o", "ak.pub");
      Bytes name = TpmPublic.parseSized(tpm.read("ak.pub")).name();
      TpmPublic ek = TpmPublic.parseSized(tpm.read("ek.pub"));
      Credential credential = Credential.make(ek, name, secret, new SecureRandom());
      tpm.write(
          "credential",
          Bytes.concat(
              Bytes.fromHex("badcc0de00000001"),
              credential.idObject(),
              credential.encryptedSecret()));
      tpm.run("tpm2_startauthsession", "--policy-session", "-g", "sha384", "-S", "session.ctx");
      tpm.run("tpm2_policysecret", "-S", "session.ctx", "-c", "e", "-L", "policy.a");
      // PolicyC of the EK Credential Profile: PolicyAuthorizeNV, for SHA-384.
      tpm.write(
          "policy.c",
          Bytes.fromHex(
              "d6032ce61f2fb3c240eb3cf6a33237ef2b6a16f4293c22b455e261cffd217ad5"
                  + "b4947c2d73e63005eed2dc2b3593d165"));
      tpm.run("tpm2_policyor", "-S", "session.ctx", "sha384:policy.a,policy.c");
      tpm.run(
          "tpm2_activatecredential",
          "-c",
          "ak.ctx",
          "-C",
          "0x81010016",
          "-i",
          "credential",
          "-o",
          "opened",
          "-P",
          "session:session.ctx");
      assertEquals(secret, tpm.read("opened"));
    }
  }
}
