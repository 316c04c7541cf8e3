package dev.holdfast.store.kv;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * How to prove who we are to etcd, and to know it: mutual TLS.
 *
 * @param trustRoots PEM with the certificates that etcd's own leads to
 * @param certificateChain PEM with our certificate and its intermediates, leaf first
 * @param privateKey PEM with our private key, PKCS #8
 */
public record EtcdTls(Path trustRoots, Path certificateChain, Path privateKey) {
  /** How long one endpoint may take to answer a check. */
  private static final Duration CHECK_MAX = Duration.ofSeconds(2);

  private static final int PORT_DEFAULT = 2379;

  /** What an HTTP/2 client says first, and a frame of no settings (RFC 9113, section 3.4). */
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  /** Tells a client what to trust and what to show. */
  SslContextBuilder addTo(SslContextBuilder context) {
    return context
        .trustManager(trustRoots.toFile())
        .keyManager(certificateChain.toFile(), privateKey.toFile());
  }

  /**
   * Checks that a member and we accept each other's certificates. One that does not answer passes:
   * it may be down, and the others up.
   *
   * @throws IllegalArgumentException when our files cannot be read
   * @throws StoreRefused when one does not accept the other's
   */
  void check(URI endpoint) {
    int millis = (int) CHECK_MAX.toMillis();
    int port = endpoint.getPort() < 0 ? PORT_DEFAULT : endpoint.getPort();
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(endpoint.getHost(), port), millis);
      plain.setSoTimeout(millis);
      SSLSocketFactory factory = jdkContext().context().getSocketFactory();
      try (var socket = (SSLSocket) factory.createSocket(plain, endpoint.getHost(), port, true)) {
        shakeHands(socket, endpoint);
      }
    } catch (SocketTimeoutException | UnknownHostException | SocketException unreachable) {
      // Whether it is there is for the first call to find out.
      return;
    } catch (IOException e) {
      throw refused(endpoint, e);
    }
  }

  private JdkSslContext jdkContext() {
    try {
      return (JdkSslContext)
          addTo(SslContextBuilder.forClient()).sslProvider(SslProvider.JDK).build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("cannot use " + this + " to reach etcd", e);
    }
  }

  private void shakeHands(SSLSocket socket, URI endpoint) throws IOException {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    // In TLS 1.3 our part is then done, and what it says of our certificate comes with the first
    // answer, or in place of it.
    try {
      OutputStream out = socket.getOutputStream();
      out.write(PREFACE);
      out.flush();
      if (socket.getInputStream().read() < 0) {
        throw refused(endpoint, new EOFException("it closed the connection"));
      }
    } catch (SocketException reset) {
      throw refused(endpoint, reset);
    }
  }

  private StoreRefused refused(URI endpoint, IOException e) {
    for (Throwable why = e; why != null; why = why.getCause()) {
      if (why instanceof CertificateException) {
        return new StoreRefused(
            "etcd at %s is not trusted: its certificate does not lead to %s, or is not for %s (%s)"
                .formatted(endpoint, trustRoots, endpoint.getHost(), why.getMessage()),
            e);
      }
    }
    return new StoreRefused(
        ("etcd at %s does not accept our certificate in %s, or speaks no TLS (%s): its"
                + " --trusted-ca-file must hold what ours leads to")
            .formatted(endpoint, certificateChain, e.getMessage()),
        e);
  }
}
