package dev.holdfast.node.enrol;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.Sha256;
import dev.holdfast.proto.replica.ServerAddress;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Channels to PAM: TLS 1.3 only, and PAM known by its SPIFFE ID, {@code spiffe://{domain}/server},
 * in a certificate that leads to a root of the node's own. Host names are not compared: any replica
 * will do, wherever it is.
 */
public final class PamChannels {
  /** Bytes of the longest message. */
  public static final int MESSAGE_BYTES_MAX = 4 << 20;

  private PamChannels() {}

  /**
   * A channel for enrolling: any chain that ends in the pinned root, without a client certificate.
   */
  static ManagedChannel pinned(ServerAddress server, Bytes rootDigest) throws SSLException {
    return channel(
        server,
        GrpcSslContexts.forClient()
            .trustManager(new RootTrust(List.of(), root -> digest(root).equals(rootDigest))));
  }

  /** A channel for everything else: mutual TLS under the node's identity. */
  public static ManagedChannel mutual(ServerAddress server, NodeIdentity identity)
      throws SSLException {
    return channel(
        server,
        GrpcSslContexts.forClient()
            .keyManager(identity.privateKey(), identity.chain().toArray(X509Certificate[]::new))
            .trustManager(new RootTrust(identity.roots(), identity.roots()::contains)));
  }

  private static ManagedChannel channel(ServerAddress server, SslContextBuilder tls)
      throws SSLException {
    GrpcSslContexts.configure(tls, SslProvider.JDK);
    return NettyChannelBuilder.forAddress(server.host(), server.port())
        .sslContext(tls.protocols("TLSv1.3").endpointIdentificationAlgorithm(null).build())
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .build();
  }

  static Bytes digest(X509Certificate certificate) {
    try {
      return Sha256.of(Bytes.of(certificate.getEncoded()));
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate that was read can be encoded", e);
    }
  }

  /** Trusts the chains that lead to a root of ours, sent along or known already. */
  static final class RootTrust extends X509ExtendedTrustManager {
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final int CHAIN_MAX = 8;
    private static final Integer URI_NAME = 6;
    private static final Pattern SERVER_ID = Pattern.compile("spiffe://[^/]+/server");

    private final List<X509Certificate> known;
    private final Predicate<X509Certificate> ours;

    RootTrust(List<X509Certificate> known, Predicate<X509Certificate> ours) {
      this.known = known;
      this.ours = ours;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain.length == 0 || chain.length > CHAIN_MAX) {
        throw new CertificateException("PAM must show 1 to 8 certificates");
      }
      Set<TrustAnchor> anchors = new HashSet<>();
      known.forEach(root -> anchors.add(new TrustAnchor(root, null)));
      int end = chain.length;
      for (int i = chain.length - 1; i >= 0; i--) {
        if (ours.test(chain[i])) {
          anchors.add(new TrustAnchor(chain[i], null));
          end = i;
        }
      }
      if (anchors.isEmpty() || end == 0) {
        throw new CertificateException(
            "the server's certificate does not lead to the root that this node was given; check the"
                + " address and the join token");
      }
      try {
        List<String> uses = chain[0].getExtendedKeyUsage();
        if (uses != null && !uses.contains(SERVER_AUTHENTICATION)) {
          throw new CertificateException("the server's certificate is not for servers");
        }
        if (!isOfPam(chain[0])) {
          throw new CertificateException(
              "the certificate is of PAM's trust domain, and not PAM's own; check the address");
        }
        var parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX")
            .validate(
                CertificateFactory.getInstance("X.509")
                    .generateCertPath(Arrays.asList(chain).subList(0, end)),
                parameters);
      } catch (GeneralSecurityException e) {
        throw new CertificateException("the server's certificate does not lead to our root", e);
      }
    }

    /** Nodes and applications have certificates of the same authority. */
    private static boolean isOfPam(X509Certificate leaf) throws CertificateParsingException {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      return names != null
          && names.stream()
              .filter(name -> URI_NAME.equals(name.get(0)))
              .anyMatch(name -> SERVER_ID.matcher(String.valueOf(name.get(1))).matches());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("a node serves nobody");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("a node serves nobody");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("a node serves nobody");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
