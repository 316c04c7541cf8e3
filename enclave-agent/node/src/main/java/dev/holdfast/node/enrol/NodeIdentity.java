package dev.holdfast.node.enrol;

import com.google.protobuf.ByteString;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.node.state.StateFiles;
import dev.holdfast.proto.node.v1.NodeCertificate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who a node is on the wire: its session key, the certificates for it, and the roots to check PAM's
 * own against.
 */
public final class NodeIdentity {
  private static final String FILE = "identity";
  private static final int PART_BYTES_MAX = 1 << 20;

  private final PrivateKey privateKey;
  private final List<X509Certificate> chain;
  private final List<X509Certificate> roots;
  private final NodeCertificate issued;

  private NodeIdentity(PrivateKey privateKey, NodeCertificate issued)
      throws GeneralSecurityException {
    this.privateKey = privateKey;
    this.issued = issued;
    this.chain = certificates(issued.getCertificatesList());
    this.roots = certificates(issued.getTrustBundleList());
    if (chain.isEmpty() || roots.isEmpty()) {
      throw new GeneralSecurityException("an identity needs a certificate and a trust bundle");
    }
  }

  /** An identity just issued; the leaf must be for the key. */
  static NodeIdentity of(SessionKey key, NodeCertificate issued) throws GeneralSecurityException {
    var identity = new NodeIdentity(key.privateKey(), issued);
    if (!identity.publicKey().equals(key.publicKey())) {
      throw new GeneralSecurityException("the certificate issued is for another key");
    }
    return identity;
  }

  private static List<X509Certificate> certificates(List<ByteString> encoded)
      throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> read = new ArrayList<>();
    for (ByteString der : encoded.subList(0, Math.min(16, encoded.size()))) {
      if (factory.generateCertificate(der.newInput()) instanceof X509Certificate certificate) {
        read.add(certificate);
      }
    }
    return List.copyOf(read);
  }

  /** The identity kept in a state directory; empty if the node was never enrolled. */
  public static Optional<NodeIdentity> load(StateFiles state) throws IOException {
    Optional<byte[]> content = state.read(FILE);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    try (var in = new DataInputStream(new ByteArrayInputStream(content.get()))) {
      PrivateKey key =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(part(in)));
      return Optional.of(new NodeIdentity(key, NodeCertificate.parseFrom(part(in))));
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException(
          "the identity in " + state.directory() + " cannot be read; remove it and enrol again", e);
    }
  }

  private static byte[] part(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > PART_BYTES_MAX) {
      throw new IOException("a part of an identity has at most 1 MiB");
    }
    var part = new byte[length];
    in.readFully(part);
    return part;
  }

  /** Keeps key and certificates as one file, so that neither is ever without the other. */
  void save(StateFiles state) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      for (byte[] part : List.of(privateKey.getEncoded(), issued.toByteArray())) {
        out.writeInt(part.length);
        out.write(part);
      }
    }
    state.write(FILE, bytes.toByteArray());
  }

  /** The session key's private half. */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /** The certificate and its intermediates, leaf first. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The roots that PAM's certificate must lead to. */
  public List<X509Certificate> roots() {
    return roots;
  }

  /** The session key's public half, a DER SubjectPublicKeyInfo. */
  public Bytes publicKey() {
    return Bytes.of(chain.getFirst().getPublicKey().getEncoded());
  }

  /** When the certificate expires. */
  public Instant expiry() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /** When to renew it: refresh_interval after it began, or half of its life without one. */
  public Instant renewal() {
    Instant start = chain.getFirst().getNotBefore().toInstant();
    Duration half = Duration.between(start, expiry()).dividedBy(2);
    Duration wait = Duration.ofSeconds(issued.getRefreshInterval().getSeconds());
    return start.plus(wait.isZero() || wait.compareTo(half) > 0 ? half : wait);
  }
}
