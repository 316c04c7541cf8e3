package dev.holdfast.node.tpm;

import java.util.HexFormat;
import tss.tpm.TPM2B_PUBLIC_KEY_RSA;
import tss.tpm.TPMA_OBJECT;
import tss.tpm.TPMS_ECC_PARMS;
import tss.tpm.TPMS_ECC_POINT;
import tss.tpm.TPMS_NULL_ASYM_SCHEME;
import tss.tpm.TPMS_NULL_KDF_SCHEME;
import tss.tpm.TPMS_RSA_PARMS;
import tss.tpm.TPMS_SIG_SCHEME_ECDSA;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF_OBJECT;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_ECC_CURVE;

/** The public areas that keys are derived from: the same template always gives the same key. */
final class KeyTemplates {
  /** PolicySecret(TPM_RH_ENDORSEMENT) under SHA-256 (TCG EK Credential Profile, B.6.2). */
  private static final String POLICY_A_SHA256 =
      "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa";

  /** The same under SHA-384 (B.6.2). */
  private static final String POLICY_A_SHA384 =
      "8bbf2266537c171cb56e403c4dc1d4b64f432611dc386e6f532050c3278c930e"
          + "143e8bb1133824ccb431053871c6db53";

  /** PolicyOR of PolicyA and PolicyC under SHA-384 (B.6.3). */
  private static final String POLICY_B_SHA384 =
      "b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419ca"
          + "cb47ba09699646150f9fc000f3f80e12";

  /** PolicyAuthorizeNV under SHA-384 (B.6.4), the other way to use the key. */
  private static final String POLICY_C_SHA384 =
      "d6032ce61f2fb3c240eb3cf6a33237ef2b6a16f4293c22b455e261cffd217ad5"
          + "b4947c2d73e63005eed2dc2b3593d165";

  private KeyTemplates() {}

  /** The branches that the policy of a P-384 endorsement key accepts. */
  static byte[][] eccPolicyBranches() {
    return new byte[][] {hex(POLICY_A_SHA384), hex(POLICY_C_SHA384)};
  }

  /** Templates L-1 and H-3 (TCG EK Credential Profile, B.3.3 and B.4.5). */
  static TPMT_PUBLIC endorsementKey(EkKind kind) {
    return switch (kind) {
      case RSA_2048 ->
          new TPMT_PUBLIC(
              TPM_ALG_ID.SHA256,
              new TPMA_OBJECT(
                  TPMA_OBJECT.fixedTPM,
                  TPMA_OBJECT.fixedParent,
                  TPMA_OBJECT.sensitiveDataOrigin,
                  TPMA_OBJECT.adminWithPolicy,
                  TPMA_OBJECT.restricted,
                  TPMA_OBJECT.decrypt),
              hex(POLICY_A_SHA256),
              new TPMS_RSA_PARMS(
                  new TPMT_SYM_DEF_OBJECT(TPM_ALG_ID.AES, 128, TPM_ALG_ID.CFB),
                  new TPMS_NULL_ASYM_SCHEME(),
                  2048,
                  0),
              new TPM2B_PUBLIC_KEY_RSA(new byte[256]));
      case ECC_P384 ->
          new TPMT_PUBLIC(
              TPM_ALG_ID.SHA384,
              new TPMA_OBJECT(
                  TPMA_OBJECT.fixedTPM,
                  TPMA_OBJECT.fixedParent,
                  TPMA_OBJECT.sensitiveDataOrigin,
                  TPMA_OBJECT.userWithAuth,
                  TPMA_OBJECT.adminWithPolicy,
                  TPMA_OBJECT.restricted,
                  TPMA_OBJECT.decrypt),
              hex(POLICY_B_SHA384),
              new TPMS_ECC_PARMS(
                  new TPMT_SYM_DEF_OBJECT(TPM_ALG_ID.AES, 256, TPM_ALG_ID.CFB),
                  new TPMS_NULL_ASYM_SCHEME(),
                  TPM_ECC_CURVE.NIST_P384,
                  new TPMS_NULL_KDF_SCHEME()),
              new TPMS_ECC_POINT(new byte[0], new byte[0]));
    };
  }

  /**
   * The attestation key: ECC P-256, signing only, and only what the TPM itself made. An
   * unrestricted key would sign a forged quote.
   */
  static TPMT_PUBLIC attestationKey() {
    return new TPMT_PUBLIC(
        TPM_ALG_ID.SHA256,
        new TPMA_OBJECT(
            TPMA_OBJECT.fixedTPM,
            TPMA_OBJECT.fixedParent,
            TPMA_OBJECT.sensitiveDataOrigin,
            TPMA_OBJECT.userWithAuth,
            TPMA_OBJECT.noDA,
            TPMA_OBJECT.restricted,
            TPMA_OBJECT.sign),
        new byte[0],
        new TPMS_ECC_PARMS(
            new TPMT_SYM_DEF_OBJECT(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL),
            new TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256),
            TPM_ECC_CURVE.NIST_P256,
            new TPMS_NULL_KDF_SCHEME()),
        new TPMS_ECC_POINT(new byte[0], new byte[0]));
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
