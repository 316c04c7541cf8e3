package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Evidence;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.PcrSelection;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.eventlog.EventLogRules;
import dev.holdfast.attestation.eventlog.EventLogWriter;
import dev.holdfast.attestation.eventlog.EventType;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftwareTpmTest {
  private static final String STORAGE =
      "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth";
  private static final Bytes SECRET = Sha256.of("a secret of 32 bytes");

  @TempDir private Path folder = Path.of("");
  private @Nullable SoftwareTpm tpm;

  private SoftwareTpm tpm() {
    if (tpm == null) {
      throw new IllegalStateException("the TPM was not started");
    }
    return tpm;
  }

  @BeforeEach
  void start() throws Exception {
    tpm = SoftwareTpm.start(folder);
  }

  @AfterEach
  void stop() {
    if (tpm != null) {
      tpm.close();
    }
  }

  private void createAk(String algorithm, String hash, String scheme) throws Exception {
    tpm().make("tpm2_createek", "-c", "ek.ctx", "-G", "rsa", "-u", "ek.pub");
    tpm()
        .make(
            "tpm2_createak",
            "-C",
            "ek.ctx",
            "-c",
            "ak.ctx",
            "-G",
            algorithm,
            "-g",
            hash,
            "-s",
            scheme,
            "-u",
            "ak.pub",
            "-n",
            "ak.name");
  }

  private AttestationKey key() throws IOException {
    TpmPublic area = TpmPublic.parseSized(tpm().read("ak.pub"));
    return assertInstanceOf(AttestationKey.Accepted.class, AttestationKey.judge(area.encoded()))
        .key();
  }

  private Evidence.Tpm2Quote quote(Bytes data, String hash, String scheme, Bytes log)
      throws Exception {
    tpm()
        .make(
            "tpm2_quote",
            "-c",
            "ak.ctx",
            "-l",
            "sha256:0,1,2,3,4,5,6,7,8",
            "-q",
            data.hex(),
            "-m",
            "attest",
            "-s",
            "signature",
            "-g",
            hash,
            "--scheme",
            scheme);
    List<Evidence.ReportedPcr> values = new ArrayList<>();
    List<Bytes> registers = tpm().registers("sha256", 32, 9);
    for (int i = 0; i < registers.size(); i++) {
      values.add(new Evidence.ReportedPcr(PcrBank.SHA256.algorithm(), i, registers.get(i)));
    }
    return new Evidence.Tpm2Quote(
        "", tpm().read("attest"), tpm().read("signature"), values, log, key().encoded());
  }

  @ParameterizedTest
  @CsvSource({
    "ecc, sha256, ecdsa",
    "ecc384, sha384, ecdsa",
    "rsa, sha256, rsassa",
    "rsa, sha256, rsapss"
  })
  void aRealQuoteIsProvenAndItsFlippedBitIsNot(String algorithm, String hash, String scheme)
      throws Exception {
    createAk(algorithm, hash, scheme);
    assertEquals(tpm().read("ak.name"), key().name());
    Evidence.Tpm2Quote quote = quote(SECRET, hash, scheme, Bytes.EMPTY);
    Tpm2Expectation expectation =
        Tpm2Expectation.of(key(), List.of(PcrSelection.of(PcrBank.SHA256, 0, 1, 2, 3, 4, 5, 6, 7)));
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class, Tpm2QuoteVerifier.verifyQuote(quote, SECRET, expectation));
    assertEquals(
        9, proven.claims().stream().filter(Claim.RegisterDigest.class::isInstance).count());
    int last = quote.signature().length() * 8 - 1;
    Evidence.Tpm2Quote altered =
        new Evidence.Tpm2Quote(
            "",
            quote.attest(),
            Tpm2QuoteVerifierTest.flipped(quote.signature(), last),
            quote.pcrValues(),
            Bytes.EMPTY,
            Bytes.EMPTY);
    Outcome.Refused refused =
        assertInstanceOf(
            Outcome.Refused.class, Tpm2QuoteVerifier.verifyQuote(altered, SECRET, expectation));
    assertEquals(Reason.TPM_SIGNATURE, refused.findings().getFirst().reason());
  }

  /** Both structures are made, and judged, by another implementation of the specification. */
  @Test
  void aRealKeyCertifiesItsCreationAndVouchesForAnother() throws Exception {
    for (String name : List.of("ak", "second")) {
      tpm()
          .make(
              "tpm2_createprimary",
              "-C",
              "e",
              "-G",
              name.equals("ak") ? "ecc:ecdsa-sha256:null" : "rsa2048:rsassa-sha256:null",
              "-a",
              "restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth",
              "-c",
              name + ".ctx",
              "--creation-data",
              name + ".creation",
              "-d",
              name + ".hash",
              "-t",
              name + ".ticket");
      tpm().make("tpm2_readpublic", "-c", name + ".ctx", "-o", name + ".pub");
    }
    tpm()
        .make(
            "tpm2_certifycreation",
            "-C",
            "ak.ctx",
            "-c",
            "ak.ctx",
            "-d",
            "ak.hash",
            "-t",
            "ak.ticket",
            "-g",
            "sha256",
            "-s",
            "ecdsa",
            "-q",
            SECRET.hex(),
            "--attestation",
            "created",
            "-o",
            "created.sig");
    CertifyExpectation fresh = CertifyExpectation.STRICT.withQualifyingData(SECRET);
    KeyCertification.Statement statement =
        new KeyCertification.Statement(
            key().encoded(), tpm().read("created"), tpm().read("created.sig"));
    Bytes creation = tpm().read("ak.creation");
    assertInstanceOf(
        Outcome.Proven.class,
        KeyCertification.verifyCreation(statement, creation.slice(2, creation.length()), fresh));
    tpm()
        .make(
            "tpm2_certify",
            "-C",
            "ak.ctx",
            "-c",
            "second.ctx",
            "-g",
            "sha256",
            "-o",
            "held",
            "-s",
            "held.sig");
    TpmPublic second = TpmPublic.parseSized(tpm().read("second.pub"));
    assertInstanceOf(
        Outcome.Proven.class,
        KeyCertification.verifyCertified(
            new KeyCertification.Statement(
                second.encoded(), tpm().read("held"), tpm().read("held.sig")),
            key(),
            CertifyExpectation.STRICT));
  }

  @Test
  void aNodesOwnLogReplaysToWhatItExtended() throws Exception {
    createAk("ecc", "sha256", "ecdsa");
    EventLogWriter writer = new EventLogWriter(EnumSet.of(PcrBank.SHA256));
    for (String software : List.of("agent", "configuration")) {
      Map<PcrBank, Bytes> digests = writer.event(8, EventType.EV_ACTION, Bytes.utf8(software));
      tpm()
          .run(
              "tpm2_pcrextend",
              "8:sha256=" + digests.getOrDefault(PcrBank.SHA256, Bytes.EMPTY).hex());
    }
    Map<PcrBank, Bytes> end = writer.separator(7);
    tpm().run("tpm2_pcrextend", "7:sha256=" + end.getOrDefault(PcrBank.SHA256, Bytes.EMPTY).hex());
    tpm().write("log", writer.log());
    String words = tpm().run("tpm2_eventlog", "log");
    assertTrue(words.contains("EV_SEPARATOR") && words.contains("EV_ACTION"), words);

    Tpm2Expectation expectation =
        Tpm2Expectation.of(key(), List.of(PcrSelection.of(PcrBank.SHA256, 8)))
            .withEventLog(EventLogRules.STRICT);
    Evidence.Tpm2Quote quote = quote(SECRET, "sha256", "ecdsa", writer.log());
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class, Tpm2QuoteVerifier.verifyQuote(quote, SECRET, expectation));
    assertEquals(
        List.of(Bytes.utf8("agent"), Bytes.utf8("configuration"), Bytes.of(new byte[4])),
        proven.claims().stream()
            .filter(Claim.MeasuredEvent.class::isInstance)
            .map(claim -> ((Claim.MeasuredEvent) claim).data().orElseThrow())
            .toList());
  }

  @ParameterizedTest
  @CsvSource({"rsa", "ecc"})
  void anEndorsementKeyOpensACredentialForTheNamedKey(String algorithm) throws Exception {
    tpm().make("tpm2_createek", "-c", "ek.ctx", "-G", algorithm, "-u", "ek.pub");
    tpm()
        .make(
            "tpm2_createak",
            "-C",
            "ek.ctx",
            "-c",
            "ak.ctx",
            "-G",
            "ecc",
            "-g",
            "sha256",
            "-s",
            "ecdsa",
            "-u",
            "ak.pub",
            "-n",
            "ak.name");
    make("ek.pub", key().name());
    tpm().run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
    tpm().run("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
    tpm()
        .run(
            "tpm2_activatecredential",
            "-c",
            "ak.ctx",
            "-C",
            "ek.ctx",
            "-i",
            "credential",
            "-o",
            "opened",
            "-P",
            "session:session.ctx");
    assertEquals(SECRET, tpm().read("opened"));
  }

  @ParameterizedTest
  @CsvSource({"ecc384:null:aes256cfb, sha384", "rsa2048:null:aes256cfb, sha384"})
  void aKeyWithAnotherNameAlgorithmOpensACredentialToo(String algorithm, String hash)
      throws Exception {
    tpm()
        .make(
            "tpm2_createprimary",
            "-C",
            "e",
            "-G",
            algorithm,
            "-g",
            hash,
            "-a",
            STORAGE,
            "-c",
            "ek.ctx");
    tpm().make("tpm2_readpublic", "-c", "ek.ctx", "-o", "ek.pub");
    tpm()
        .make(
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
    tpm().make("tpm2_readpublic", "-c", "ak.ctx", "-o", "ak.pub");
    make("ek.pub", key().name());
    tpm()
        .run(
            "tpm2_activatecredential",
            "-c",
            "ak.ctx",
            "-C",
            "ek.ctx",
            "-i",
            "credential",
            "-o",
            "opened");
    assertEquals(SECRET, tpm().read("opened"));
  }

  @Test
  void aCredentialForAnotherKeyStaysShut() throws Exception {
    createAk("ecc", "sha256", "ecdsa");
    make("ek.pub", new PaperTpm(PaperTpm.Kind.ECDSA_P256).key().name());
    tpm().run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
    tpm().run("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
    assertThrows(
        IOException.class,
        () ->
            tpm()
                .run(
                    "tpm2_activatecredential",
                    "-c",
                    "ak.ctx",
                    "-C",
                    "ek.ctx",
                    "-i",
                    "credential",
                    "-o",
                    "opened",
                    "-P",
                    "session:session.ctx"));
  }

  /** The file that tpm2-tools expect: a magic, a version, and both structures. */
  private void make(String ek, Bytes name) throws IOException {
    TpmPublic area = TpmPublic.parseSized(tpm().read(ek));
    Credential credential = Credential.make(area, name, SECRET, new SecureRandom());
    tpm()
        .write(
            "credential",
            Bytes.concat(
                Bytes.fromHex("badcc0de00000001"),
                credential.idObject(),
                credential.encryptedSecret()));
  }
}
