package dev.holdfast.fuzz;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.pam.model.Refusal;
import dev.holdfast.server.identity.CertificateRequest;
import java.util.List;

/** Requests for certificates: a refusal or a key, and no key that did not sign the request. */
final class CertificateRequestTarget implements Target {
  /** P-256, drawn once for this; the private half was not kept. */
  private static final String KEY =
      "3059301306072a8648ce3d020106082a8648ce3d0301070342000470d57ecb84bdd50a0c885585ecb77c575524"
          + "c5683a95f60bca2d53cc417416e9b5fd6430b790e9fc8583d65031868061b8848a4e960982844683c0a7"
          + "044fbde2";

  private static final Bytes REQUEST =
      Bytes.fromHex(
          "3081c93071020100300f310d300b060355040313046e6f6465"
              + KEY
              + "a000300a06082a8648ce3d040302034800304502201d712be9d5f5939989714788da2bcd6f6ef423d0"
              + "dda12e78abb78226b55eadb9022100f25527429d19c0ee9e0884e43511239d9420185081cd0cce8d5e"
              + "3ed4d33bac45");

  @Override
  public Class<?> reader() {
    return CertificateRequest.class;
  }

  @Override
  public List<Bytes> seeds() {
    return List.of(REQUEST);
  }

  /** One request. */
  @Override
  public void read(byte[] data) {
    try {
      CertificateRequest request = CertificateRequest.parse(ByteString.copyFrom(data));
      if (!Bytes.of(request.key().getEncoded()).equals(Bytes.fromHex(KEY))) {
        throw new IllegalStateException("a key was certified that nobody signed with");
      }
    } catch (Refusal _) {
      // As it should be.
    }
  }
}
