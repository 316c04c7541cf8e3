package dev.holdfast.node.tpm;

/** The endorsement keys that certificates are found for (TCG EK Credential Profile, 2.2.1.4). */
public enum EkKind {
  /** RSA 2048, template L-1. */
  RSA_2048(0x01C00002, 0x81010001),
  /** ECC NIST P-384, template H-3. */
  ECC_P384(0x01C00016, 0x81010016);

  private final int certificateIndex;
  private final int persistentHandle;

  EkKind(int certificateIndex, int persistentHandle) {
    this.certificateIndex = certificateIndex;
    this.persistentHandle = persistentHandle;
  }

  /** Where its certificate lies in NV memory. */
  public int certificateIndex() {
    return certificateIndex;
  }

  /** Where the key lies if whoever made the TPM left it there. */
  public int persistentHandle() {
    return persistentHandle;
  }
}
