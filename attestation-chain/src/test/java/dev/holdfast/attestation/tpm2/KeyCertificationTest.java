package dev.holdfast.attestation.tpm2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Claim;
import dev.holdfast.attestation.Finding;
import dev.holdfast.attestation.Outcome;
import dev.holdfast.attestation.PcrBank;
import dev.holdfast.attestation.Reason;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.attestation.tpm2.KeyCertification.Statement;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyCertificationTest {
  private static final Bytes NONCE = Sha256.of("nonce");
  private static final PaperTpm TPM = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
  private static final PaperTpm OTHER = new PaperTpm(PaperTpm.Kind.ECDSA_P256);
  private static final Bytes CREATION = creationData();

  private static Bytes creationData() {
    Bytes parent = Bytes.concat(Bytes.fromHex("000b"), Sha256.of("parent"));
    return new PaperTpm.Writer()
        .u32(0)
        .sized(Sha256.of(Bytes.EMPTY))
        .u8(1)
        .u16(PcrBank.SHA256.algorithm())
        .sized(parent)
        .sized(parent)
        .sized(Bytes.EMPTY)
        .bytes();
  }

  private static Bytes attest(long magic, int type, Bytes name, Bytes last) {
    return new PaperTpm.Writer()
        .u32(magic)
        .u16(type)
        .sized(Bytes.of(new byte[34]))
        .sized(NONCE)
        .u64(1000)
        .u32(1)
        .u32(0)
        .u8(1)
        .u64(7)
        .sized(name)
        .sized(last)
        .bytes();
  }

  private static Bytes created(PaperTpm tpm) {
    return attest(
        Attest.TPM_GENERATED, Attest.CREATION, tpm.key().name(), PcrBank.SHA256.hash(CREATION));
  }

  private static Statement signed(PaperTpm key, Bytes attest, PaperTpm signer) {
    return new Statement(key.akPublic(), attest, signer.sign(attest));
  }

  private static Set<Reason> reasons(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Proven _ -> Set.of();
      case Outcome.Refused refused ->
          refused.findings().stream()
              .map(Finding::reason)
              .collect(Collectors.toCollection(TreeSet::new));
    };
  }

  private static Set<Reason> creation(Statement statement) {
    return reasons(KeyCertification.verifyCreation(statement, CREATION, CertifyExpectation.STRICT));
  }

  @ParameterizedTest
  @EnumSource
  void aKeyThatCertifiesItsOwnCreationIsProven(PaperTpm.Kind kind) {
    PaperTpm tpm = new PaperTpm(kind);
    Outcome.Proven proven =
        assertInstanceOf(
            Outcome.Proven.class,
            KeyCertification.verifyCreation(
                signed(tpm, created(tpm), tpm),
                CREATION,
                CertifyExpectation.STRICT.withQualifyingData(NONCE)));
    assertTrue(
        proven.claims().contains(new Claim.Measurement(KeyCertification.NAME, tpm.key().name())));
  }

  @Test
  void noBitOfTheStatementCanBeFlipped() {
    Statement good = signed(TPM, created(TPM), TPM);
    for (int bit = 0; bit < good.attest().length() * 8; bit++) {
      Bytes altered = Tpm2QuoteVerifierTest.flipped(good.attest(), bit);
      assertTrue(
          !creation(new Statement(good.key(), altered, good.signature())).isEmpty(), "bit " + bit);
    }
    for (int bit = 0; bit < good.key().length() * 8; bit++) {
      Bytes altered = Tpm2QuoteVerifierTest.flipped(good.key(), bit);
      assertTrue(
          !creation(new Statement(altered, good.attest(), good.signature())).isEmpty(),
          "bit " + bit);
    }
    for (int bit = 0; bit < CREATION.length() * 8; bit++) {
      Bytes altered = Tpm2QuoteVerifierTest.flipped(CREATION, bit);
      assertEquals(
          Set.of(Reason.AK_CERTIFIED),
          reasons(KeyCertification.verifyCreation(good, altered, CertifyExpectation.STRICT)));
    }
  }

  @Test
  void aStatementOfAnotherKindOrKeyOrNonceIsRefusedForThat() {
    Bytes name = TPM.key().name();
    Bytes hash = PcrBank.SHA256.hash(CREATION);
    assertEquals(
        Set.of(Reason.TPM_MAGIC_INVALID),
        creation(signed(TPM, attest(0xff544346L, Attest.CREATION, name, hash), TPM)));
    assertEquals(
        Set.of(Reason.TPM_ATTEST_TYPE),
        creation(signed(TPM, attest(Attest.TPM_GENERATED, Attest.CERTIFY, name, hash), TPM)));
    assertEquals(Set.of(Reason.AK_CERTIFIED), creation(signed(TPM, created(OTHER), TPM)));
    assertEquals(Set.of(Reason.TPM_SIGNATURE), creation(signed(TPM, created(TPM), OTHER)));
    PaperTpm rsa = new PaperTpm(PaperTpm.Kind.RSASSA_2048);
    assertEquals(Set.of(Reason.ALG_MISMATCH), creation(signed(TPM, created(TPM), rsa)));
    PaperTpm loose = new PaperTpm(PaperTpm.Kind.ECDSA_P256, PaperTpm.AK_ATTRIBUTES & ~0x10000L);
    assertEquals(
        Set.of(Reason.AK_ATTRIBUTES),
        creation(new Statement(loose.akPublic(), Bytes.EMPTY, Bytes.EMPTY)));
    assertEquals(
        Set.of(Reason.NONCE_UNKNOWN),
        reasons(
            KeyCertification.verifyCreation(
                signed(TPM, created(TPM), TPM),
                CREATION,
                CertifyExpectation.STRICT.withQualifyingData(Sha256.of("another")))));
  }

  @Test
  void aTrustedKeyVouchesForAnother() {
    Bytes attest =
        attest(Attest.TPM_GENERATED, Attest.CERTIFY, OTHER.key().name(), OTHER.key().name());
    Statement good = signed(OTHER, attest, TPM);
    CertifyExpectation fresh = CertifyExpectation.STRICT.withQualifyingData(NONCE);
    assertEquals(Set.of(), reasons(KeyCertification.verifyCertified(good, TPM.key(), fresh)));
    assertEquals(
        Set.of(Reason.TPM_SIGNATURE),
        reasons(KeyCertification.verifyCertified(good, OTHER.key(), fresh)));
    Statement swapped = new Statement(TPM.akPublic(), good.attest(), good.signature());
    assertEquals(
        Set.of(Reason.AK_CERTIFIED),
        reasons(KeyCertification.verifyCertified(swapped, TPM.key(), fresh)));
  }
}
