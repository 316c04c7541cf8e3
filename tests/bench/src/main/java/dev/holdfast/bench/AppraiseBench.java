package dev.holdfast.bench;

import dev.holdfast.attestation.Verification;
import dev.holdfast.attestation.crypto.Signatures;
import dev.holdfast.attestation.eventlog.ReplayMemory;
import dev.holdfast.attestation.tpm2.Tpm2QuoteVerifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Quotes with an event log verified on one thread, beside their signatures alone: by the same
 * provider, by BouncyCastle, and by openssl where it is installed. Logs are those that the nodes
 * sent before, as in every round but the first after a boot; figures that end in {@code -first} are
 * of that one.
 */
final class AppraiseBench {
  private static final String FIGURE = "tpm2-quote";
  private static final String FIRST = "tpm2-quote-first";
  private static final String REFUSAL = "refusal-cost";
  private static final String CHAIN = "tpm2-chain-of-4";
  private static final String CHAIN_FIRST = "tpm2-chain-of-4-first";
  private static final String SAME = "same";
  private static final String ALGORITHM = "SHA256withECDSAinP1363Format";
  private static final int NODES = 64;
  private static final long MEMORY_MAX_BYTES = 4 * 1024 * 1024;
  private static final Pattern OPENSSL_LINE =
      Pattern.compile("256 bits ecdsa \\(nistp256\\)\\s+\\S+\\s+\\S+\\s+\\S+\\s+([0-9.]+)");

  private final Duration total;
  private final Consumer<Figure> report;

  AppraiseBench(Duration total, Consumer<Figure> report) {
    this.total = total;
    this.report = report;
  }

  void run() throws Exception {
    List<Quotes.Answer> answers = Quotes.of(NODES, 1);
    Map<String, Double> rates =
        Duel.ofOneThread(total)
            .with(FIGURE, quotes(answers, memory()))
            .with(SAME, bare(answers, Signatures.provider()))
            .with("bouncycastle", bare(answers, Signatures.parser()))
            .rates();
    double value = rates.getOrDefault(FIGURE, 0.0);
    besideSame(FIGURE, rates, 1);
    report.accept(
        new Figure(
            FIGURE,
            value,
            "1/s",
            "the same signatures alone, BouncyCastle",
            rates.getOrDefault("bouncycastle", 0.0)));
    first(answers);
    refusals(answers);
    chains();
    new TeeBench(total, report).run();
    Optional<Double> openssl = openssl();
    if (openssl.isPresent()) {
      report.accept(
          new Figure(FIGURE, value, "1/s", "openssl speed ecdsap256, verify", openssl.get()));
    }
  }

  /** Quotes of a boot that nothing is known of. */
  private void first(List<Quotes.Answer> answers) throws Exception {
    besideSame(
        FIRST,
        Duel.ofOneThread(total)
            .with(FIRST, quotes(answers, ReplayMemory.none()))
            .with(SAME, bare(answers, Signatures.provider()))
            .rates(),
        1);
  }

  /** A quote that answers another nonce, beside a good one: how often each is judged. */
  private void refusals(List<Quotes.Answer> answers) throws Exception {
    Map<String, Double> rates =
        Duel.ofOneThread(total)
            .with(FIGURE, quotes(answers, memory()))
            .with(REFUSAL, refused(answers))
            .rates();
    report.accept(
        new Figure(
            REFUSAL,
            1e6 / rates.getOrDefault(REFUSAL, 0.0),
            "us",
            "a good quote with its log",
            1e6 / rates.getOrDefault(FIGURE, 0.0)));
  }

  /** A pathway's four answers judged and joined to a chain, beside their four signatures alone. */
  private void chains() throws Exception {
    ChainLoad chain = new ChainLoad(2);
    chains(CHAIN, chain, memory());
    chains(CHAIN_FIRST, chain, ReplayMemory.none());
  }

  private void chains(String figure, ChainLoad chain, ReplayMemory memory) throws Exception {
    besideSame(
        figure,
        Duel.ofOneThread(total)
            .with(figure, chain.chains(memory))
            .with(SAME, bare(chain.answers(), Signatures.provider()))
            .rates(),
        chain.answers().size());
  }

  private void besideSame(String figure, Map<String, Double> rates, int signatures) {
    report.accept(
        new Figure(
            figure,
            rates.getOrDefault(figure, 0.0),
            "1/s",
            "the same signatures alone, " + Signatures.provider().getName(),
            rates.getOrDefault(SAME, 0.0) / signatures));
  }

  private static ReplayMemory memory() {
    return new ReplayMemory(MEMORY_MAX_BYTES);
  }

  private static Load refused(List<Quotes.Answer> answers) {
    int[] at = {0};
    return Load.serial(
        () -> {
          Quotes.Answer answer = answers.get(at[0] % NODES);
          Quotes.Answer other = answers.get((at[0]++ + 1) % NODES);
          Verification verification =
              Tpm2QuoteVerifier.verify(answer.bundle(), other.challenge(), answer.expectation());
          if (!(verification instanceof Verification.Rejected)) {
            throw new IllegalStateException("an old quote was believed");
          }
        });
  }

  private static Load quotes(List<Quotes.Answer> answers, ReplayMemory memory) {
    int[] at = {0};
    return Load.serial(
        () -> {
          Quotes.Answer answer = answers.get(at[0]++ % NODES);
          Verification verification =
              Tpm2QuoteVerifier.verify(
                  answer.bundle(), answer.challenge(), answer.expectation(), memory);
          if (!(verification instanceof Verification.Verified)) {
            throw new IllegalStateException("a good quote was refused: " + verification);
          }
        });
  }

  private static Load bare(List<Quotes.Answer> answers, Provider provider)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(ALGORITHM, provider);
    List<byte[]> signatures =
        answers.stream().map(answer -> answer.rawSignature().toByteArray()).toList();
    int[] at = {0};
    return Load.serial(
        () -> {
          int index = at[0]++ % answers.size();
          Quotes.Answer answer = answers.get(index);
          verifier.initVerify(answer.expectation().key().javaKey());
          verifier.update(answer.attest().asByteBuffer());
          if (!verifier.verify(signatures.get(index))) {
            throw new IllegalStateException("a good signature was refused");
          }
        });
  }

  /** Verifications a second by openssl's own measurement on one core; empty without openssl. */
  private Optional<Double> openssl() throws InterruptedException {
    long seconds = Math.clamp(total.toSeconds() / 4, 1, 10);
    try {
      Process process =
          new ProcessBuilder("openssl", "speed", "-seconds", Long.toString(seconds), "ecdsap256")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher line = OPENSSL_LINE.matcher(text);
      return process.waitFor() == 0 && line.find()
          ? Optional.of(Double.valueOf(line.group(1)))
          : Optional.empty();
    } catch (IOException notInstalled) {
      return Optional.empty();
    }
  }
}
