package dev.holdfast.server.collateral;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.codec.MalformedException;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.DcapCollateral.Signed;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.dcap.PckCertificate;
import dev.holdfast.attestation.snp.SnpTcb;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.CollateralNeed;
import dev.holdfast.attestation.x509.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches from one service that an operator named: Intel's PCS or a PCCS by the paths of API 4, and
 * AMD's KDS by those of version 1 (AMD 57230), both or either below the same address.
 *
 * <p>No other host is ever asked: redirects are not followed, and nothing that a node says gets
 * into an address but numbers and hexadecimal digits. An answer is read to its bound and no
 * further; one that takes too long is given up.
 */
public final class HttpCollateralFetcher implements CollateralFetcher {
  private static final String SGX = "/sgx/certification/v4/";
  private static final String TDX = "/tdx/certification/v4/";
  private static final String KDS = "/vcek/v1/";
  private static final String CRL_CHAIN = "SGX-PCK-CRL-Issuer-Chain";
  private static final String IDENTITY_CHAIN = "SGX-Enclave-Identity-Issuer-Chain";
  private static final int CHAIN_CHARACTERS_MAX = 64 * 1024;

  private final String base;
  private final Bounds bounds;
  private final HttpClient client;

  /**
   * How much and how long.
   *
   * @param bodyBytes of one answer, 1 to 4 MiB
   * @param connect until a connection stands
   * @param answer from the request to the answer's last byte
   */
  public record Bounds(int bodyBytes, Duration connect, Duration answer) {
    /** 1 MiB, 5 seconds, 15 seconds. */
    public static final Bounds DEFAULT =
        new Bounds(1024 * 1024, Duration.ofSeconds(5), Duration.ofSeconds(15));

    /** Refuses what bounds nothing. */
    public Bounds {
      if (bodyBytes < 1
          || bodyBytes > 4 * 1024 * 1024
          || !connect.isPositive()
          || !answer.isPositive()) {
        throw new IllegalArgumentException("bounds are above zero, and at most 4 MiB");
      }
    }
  }

  /**
   * A fetcher; nothing is sent yet.
   *
   * @param source the service, without the paths of its API
   * @throws IllegalArgumentException if that is no address which {@link #requireSource} passes
   */
  public HttpCollateralFetcher(URI source, Bounds bounds) {
    String address = requireSource(source).toString();
    this.base = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    this.bounds = bounds;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(bounds.connect())
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /**
   * An address that may be configured: https, or http on this host; without user, query or
   * fragment.
   *
   * @throws IllegalArgumentException if it is another
   */
  public static URI requireSource(URI source) {
    boolean secure = "https".equals(source.getScheme());
    boolean local = "http".equals(source.getScheme()) && loopback(source.getHost());
    if (source.getHost() == null
        || source.getRawUserInfo() != null
        || source.getRawQuery() != null
        || source.getRawFragment() != null
        || !(secure || local)) {
      throw new IllegalArgumentException(
          "an address such as https://pccs.example:8081 is needed; plain http only to this host");
    }
    return source;
  }

  private static boolean loopback(String host) {
    if (host == null || !host.matches("localhost|127(\\.\\d{1,3}){3}|\\[[0-9a-f:]+]")) {
      return false;
    }
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  @Override
  public DcapCollateral fetch(CollateralNeed.Dcap need)
      throws FetchException, InterruptedException {
    String tee = need.tee() == TcbInfo.Tee.SGX ? SGX : TDX;
    String ca = need.ca() == PckCertificate.Ca.PLATFORM ? "platform" : "processor";
    return DcapCollateral.of(
        signed(get(tee + "tcb?fmspc=" + need.fmspc().hex()), "TCB-Info-Issuer-Chain"),
        signed(get(tee + "qe/identity"), IDENTITY_CHAIN),
        signed(get(SGX + "pckcrl?ca=" + ca + "&encoding=der"), CRL_CHAIN),
        CollateralFolder.unhex(get(SGX + "rootcacrl").body()));
  }

  @Override
  public AmdEndorsements fetch(CollateralNeed.Amd need)
      throws FetchException, InterruptedException {
    String product = KDS + need.product().word();
    SnpTcb tcb = need.tcb();
    String query =
        (need.product().fmcFirst() ? "fmcSPL=" + tcb.fmc() + "&" : "")
            + "blSPL="
            + tcb.bootLoader()
            + "&teeSPL="
            + tcb.tee()
            + "&snpSPL="
            + tcb.snp()
            + "&ucodeSPL="
            + tcb.microcode();
    Answer key = get(product + "/" + need.chipId().hex() + "?" + query);
    Answer chain = get(product + "/cert_chain");
    Answer crl = get(product + "/crl");
    try {
      return new AmdEndorsements(
          Map.of(AmdEndorsements.padded(need.chipId()), ders(key.body())),
          ders(chain.body()),
          Certificates.parseCrls(crl.body()));
    } catch (MalformedException | CertificateEncodingException | IllegalArgumentException wrong) {
      throw FetchException.failed(base + " answered what cannot be read: " + wrong.getMessage());
    }
  }

  private static List<Bytes> ders(Bytes certificates) throws CertificateEncodingException {
    List<Bytes> ders = new ArrayList<>();
    for (X509Certificate certificate : Certificates.parse(certificates)) {
      ders.add(Bytes.of(certificate.getEncoded()));
    }
    return ders;
  }

  private record Answer(String path, Bytes body, HttpHeaders headers) {}

  private Signed signed(Answer answer, String header) throws FetchException {
    // Older mirrors name the chain of TCB info as version 3 did.
    String escaped =
        answer
            .headers()
            .firstValue(header)
            .or(() -> answer.headers().firstValue("SGX-" + header))
            .orElseThrow(
                () ->
                    FetchException.failed(
                        base + answer.path() + " came without the header " + header));
    if (escaped.length() > CHAIN_CHARACTERS_MAX) {
      throw FetchException.failed(base + answer.path() + " came with a chain above 64 KiB");
    }
    try {
      // A plus is one of Base64, not a space, where a mirror leaves it as it is.
      String chain = URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.US_ASCII);
      return new Signed(answer.body(), Bytes.of(chain.getBytes(StandardCharsets.US_ASCII)));
    } catch (IllegalArgumentException wrong) {
      throw FetchException.failed(
          base + answer.path() + " came with a chain that is not escaped as it should be");
    }
  }

  private Answer get(String path) throws FetchException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(bounds.answer()).GET().build();
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), bounds.bodyBytes()));
    try {
      HttpResponse<byte[]> response =
          exchange.get(bounds.answer().toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() == 404) {
        throw FetchException.absent(base + path + " is not there");
      }
      if (response.statusCode() != 200) {
        throw FetchException.failed(base + path + " answered " + response.statusCode());
      }
      return new Answer(path, Bytes.of(response.body()), response.headers());
    } catch (ExecutionException failed) {
      throw FetchException.failed(base + path + " failed: " + cause(failed));
    } catch (TimeoutException late) {
      throw FetchException.failed(base + path + " did not answer within " + bounds.answer());
    } finally {
      exchange.cancel(true);
    }
  }

  private static String cause(ExecutionException failed) {
    Throwable cause = failed.getCause() == null ? failed : failed.getCause();
    return cause instanceof IOException && cause.getMessage() != null
        ? cause.getMessage()
        : cause.getClass().getSimpleName();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
