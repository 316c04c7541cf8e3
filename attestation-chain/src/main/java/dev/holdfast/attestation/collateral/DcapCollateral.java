package dev.holdfast.attestation.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import java.util.ArrayList;
import java.util.List;

/**
 * All that one kind of platform is judged by, as an offline bundle of what Intel's provisioning
 * service answered (PCS API 3 or 4), nothing of it believed yet.
 *
 * <p>Its digest is computed once, when the bundle is made, so that a bundle that is used again is
 * known again at no cost.
 */
public final class DcapCollateral {
  private final Signed tcbInfo;
  private final Signed qeIdentity;
  private final Signed pckCrl;
  private final Bytes rootCrl;
  private final Bytes digest;

  private DcapCollateral(Signed tcbInfo, Signed qeIdentity, Signed pckCrl, Bytes rootCrl) {
    this.tcbInfo = tcbInfo;
    this.qeIdentity = qeIdentity;
    this.pckCrl = pckCrl;
    this.rootCrl = rootCrl;
    this.digest =
        Sha256.of(tcbInfo.digest(), qeIdentity.digest(), pckCrl.digest(), Sha256.of(rootCrl));
  }

  /**
   * A body and the certificates of who signed it.
   *
   * @param body as the service answered
   * @param chain the signer's certificate and what leads to the root, DER or PEM, one or several in
   *     each
   */
  public record Signed(Bytes body, List<Bytes> chain) {
    /** Copies the list. */
    public Signed {
      chain = List.copyOf(chain);
    }

    /** A body with a chain in one PEM text, as the service's header has it, once unescaped. */
    public Signed(Bytes body, Bytes chain) {
      this(body, List.of(chain));
    }

    private Bytes digest() {
      List<Bytes> parts = new ArrayList<>(List.of(Sha256.of(body)));
      chain.forEach(certificates -> parts.add(Sha256.of(certificates)));
      return Sha256.of(parts.toArray(new Bytes[0]));
    }
  }

  /**
   * A bundle.
   *
   * @param tcbInfo the body of {@code /tcb} and its chain
   * @param qeIdentity the body of {@code /qe/identity} and its chain
   * @param pckCrl the body of {@code /pckcrl} and its chain: DER, PEM, or DER in hexadecimal
   * @param rootCrl the root CA's revocation list, in the same forms
   */
  public static DcapCollateral of(Signed tcbInfo, Signed qeIdentity, Signed pckCrl, Bytes rootCrl) {
    return new DcapCollateral(tcbInfo, qeIdentity, pckCrl, rootCrl);
  }

  /** TCB info. */
  public Signed tcbInfo() {
    return tcbInfo;
  }

  /** The quoting enclave's identity. */
  public Signed qeIdentity() {
    return qeIdentity;
  }

  /** The revocation list for PCK certificates. */
  public Signed pckCrl() {
    return pckCrl;
  }

  /** The root CA's revocation list. */
  public Bytes rootCrl() {
    return rootCrl;
  }

  /** SHA-256 over all items. */
  public Bytes digest() {
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DcapCollateral collateral && digest.equals(collateral.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return "collateral " + digest.hex();
  }
}
