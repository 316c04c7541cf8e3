package dev.holdfast.attestation.result;

import dev.holdfast.attestation.Bytes;
import dev.holdfast.attestation.cose.CoseAlgorithm;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a relying party demands of an attestation result beside its signature.
 *
 * @param algorithms those allowed
 * @param expiryRequired whether a result that does not end is refused
 * @param clockSkewMax how far a result may have been issued, or begin, in the future, as clocks
 *     differ; it prolongs nothing
 * @param audience who is asking; a result for others only, or for nobody in particular, is refused.
 *     If empty, a result that names whom it is for is refused
 * @param nonce what the result must echo
 */
public record EarExpectation(
    Set<CoseAlgorithm> algorithms,
    boolean expiryRequired,
    Duration clockSkewMax,
    Optional<String> audience,
    Optional<Bytes> nonce) {
  private static final Duration SKEW_MOST = Duration.ofMinutes(10);

  /** ES256, an end, clocks that agree, for nobody in particular. */
  public static final EarExpectation STRICT =
      new EarExpectation(
          Set.of(CoseAlgorithm.ES256), true, Duration.ZERO, Optional.empty(), Optional.empty());

  /** Copies the set; refuses a skew that would hide a clock that is wrong. */
  public EarExpectation {
    algorithms = Set.copyOf(algorithms);
    if (clockSkewMax.isNegative() || clockSkewMax.compareTo(SKEW_MOST) > 0) {
      throw new IllegalArgumentException("the clock skew is from 0 to " + SKEW_MOST);
    }
  }

  /** The same with no other algorithms than those. */
  public EarExpectation withAlgorithms(Set<CoseAlgorithm> only) {
    return new EarExpectation(only, expiryRequired, clockSkewMax, audience, nonce);
  }

  /** The same for results that may leave their end open, as other verifiers' do. */
  public EarExpectation withExpiryOptional() {
    return new EarExpectation(algorithms, false, clockSkewMax, audience, nonce);
  }

  /** The same for clocks that differ so much, at most 10 minutes. */
  public EarExpectation withClockSkewMax(Duration skew) {
    return new EarExpectation(algorithms, expiryRequired, skew, audience, nonce);
  }

  /** The same for results that are meant for somebody. */
  public EarExpectation withAudience(String who) {
    return new EarExpectation(algorithms, expiryRequired, clockSkewMax, Optional.of(who), nonce);
  }

  /** The same for results that echo a nonce. */
  public EarExpectation withNonce(Bytes value) {
    return new EarExpectation(
        algorithms, expiryRequired, clockSkewMax, audience, Optional.of(value));
  }
}
