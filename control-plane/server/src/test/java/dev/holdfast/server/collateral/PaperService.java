package dev.holdfast.server.collateral;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.DcapCollateral;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A provisioning service on loopback, over real HTTP, that answers and misbehaves as it is told.
 */
final class PaperService implements AutoCloseable {
  static final String TCB = "/sgx/certification/v4/tcb?fmspc=00606a000000";
  static final String QE = "/sgx/certification/v4/qe/identity";
  static final String PCK_CRL = "/sgx/certification/v4/pckcrl?ca=platform&encoding=der";
  static final String ROOT_CRL = "/sgx/certification/v4/rootcacrl";

  /** In the order in which they are asked for. */
  static final List<String> SGX = List.of(TCB, QE, PCK_CRL, ROOT_CRL);

  private final Map<String, Manner> manners = new ConcurrentHashMap<>();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /** How one path is answered. */
  @FunctionalInterface
  interface Manner {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  PaperService() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.createContext("/", this::handle);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    asked.add(path);
    try (exchange) {
      manners.getOrDefault(path, status(404)).answer(exchange);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  List<String> asked() {
    return List.copyOf(asked);
  }

  PaperService on(String path, Manner manner) {
    manners.put(path, manner);
    return this;
  }

  /** Answers as Intel's service does. */
  PaperService serving(DcapCollateral bundle) {
    on(TCB, signed(bundle.tcbInfo(), "TCB-Info-Issuer-Chain"));
    on(QE, signed(bundle.qeIdentity(), "SGX-Enclave-Identity-Issuer-Chain"));
    on(PCK_CRL, signed(bundle.pckCrl(), "SGX-PCK-CRL-Issuer-Chain"));
    // Mirrors answer this one in hexadecimal digits.
    return on(ROOT_CRL, body(Bytes.utf8(bundle.rootCrl().hex())));
  }

  static Manner signed(DcapCollateral.Signed signed, String header) {
    String chain =
        URLEncoder.encode(
                new String(signed.chain().getFirst().toByteArray(), StandardCharsets.US_ASCII),
                StandardCharsets.US_ASCII)
            .replace("+", "%20");
    return exchange -> {
      exchange.getResponseHeaders().set(header, chain);
      body(signed.body()).answer(exchange);
    };
  }

  static Manner body(Bytes content) {
    return exchange -> {
      exchange.sendResponseHeaders(200, content.length());
      exchange.getResponseBody().write(content.toByteArray());
    };
  }

  static Manner status(int code) {
    return exchange -> exchange.sendResponseHeaders(code, -1);
  }

  @Override
  public void close() {
    workers.shutdownNow();
    server.stop(0);
  }
}
