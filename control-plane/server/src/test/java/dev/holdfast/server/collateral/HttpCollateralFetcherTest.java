package dev.holdfast.server.collateral;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.collateral.DcapCollateral;
import dev.holdfast.attestation.collateral.TcbInfo;
import dev.holdfast.attestation.dcap.PaperDcap;
import dev.holdfast.attestation.dcap.PckCertificate;
import dev.holdfast.attestation.snp.PaperSnp;
import dev.holdfast.attestation.snp.SnpProduct;
import dev.holdfast.attestation.snp.SnpTcb;
import dev.holdfast.attestation.verifier.AmdEndorsements;
import dev.holdfast.attestation.verifier.CollateralNeed;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpCollateralFetcherTest {
  static final CollateralNeed.Dcap SGX =
      new CollateralNeed.Dcap(
          TcbInfo.Tee.SGX, Bytes.fromHex("00606a000000"), PckCertificate.Ca.PLATFORM);
  private static final PaperDcap PAPER = new PaperDcap();
  private static final DcapCollateral BUNDLE = PAPER.collateral(PaperDcap.Frame.SGX_3);
  private static final int BODY_MAX = 64 * 1024;
  private static final CollateralNeed.Amd MILAN =
      new CollateralNeed.Amd(SnpProduct.MILAN, PaperSnp.CHIP, SnpTcb.of(3, 0, 8, 0x73));

  private PaperService service;
  private HttpCollateralFetcher fetcher;

  @BeforeEach
  void start() throws IOException {
    service = new PaperService().serving(BUNDLE);
    fetcher = fetcher(Duration.ofSeconds(20));
  }

  private HttpCollateralFetcher fetcher(Duration answer) {
    return new HttpCollateralFetcher(
        service.address(),
        new HttpCollateralFetcher.Bounds(BODY_MAX, Duration.ofSeconds(5), answer));
  }

  @AfterEach
  void stop() {
    fetcher.close();
    service.close();
  }

  private FetchException refused() {
    return assertThrows(FetchException.class, () -> fetcher.fetch(SGX));
  }

  @Test
  void aBundleIsFetchedByThePathsOfTheServiceAndIsGenuine() throws Exception {
    DcapCollateral came = fetcher.fetch(SGX);
    assertEquals(PaperService.SGX, service.asked());
    assertInstanceOf(
        GenuineBundle.Genuine.class, GenuineBundle.judge(came, List.of(PAPER.anchors())));
    assertEquals(BUNDLE, came, "to the byte, chains included");
  }

  @Test
  void aChainWhosePlusSignsWereLeftAsTheyAreIsReadAllTheSame() throws Exception {
    service.on(
        PaperService.TCB,
        exchange -> {
          String pem =
              new String(
                  BUNDLE.tcbInfo().chain().getFirst().toByteArray(), StandardCharsets.US_ASCII);
          exchange
              .getResponseHeaders()
              .set("SGX-TCB-Info-Issuer-Chain", pem.replace("\n", "%0A").replace(" ", "%20"));
          PaperService.body(BUNDLE.tcbInfo().body()).answer(exchange);
        });
    assertEquals(BUNDLE, fetcher.fetch(SGX));
  }

  @Test
  void theChipsCertificateIsAskedForByItsTcb() throws Exception {
    String key =
        "/vcek/v1/Milan/" + PaperSnp.CHIP.hex() + "?blSPL=3&teeSPL=0&snpSPL=8&ucodeSPL=115";
    service.on(key, PaperService.body(PaperSnp.vcek()));
    service.on("/vcek/v1/Milan/cert_chain", PaperService.body(PaperSnp.ASK_CERTIFICATE));
    service.on(
        "/vcek/v1/Milan/crl",
        PaperService.body(Bytes.of(PaperSnp.anchors().crls().getFirst().getEncoded())));
    AmdEndorsements came = fetcher.fetch(MILAN);
    assertEquals(List.of(key, "/vcek/v1/Milan/cert_chain", "/vcek/v1/Milan/crl"), service.asked());
    assertEquals(1, came.endorsementKeys().getOrDefault(PaperSnp.CHIP, List.of()).size());
    assertEquals(1, came.authorities().size());
    assertEquals(1, came.crls().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 400, 429, 500, 503})
  void anyStatusButOkIsAFailure(int status) {
    service.on(PaperService.QE, PaperService.status(status));
    FetchException failed = refused();
    assertTrue(failed.toString().endsWith("answered " + status), failed.toString());
    assertFalse(failed.isAbsent());
  }

  @Test
  void whatIsNotThereIsAbsent() {
    service.on(PaperService.TCB, PaperService.status(404));
    assertTrue(refused().isAbsent());
    assertEquals(List.of(PaperService.TCB), service.asked());
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void noRedirectIsFollowed(int status) throws Exception {
    try (PaperService other = new PaperService()) {
      service.on(
          PaperService.TCB,
          exchange -> {
            exchange.getResponseHeaders().set("Location", other.address() + PaperService.TCB);
            exchange.sendResponseHeaders(status, -1);
          });
      refused();
      assertEquals(List.of(), other.asked());
    }
  }

  @Test
  void aBodyBeyondTheBoundIsNotReadOn() {
    service.on(PaperService.TCB, PaperService.body(Bytes.of(new byte[BODY_MAX + 1])));
    refused();
    service.on(
        PaperService.TCB,
        exchange -> {
          // Of unknown length, and without an end.
          exchange.sendResponseHeaders(200, 0);
          byte[] chunk = new byte[8192];
          while (true) {
            exchange.getResponseBody().write(chunk);
          }
        });
    refused();
  }

  @Test
  void aBodyThatBreaksOffIsAFailure() {
    service.on(
        PaperService.TCB,
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(new byte[10]);
          exchange.getResponseBody().flush();
          throw new IOException("broken off");
        });
    refused();
  }

  @Test
  void whoAnswersTooLateIsGivenUpBeforeAndAfterTheHeaders() {
    fetcher.close();
    fetcher = fetcher(Duration.ofMillis(300));
    CountDownLatch never = new CountDownLatch(1);
    service.on(PaperService.TCB, exchange -> never.await());
    assertTrue(refused().toString().contains("/tcb"));
    service.on(
        PaperService.TCB,
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().flush();
          never.await();
        });
    assertTrue(refused().toString().contains("/tcb"));
  }

  @Test
  void anAnswerWithoutItsChainOrWithOneThatIsBadlyEscapedIsAFailure() {
    service.on(PaperService.TCB, PaperService.body(BUNDLE.tcbInfo().body()));
    assertTrue(refused().toString().contains("TCB-Info-Issuer-Chain"));
    service.on(
        PaperService.TCB,
        exchange -> {
          exchange.getResponseHeaders().set("TCB-Info-Issuer-Chain", "%GG");
          PaperService.body(BUNDLE.tcbInfo().body()).answer(exchange);
        });
    assertTrue(refused().toString().contains("escaped"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://pccs.example",
        "ftp://pccs.example",
        "file:///etc/passwd",
        "https://user:secret@pccs.example",
        "https://pccs.example/?x=",
        "https://pccs.example/#x",
        "http://127.0.0.1.example",
        "pccs.example"
      })
  void onlyAnAddressThatIsSecureOrOnThisHostMayBeConfigured(String source) {
    assertThrows(
        IllegalArgumentException.class,
        () -> HttpCollateralFetcher.requireSource(URI.create(source)));
  }

  @Test
  void secureAddressesAndThisHostMayBeConfigured() {
    for (String source :
        List.of("https://pccs.example:8081", "https://pccs.example/mirror/", "http://[::1]:8081")) {
      assertEquals(source, HttpCollateralFetcher.requireSource(URI.create(source)).toString());
    }
  }
}
