package dev.holdfast.server.identity;

import com.google.protobuf.ByteString;
import dev.holdfast.pam.model.AccessProblem;
import dev.holdfast.pam.model.Problem;
import dev.holdfast.pam.model.Refusal;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPublicKey;
import java.util.Map;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * A request for a certificate, PKCS #10 in DER (RFC 2986). Only its key counts: the names in it are
 * ignored.
 *
 * @param key of curve P-256 or P-384; whoever made the request has its private half
 */
public record CertificateRequest(ECPublicKey key) {
  /** The longest request that is read, in bytes. */
  public static final int BYTES_MAX = 8 * 1024;

  /**
   * Reads a request from the field {@code certificate_request}.
   *
   * @throws Refusal for whatever is no such request, and nothing else for any bytes
   */
  public static CertificateRequest parse(ByteString der) {
    if (der.isEmpty()) {
      throw new Refusal(new Problem.FieldMissing("certificate_request"));
    }
    if (der.size() > BYTES_MAX) {
      throw new Refusal(
          new Problem.Amount("certificate_request", "at most 8 KiB", der.size() + " bytes"));
    }
    try {
      return read(der.toByteArray());
    } catch (Refusal refusal) {
      throw refusal;
    } catch (IOException
        | GeneralSecurityException
        | OperatorException
        | PKCSException
        | RuntimeException malformed) {
      // The library reads lazily, and says by many unchecked exceptions that it cannot.
      throw malformed("it cannot be read");
    }
  }

  private static CertificateRequest read(byte[] der)
      throws IOException, GeneralSecurityException, OperatorException, PKCSException {
    JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(der);
    if (!(request.getPublicKey() instanceof ECPublicKey key) || !usable(key)) {
      throw malformed("its key is not of curve P-256 or P-384");
    }
    if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
      throw malformed("it is not signed by its own key");
    }
    return new CertificateRequest(key);
  }

  private static boolean usable(ECPublicKey key) {
    int bits = key.getParams().getOrder().bitLength();
    return bits == 256 || bits == 384;
  }

  private static Refusal malformed(String why) {
    return new Refusal(
        new AccessProblem.CallRefused(
            Problem.Kind.INVALID_ARGUMENT,
            "CERTIFICATE_REQUEST",
            "the certificate request is refused, as "
                + why
                + ": send PKCS #10 in DER for an EC key",
            Map.of()));
  }
}
